/** Layers of ArcGIS servers: which address means one, and what an import may ask of it (wire contract 9.2). */

/** What is to be imported from an ArcGIS server. */
export interface ArcgisRequest {
  readonly kind: 'arcgis';
  /** Of a layer or of a service, as it was given but for its token. */
  readonly url: string;
  /** Whether rows that the server does not hand out are a warning and no failure. */
  readonly allowPartial: boolean;
  /** Whether the addresses of attachments become a column. */
  readonly attachments: boolean;
  /** Names of the layers of a service to take; null: all. */
  readonly layers: readonly string[] | null;
  /** The token, while the request is worked on. */
  readonly token?: string;
  /** The request with its token as JSON, sealed. Absent: there is no token. */
  readonly sealed?: string;
}

/** A layer that a server offers, by the names of the wire. */
export interface ArcgisLayer {
  readonly id: number;
  readonly name: string;
  /** What imports are given to bring this layer alone. */
  readonly url: string;
  /** `point`, `multipoint`, `polyline`, `polygon` and others that servers may name; null: a table. */
  readonly geometry_type: string | null;
  /** Rows; null where the server does not tell. */
  readonly count: number | null;
}

/** A layer, or a service with all of its layers. */
export interface ArcgisAddress {
  /** `…/FeatureServer` or `…/MapServer`, without what is behind it. */
  readonly service: URL;
  /** null: the whole service. */
  readonly layer: number | null;
}

const path = /^(?<service>.*\/rest\/services\/.*?)(?:\/(?<layer>\d{1,9}))?\/?(?:query\/?)?$/i;

/** Reads the address of a layer or service; its query is left out. null where it has no `/rest/services/`. */
export function readArcgisAddress(text: string): ArcgisAddress | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  const { service = '', layer } = path.exec(url.pathname)?.groups ?? {};
  if (service === '') return null;
  const address = new URL(url);
  address.pathname = service;
  address.search = '';
  address.hash = '';
  return { service: address, layer: layer === undefined ? null : Number(layer) };
}

/** Whether a plain URL means a layer or service of features, and not one answer of it that is a file. */
export function isArcgisUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /\/rest\/services\/.+\/(Feature|Map)Server(\/\d{1,9})?\/?$/i.test(url.pathname);
}

/** Takes the token out of an address, where it has one. */
export function splitToken(text: string): { readonly url: string; readonly token: string | null } {
  const url = URL.parse(text);
  const names = url === null ? [] : [...url.searchParams.keys()].filter((name) => name.toLowerCase() === 'token');
  if (url === null || names.length === 0) return { url: text, token: null };
  const token = url.searchParams.get(names[0] ?? '');
  for (const name of names) url.searchParams.delete(name);
  return { url: url.href, token: token === '' ? null : token };
}

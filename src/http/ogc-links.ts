import type { FastifyRequest } from 'fastify';
import type { HttpDeps } from './deps.ts';
import { keyOf, ownAddress } from './own-address.ts';
import type { Parameters } from './parameters.ts';

/** A link of an answer of OGC API – Features. */
export interface Link {
  readonly href: string;
  readonly rel: string;
  readonly type: string;
  readonly title?: string;
}

export const geojson = 'application/geo+json';
export const json = 'application/json';
export const htmlType = 'text/html';
export const openapi = 'application/vnd.oai.openapi+json;version=3.0';

/** Makes addresses below `/ogc/NAME`, with the key where the request had it in its address. */
export interface Addresses {
  to(path: string, parameters?: Readonly<Record<string, string>>): string;
  /** This address in another form, or with other parameters. */
  here(changes: Readonly<Record<string, string>>): string;
}

/** Addresses as the client of a request reaches them. */
export function addressesOf(
  deps: HttpDeps,
  request: FastifyRequest,
  parameters: Parameters,
  account: string,
): Addresses {
  const own = ownAddress(deps, request);
  const withQuery = (address: string, query: Readonly<Record<string, string>>) => {
    const text = new URLSearchParams(query).toString();
    return text === '' ? address : `${address}?${text}`;
  };
  const [path = ''] = request.url.split('?');
  return {
    to: (below, query = {}) => withQuery(`${own}/ogc/${account}${below}`, { ...query, ...keyOf(parameters) }),
    here: (changes) => {
      const texts = [...parameters].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));
      return withQuery(own + path, { ...Object.fromEntries(texts), ...changes });
    },
  };
}

/** `self` and `alternate` of an answer that is JSON and HTML. */
export const ownLinks = (addresses: Addresses, type: string, isHtml: boolean): readonly Link[] => [
  { href: addresses.here({ f: isHtml ? 'html' : 'json' }), rel: 'self', type: isHtml ? htmlType : type },
  {
    href: addresses.here({ f: isHtml ? 'json' : 'html' }),
    rel: 'alternate',
    type: isHtml ? type : htmlType,
    title: isHtml ? 'The same as data' : 'The same as a page',
  },
];

import type { StyleSpecification } from 'maplibre-gl';
import type { ShownMap } from '../embed/shown-map.ts';
import type { Paint } from '../map-paint.ts';
import type { Privacy } from './datasets.ts';
import { api, json } from './session.ts';

export interface MapLayer {
  readonly id: string;
  readonly table: string;
  readonly title: string;
  readonly visible: boolean;
  readonly geometry: string | null;
  /** How far its table is open. */
  readonly shown_to: Privacy;
  readonly paint: Paint;
  readonly popup: { readonly columns: readonly string[] | null };
}

/** A map of the account. */
export interface SavedMap {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly privacy: Privacy;
  readonly layers: readonly MapLayer[];
  readonly center: readonly [number, number] | null;
  readonly zoom: number | null;
  readonly legend: boolean;
  readonly updated_at: string;
  readonly url: string;
  readonly preview_url: string;
}

/** A layer as it is sent: of a new one the table is enough. */
export type LayerWish = { readonly table: string } | MapLayer;

/** What can be changed of a map. */
export interface MapChange {
  readonly name?: string;
  readonly description?: string;
  readonly privacy?: Privacy;
  readonly layers?: readonly LayerWish[];
  readonly center?: readonly [number, number] | null;
  readonly zoom?: number | null;
  readonly legend?: boolean;
}

const at = (id: string): string => `/api/v1/maps/${encodeURIComponent(id)}`;

/** The server may know itself by another name: its addresses as seen from this page. */
export const here = (address: string): string => location.origin + address.replace(/^https?:\/\/[^/]+/, '');

export const listMaps = async (): Promise<readonly SavedMap[]> =>
  (await api<{ maps: readonly SavedMap[] }>('/api/v1/maps?per_page=500')).maps;

export const findMap = (id: string): Promise<SavedMap> => api(at(id));

/** Makes a map of tables, each with the paint that suits it. */
export const createMap = (name: string, tables: readonly string[]): Promise<SavedMap> =>
  api('/api/v1/maps', json({ name, layers: tables.map((table) => ({ table })) }));

export const changeMap = (id: string, change: MapChange): Promise<SavedMap> => api(at(id), json(change, 'PATCH'));

export const removeMap = (id: string): Promise<void> => api(at(id), { method: 'DELETE' });

/** How a map is drawn, with what pages say of it. */
export type MapStyle = StyleSpecification & { readonly metadata: { readonly 'landfall:map': ShownMap } };

export const findStyle = (id: string): Promise<MapStyle> => api(`${at(id)}/style.json`);

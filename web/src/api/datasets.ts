import { account, api, apiPatiently, json } from './session.ts';

/** A table of the account. */
export interface Dataset {
  readonly id: string;
  readonly name: string;
  readonly privacy: 'public' | 'link' | 'private';
  readonly is_raster: boolean;
  readonly rows: number;
  readonly bytes: number;
  readonly synchronization_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface DatasetColumn {
  readonly name: string;
  readonly type: string;
  readonly source: string | null;
}

/** A table with its columns, and the imports that wrote into it. */
export interface DatasetDetails extends Dataset {
  readonly geometry_type: string | null;
  readonly columns: readonly DatasetColumn[];
  readonly imports: readonly {
    readonly id: string;
    readonly source: string;
    readonly layer: string;
    readonly rows: number;
    readonly rejects: number;
    readonly created_at: string;
  }[];
}

export const listDatasets = async (): Promise<readonly Dataset[]> =>
  (await api<{ datasets: readonly Dataset[] }>('/api/v1/datasets')).datasets;

/** By its name, or by its id, which stays when it is renamed. */
export const findDataset = (name: string): Promise<DatasetDetails> =>
  api<DatasetDetails>(`/api/v1/datasets/${encodeURIComponent(name)}`);

/** Rows of a query that reads. Values come as the query makes them: cast to text what must keep every digit. */
export async function query<Row>(text: string, signal?: AbortSignal): Promise<readonly Row[]> {
  const init = { method: 'POST', body: new URLSearchParams({ q: text }), ...(signal === undefined ? {} : { signal }) };
  return (await apiPatiently<{ rows: readonly Row[] }>('/api/v2/sql', init)).rows;
}

/** The answer to a query as GeoJSON. */
export const queryGeoJson = (text: string, signal?: AbortSignal): Promise<GeoJSON.FeatureCollection> =>
  apiPatiently('/api/v2/sql', {
    method: 'POST',
    body: new URLSearchParams({ q: text, format: 'geojson' }),
    ...(signal === undefined ? {} : { signal }),
  });

/** Where a query can be downloaded from. */
export const exportUrl = (text: string, format: string, filename: string): string =>
  `/api/v2/sql?${new URLSearchParams({ q: text, format, filename })}`;

/** Where the tiles of a table are. */
export interface Tiles {
  readonly tiles: readonly string[];
  readonly maxzoom: number;
  /** West, south, east, north. */
  readonly bounds: [number, number, number, number];
  /** The layer in the tiles; of a raster there is none. */
  readonly layer: string | null;
}

/**
 * Where the tiles of a table are that carry no values: rows are asked for when they are looked at. As seen from this page,
 * whatever name the server gives itself.
 */
export async function findTiles(name: string): Promise<Tiles> {
  const found = await api<{
    readonly tiles: readonly string[];
    readonly maxzoom: number;
    readonly bounds: [number, number, number, number];
    readonly vector_layers?: readonly { readonly id: string }[];
  }>(`/tiles/${encodeURIComponent(account.value ?? '')}/${encodeURIComponent(name)}.json?columns=`);
  return {
    ...found,
    tiles: found.tiles.map((address) => location.origin + address.replace(/^https?:\/\/[^/]+/, '')),
    layer: found.vector_layers?.[0]?.id ?? null,
  };
}

export type Privacy = Dataset['privacy'];

/** What can be changed of a table. */
export interface DatasetChange {
  readonly name?: string;
  readonly privacy?: Privacy;
  readonly description?: string;
}

/** What is said of a table, and its id to those who change it. */
export interface DatasetFace {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

const faces = '/api/v1/viz';

export const findFace = (name: string): Promise<DatasetFace> => api(`${faces}/${encodeURIComponent(name)}`);

export const changeDataset = (id: string, change: DatasetChange): Promise<DatasetFace> =>
  api(`${faces}/${id}`, json(change, 'PUT'));

/** Drops the table. Throws a 409 where views are built on it. */
export const removeDataset = (id: string): Promise<void> => api(`${faces}/${id}`, { method: 'DELETE' });

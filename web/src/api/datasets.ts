import { api } from './session.ts';

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

export const findDataset = (name: string): Promise<DatasetDetails> =>
  api<DatasetDetails>(`/api/v1/datasets/${encodeURIComponent(name)}`);

/** Rows of a query that reads. Values come as the query makes them: cast to text what must keep every digit. */
export async function query<Row>(text: string, signal?: AbortSignal): Promise<readonly Row[]> {
  const init = { method: 'POST', body: new URLSearchParams({ q: text }), ...(signal === undefined ? {} : { signal }) };
  return (await api<{ rows: readonly Row[] }>('/api/v2/sql', init)).rows;
}

/** The answer to a query as GeoJSON. */
export const queryGeoJson = (text: string, signal?: AbortSignal): Promise<GeoJSON.FeatureCollection> =>
  api('/api/v2/sql', {
    method: 'POST',
    body: new URLSearchParams({ q: text, format: 'geojson' }),
    ...(signal === undefined ? {} : { signal }),
  });

/** Where a query can be downloaded from. */
export const exportUrl = (text: string, format: string, filename: string): string =>
  `/api/v2/sql?${new URLSearchParams({ q: text, format, filename })}`;

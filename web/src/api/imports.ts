import type { texts } from '../texts.ts';
import { ApiError, api, json } from './session.ts';

/** States of an import; `sending` is the window's own, before the server knows of it. */
export type ImportState = Exclude<keyof typeof texts.import.states, 'sending'>;

export interface ImportedTable {
  readonly name: string;
  readonly id: string;
  readonly rows: number;
  readonly geometry_type: string | null;
  readonly layer: string;
  readonly warnings: Readonly<Record<string, unknown>> | null;
}

export interface ImportFailure {
  readonly title: string;
  readonly what_about: string;
}

/** What the app reads of `GET /api/v1/imports/:id`. */
export interface ImportStatus {
  readonly id: string;
  readonly state: ImportState;
  readonly error_code: number | null;
  readonly get_error_text: ImportFailure | null;
  readonly display_name: string;
  readonly original_url: string;
  readonly warnings: Readonly<Record<string, unknown>> | null;
  readonly tables: readonly ImportedTable[] | null;
  readonly is_raster: boolean;
  readonly progress: { readonly rows: number; readonly bytes: number };
  readonly created_at: string;
  readonly updated_at: string;
}

/** Whether nothing more comes of an import. */
export const isEnded = ({ state }: ImportStatus): boolean => state === 'complete' || state === 'failure';

/** Where an import comes from besides a body of bytes, and how it is to be read. */
export interface ImportWish {
  readonly url?: string;
  /** What it is called in lists; else the name of its file. */
  readonly display_name?: string;
  readonly upload_id?: string;
  readonly analysis_id?: string;
  readonly recipe?: Readonly<Record<string, unknown>>;
  readonly layers?: string;
  /** `arcgis`, or a cloud drive. */
  readonly service_name?: string;
  /** Address of an ArcGIS layer, or id of a drive's file. */
  readonly service_item_id?: string;
  /** Of an ArcGIS server. */
  readonly token?: string;
  /** A table of another database. */
  readonly connector?: Readonly<Record<string, unknown>>;
}

/** How long to wait where all import slots are taken, in milliseconds. */
export const SLOT_PAUSE = 1_500;

/** Begins an import, when there is a slot for it; the answer is its id. */
export async function beginImport(wish: ImportWish, signal?: AbortSignal): Promise<string> {
  const init = { ...json(wish), ...(signal === undefined ? {} : { signal }) };
  for (;;) {
    try {
      return (await api<{ item_queue_id: string }>('/api/v1/imports', init)).item_queue_id;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429) throw error;
      await new Promise((resolve) => setTimeout(resolve, SLOT_PAUSE));
      signal?.throwIfAborted();
    }
  }
}

/** The import of this id as it stands. */
export const findImport = (id: string): Promise<ImportStatus> => api<ImportStatus>(`/api/v1/imports/${id}`);

/** Ends an import that runs. */
export const cancelImport = (id: string): Promise<void> => api(`/api/v1/imports/${id}`, { method: 'DELETE' });

/** A cell or a row that is not in the table as the file has it. */
export interface Reject {
  readonly layer: string;
  readonly row: number;
  readonly column: string | null;
  readonly raw: string;
  readonly rule: string;
}

export interface RejectPage {
  readonly rejects: readonly Reject[];
  readonly total_entries: number;
}

/** The first rejects of an import. */
export const findRejects = (id: string, most = 100): Promise<RejectPage> =>
  api<RejectPage>(`/api/v1/imports/${id}/rejects?per_page=${most}`);

/** Loads corrected values; the answer says what does not fit either. */
export const correctRejects = (
  id: string,
  rejects: readonly { layer: string; row: number; column: string | null; value: string }[],
): Promise<{ readonly success: boolean; readonly cells: number; readonly remaining: number }> =>
  api(`/api/v1/imports/${id}/rejects`, json({ rejects }));

/** Evidence for the type of a column. */
export interface ColumnEvidence {
  readonly name: string;
  readonly source: string;
  readonly type: string;
  readonly reason: string;
  readonly counter_example: { readonly row: number; readonly value: string; readonly prevented: string } | null;
  readonly nulls: number;
  readonly distinct: number;
  readonly min: string | null;
  readonly max: string | null;
}

export interface LayerReport {
  readonly name: string | null;
  readonly layer: string;
  readonly file: string | null;
  readonly rows: number;
  readonly encoding: string | null;
  readonly srid: number;
  readonly geometry: {
    readonly type: string | null;
    readonly source: string;
    readonly columns: readonly string[];
  } | null;
  readonly columns: readonly ColumnEvidence[];
  readonly warnings: Readonly<Record<string, unknown>>;
  readonly rejects: number;
}

/** What was found out about the layers of an import. */
export const findReport = (id: string): Promise<{ readonly tables: readonly LayerReport[] }> =>
  api(`/api/v1/imports/${id}/report`);

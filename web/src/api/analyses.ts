import type { ColumnEvidence, ImportFailure, ImportState, ImportWish, Reject } from './imports.ts';
import { api, json } from './session.ts';

/** One layer, as an import would find it. */
export interface AnalyzedLayer {
  readonly name: string;
  readonly file: string;
  readonly format: string;
  readonly rows: number;
  readonly source: { readonly dialect?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;
  readonly encoding: string | null;
  readonly srid: number;
  readonly geometry: {
    readonly type: string | null;
    readonly source: string;
    readonly columns: readonly string[];
    readonly count: number;
    readonly extent: readonly [number, number, number, number] | null;
  } | null;
  readonly columns: readonly ColumnEvidence[];
  readonly sample: readonly ({ readonly the_geom?: GeoJSON.Geometry | null } & Readonly<Record<string, unknown>>)[];
  readonly rejects: { readonly total_entries: number; readonly rejects: readonly Reject[] };
  readonly warnings: Readonly<Record<string, unknown>>;
}

/** What is asked of one column. */
export interface ColumnWish {
  readonly name: string;
  readonly rename?: string;
  readonly type?: string;
  readonly drop?: boolean;
}

/** Parameters of an import that say how files are read. */
export type Recipe = Readonly<Record<string, unknown>> & { readonly columns?: readonly ColumnWish[] };

/** What an analysis came to; `layers` only where it succeeded. */
export interface Analysis {
  readonly success: boolean;
  readonly analysis_id: string;
  readonly state: ImportState;
  readonly error_code?: number;
  readonly get_error_text?: ImportFailure;
  readonly display_name?: string;
  readonly layers?: readonly AnalyzedLayer[];
  readonly warnings?: Readonly<Record<string, unknown>>;
  readonly recipe?: Recipe;
}

const isOver = ({ state }: Analysis): boolean => state === 'complete' || state === 'failure';

/** The analysis, when it has ended. */
export async function awaitAnalysis(first: Analysis): Promise<Analysis> {
  for (let found = first; ; found = await findAnalysis(first.analysis_id)) {
    if (isOver(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

/** Looks at files; the answer is there when it has ended. */
export const analyze = async (wish: ImportWish, signal?: AbortSignal): Promise<Analysis> =>
  awaitAnalysis(
    await api<Analysis>('/api/v1/imports/analyze', { ...json(wish), ...(signal === undefined ? {} : { signal }) }),
  );

/** An analysis of the last day. */
export const findAnalysis = (id: string): Promise<Analysis> => api<Analysis>(`/api/v1/imports/analyze/${id}`);

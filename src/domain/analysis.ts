/** What an analysis of files found out, without a table. */
import type { ImportFailure, Warnings } from './import.ts';
import type { ColumnReport, Reject } from './report.ts';
import type { TableSchema } from './schema.ts';

/** What all geometries of a layer are, in the system of its coordinates. */
export interface ShapeFacts {
  readonly count: number;
  /** The types there are, as PostGIS names them: `MULTIPOLYGON`. */
  readonly types: readonly string[];
  /** West, south, east, north; null where there is no geometry. */
  readonly extent: readonly [number, number, number, number] | null;
}

/** One row of a sample by the table's columns. Values are JSON where that is exact, else text as PostgreSQL has it. */
export type SampleRow = Readonly<Record<string, unknown>>;

/** One layer, as an import would find it. */
export interface LayerAnalysis {
  readonly name: string;
  /** Path of its file in the archive, or the name of the file. */
  readonly file: string;
  /** Id of the format. */
  readonly format: string;
  readonly rows: number;
  readonly schema: TableSchema;
  readonly shapes: ShapeFacts;
  /** What the format tells of its own: dialect, encoding, and the runners-up. */
  readonly source: Readonly<Record<string, unknown>>;
  readonly columns: readonly ColumnReport[];
  readonly sample: readonly SampleRow[];
  /** How many there are, and the first of them. */
  readonly rejected: number;
  readonly rejects: readonly Reject[];
  readonly warnings: Warnings;
}

/** What came of the files of one request. */
export interface Analysis {
  readonly layers: readonly LayerAnalysis[];
  readonly failed: readonly (ImportFailure & { readonly name: string })[];
  readonly warnings: Warnings;
}

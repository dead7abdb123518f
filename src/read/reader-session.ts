import type { ShapeFacts } from '../domain/analysis.ts';
import type { Fingerprints, FingerprintWish, FollowerWish } from '../domain/fingerprints.ts';
import type { Warnings } from '../domain/import.ts';
import type { ImportedMap } from '../domain/map.ts';
import type { LayerReport, Reject } from '../domain/report.ts';
import type { TableSchema } from '../domain/schema.ts';
import type { FailedFile } from './opened-sources.ts';

/** What a layer turned out to be, after its last pass. */
export interface LayerResult {
  readonly schema: TableSchema;
  readonly rows: number;
  readonly warnings: Warnings;
  /** Absent: nothing is told. */
  readonly report?: LayerReport;
  /** The first 100,000 rejects of the layer, in order; absent: none. */
  readonly rejects?: readonly Reject[];
  /** How many there are; absent: none. */
  readonly rejected?: number;
  /** Absent: none were asked for, or the layer is one that has none. Its lists come with the session's result alone. */
  readonly fingerprints?: Omit<Fingerprints, 'entries' | 'gone'> & Partial<Fingerprints>;
}

/** A layer that was read to its end without being loaded. */
export interface AnalyzedLayer extends LayerResult {
  readonly shapes: ShapeFacts;
}

/** What a session knows of a layer before it is read. */
export interface SessionLayer {
  readonly name: string;
  /** Path of its file in the archive, or the name of the file; absent: not known. */
  readonly file?: string;
  /** Id of the file's format; absent: not known. */
  readonly format?: string;
}

/**
 * Takes one pass over a layer: creates what `schema` needs and stores the chunks (whole COPY BINARY tuples, in the
 * order cartodb_id, the_geom, the_geom_webmercator, columns). When the reader meets a value that the schema cannot
 * hold, `chunks` throws: the pass undoes what it did, lets the error through, and is called once more with the schema
 * that holds for every value.
 */
export type LoadPass = (schema: TableSchema, chunks: AsyncIterable<Uint8Array>) => Promise<void>;

/** The parent's view of one reader process at work on the files of one import. */
export interface ReaderSession extends AsyncDisposable {
  readonly layers: readonly SessionLayer[];
  /** Files that could not be opened, while `layers` could. */
  readonly failed?: readonly FailedFile[];
  /** What is to be told of the files as a whole; absent: nothing. */
  readonly warnings?: Warnings;
  /** The map that came with the tables; absent: none. */
  readonly map?: ImportedMap | null;
  /** Whether other layers can still be read after one has failed; absent: no. */
  canGoOn?(): boolean;
  /** The pass over a layer that goes on already: `read` of it with the same wish takes what it gives. Absent: none does. */
  readonly begun?: { readonly layer: number; readonly wish: FollowerWish } | null;
  /** With a wish for fingerprints, rows that are known may be left out of the chunks, and the result tells which. */
  read(layer: number, load: LoadPass, wish?: FingerprintWish): Promise<LayerResult>;
  /** Reads the layer as `read` does; only the first `most` tuples come out, in one pass that holds. */
  analyze?(layer: number, most: number, load: LoadPass): Promise<AnalyzedLayer>;
}

import type { RasterFacts } from './raster.ts';
import type { ColumnType } from './schema.ts';

/**
 * The narrow waist. Every format turns its bytes into a `Layer`; everything after it knows nothing else.
 *
 * A record is not a JavaScript row: it is a set of byte ranges in a buffer, so that the fast path never makes strings
 * and one encoder serves every format. A format that has values and not bytes writes their text into a buffer first.
 */

/** How the bytes of one cell are to be read. */
export const CellKind = {
  /** No value: NULL. */
  null: 0,
  /** Text as it stands (an unquoted CSV cell, trimmed of nothing). */
  plain: 1,
  /** The inside of quotes, nothing escaped. */
  quoted: 2,
  /** The inside of quotes with every quote character doubled; `CellRecord.quote` is the quote character. */
  quotedDoubled: 3,
  /** The inside of a JSON string that has no backslash. */
  jsonString: 4,
  /** The inside of a JSON string with backslash escapes. */
  jsonEscaped: 5,
  /** A JSON number, `true` or `false`. */
  jsonScalar: 6,
  /** A whole JSON object or array. */
  json: 7,
  /** Bytes that are no text; for columns declared `bytea` alone. */
  binary: 8,
} as const;
export type CellKind = (typeof CellKind)[keyof typeof CellKind];

/** How the bytes of a record's geometry are to be read, for formats whose geometry is not a column. */
export const GeometryKind = { none: 0, geojson: 1, wkb: 2 } as const;
export type GeometryKind = (typeof GeometryKind)[keyof typeof GeometryKind];

/** One record as byte ranges. One object is reused for all records of a layer: copy what you keep. */
export interface CellRecord {
  bytes: Buffer;
  /** Cells present in this record; columns beyond it are NULL. It may exceed the number of columns (ragged CSV). */
  count: number;
  readonly kinds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  quote: number;
  geometryKind: GeometryKind;
  geometryStart: number;
  geometryEnd: number;
  /** 1-based number of the record in its layer, header not counted. */
  row: number;
  /** 1-based line of the file where the record begins, 0 where lines mean nothing. */
  line: number;
  /** Where the record begins in the file, in bytes; absent or -1 where the format has no such place. */
  offset?: number;
}

/** An empty record with room for `columns` cells, all of them NULL. */
export const newRecord = (columns: number): CellRecord => ({
  bytes: Buffer.alloc(0),
  count: 0,
  kinds: new Uint8Array(columns),
  starts: new Int32Array(columns),
  ends: new Int32Array(columns),
  quote: 34,
  geometryKind: GeometryKind.none,
  geometryStart: 0,
  geometryEnd: 0,
  row: 0,
  line: 0,
});

export type OnRecord = (record: CellRecord) => void;

/**
 * Asked of a record before it is handed on: its bytes `bytes[from, to)` as they stand in the source, the end of its line
 * not among them, and its number. True: it is not handed on.
 */
export type OnLine = (bytes: Buffer, from: number, to: number, row: number) => boolean;

export interface Layer {
  /** As the source names it, unsanitised: the file's base name without extension, or the layer's own name. */
  readonly name: string;
  /** Declared by the source (GeoJSON `crs`), null where it says nothing or has only `crsWkt`. */
  readonly srid: number | null;
  /** The source's own definition of its reference system (WKT), where it names no EPSG code. */
  readonly crsWkt?: string;
  /**
   * Names of the columns as the source writes them. It may grow while the layer is read (the keys of GeoJSON
   * properties); a name never moves. An empty string is a column without a name.
   */
  readonly columns: readonly string[];
  /**
   * Types that the source declares, by position; null, or absent: please infer. A declared column holds plain cells in
   * the words of the type (ISO dates, `true`, digits). One value that does not fit makes the column inferred.
   */
  readonly types?: readonly (ColumnType | null)[];
  /** What the source calls the columns for people, by position; null, or absent: by their names. */
  readonly labels?: readonly (string | null)[];
  /** Of a raster, what is known of it; its records are tiles: `rasterColumn` and `factorColumn`. */
  readonly raster?: RasterFacts;
  /** Whether records carry a geometry of their own (`geometryKind`). */
  readonly hasGeometry: boolean;
  /**
   * Waits for the end of a file that is still being written, and takes all of it into account: columns may have other
   * names then. To be called before sample(); read() holds without it. Absent: the file is whole.
   */
  settle?(): Promise<void>;
  /** Records from places spread over the file, within a fixed cost; a hint, never evidence. */
  sample(onRecord: OnRecord): Promise<void>;
  /**
   * All records in order. May be called again. Throws ImportError where the bytes are not of the format, LayerMisread
   * where they turn out to be something else than was taken for granted. A layer with a `lineForm` asks `onLine`.
   */
  read(onRecord: OnRecord, onLine?: OnLine): Promise<void>;
  /**
   * Everything that says how the bytes of a record are read into cells: two records of equal bytes have equal cells where
   * this is equal. Absent: the layer has no such bytes.
   */
  lineForm?(): string;
  /** What the format found out, and why (dialect, encoding, runners-up): for the report, after a read(). Absent: nothing. */
  report?(): Readonly<Record<string, unknown>>;
  /** What the last read() left out or changed, by the keys of the wire's `warnings`. Absent: nothing. */
  warnings?(): Readonly<Record<string, unknown>>;
}

/**
 * Thrown by `Layer.read` when what it handed on was read wrongly (Windows-1252 taken for UTF-8). The layer has put
 * itself right: its columns may have other names now, and the next read() holds.
 */
export class LayerMisread extends Error {
  override readonly name = 'LayerMisread';
}

/** The rest of a file that is still being written. */
export interface Arrival {
  /**
   * Waits until the file has its first `bytes` bytes, with all of them until it is known to be sound, and gives what
   * writes it a turn. Throws what ended the writing.
   */
  until(bytes: number): Promise<void>;
}

/** A file of the job, under a name that the file system chose; `name` is what the user called it, data only. */
export interface LocalFile {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mediaType: string | null;
  /** SHA-256 of its bytes in hexadecimal digits; absent: nobody has reckoned it. */
  readonly sha256?: string;
  /** There while the file is still being written: unpacked, when it holds zeros where bytes are to come, or downloaded. */
  readonly arrival?: Arrival;
}

import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { CellKind, type CellRecord, GeometryKind, type Layer } from '../../src/domain/layer.ts';
import { defaultReading } from '../../src/domain/reading.ts';
import type { Format, ReadOptions, SourceFile } from '../../src/formats/format.ts';

/** Options of a request that says nothing. */
export const defaultOptions: ReadOptions = {
  ...defaultReading,
  quotedFieldsGuessing: false,
  maxRows: 1_000_000,
};

/** A file of the job, under its own name. */
export const sourceFile = (path: string): SourceFile => ({
  path,
  name: basename(path),
  sizeBytes: statSync(path).size,
  mediaType: null,
  companions: new Map(),
});

/** Opens a file with a format, in the folder of the file. */
export const openWith = (format: Format, path: string): Promise<readonly Layer[]> =>
  format.open(sourceFile(path), defaultOptions, { folder: path.slice(0, path.lastIndexOf('/')) });

/** A record as JavaScript values: cells by column (bytes as `\x…`), and the geometry by its type and coordinates. */
export interface Row {
  readonly cells: Readonly<Record<string, string | null>>;
  /** Null where the record has none, 'invalid' for bytes that are no well-known binary. */
  readonly geometry: WkbValue | 'invalid' | null;
}

/** A geometry of well-known binary: the ISO code of its type, and its content as nested lists. */
export interface WkbValue {
  readonly type: number;
  readonly content: readonly unknown[];
}

/** Reads all records of a layer whose geometries are well-known binary. */
export async function rowsOf(layer: Layer): Promise<readonly Row[]> {
  const rows: Row[] = [];
  await layer.read((record) => {
    const cells = layer.columns.map((name, at) => [name, cellOf(record, at)] as const);
    const hasGeometry = record.geometryKind === GeometryKind.wkb;
    const wkb = hasGeometry ? record.bytes.subarray(record.geometryStart, record.geometryEnd) : null;
    rows.push({ cells: Object.fromEntries(cells), geometry: wkb === null ? null : decodeWkb(wkb) });
  });
  return rows;
}

function cellOf(record: CellRecord, at: number): string | null {
  const kind = at < record.count ? record.kinds[at] : CellKind.null;
  if (kind === CellKind.null) return null;
  const bytes = record.bytes.subarray(record.starts[at], record.ends[at]);
  return kind === CellKind.binary ? `\\x${bytes.toString('hex')}` : bytes.toString();
}

/** Decodes ISO well-known binary of either byte order. */
export function decodeWkb(bytes: Buffer): WkbValue | 'invalid' {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const geometry = (): WkbValue => {
    const isLittle = view.getUint8(at) === 1;
    if (view.getUint8(at) > 1) throw new RangeError('no byte order');
    const uint32 = (): number => {
      at += 4;
      return view.getUint32(at - 4, isLittle);
    };
    at++;
    const type = uint32();
    const width = [2, 3, 3, 4][Math.floor(type / 1000)] ?? 2;
    const many = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);
    const vertex = (): number[] =>
      many(width, () => {
        at += 8;
        return view.getFloat64(at - 8, isLittle);
      });
    const vertices = (): number[][] => many(uint32(), vertex);
    if (type % 1000 === 1) return { type, content: vertex() };
    if (type % 1000 === 2) return { type, content: vertices() };
    if (type % 1000 === 3) return { type, content: many(uint32(), vertices) };
    return { type, content: many(uint32(), geometry) };
  };
  try {
    const value = geometry();
    return at === bytes.length ? value : 'invalid';
  } catch (error) {
    if (error instanceof RangeError) return 'invalid';
    throw error;
  }
}

import { canonicalSrid, sridOfCrsName } from '../../domain/crs.ts';
import type { ColumnType } from '../../domain/schema.ts';
import { FlatTables } from './flat-table.ts';

/** Column types by the numbers of `header.fbs`. */
export const FgbType = {
  byte: 0,
  ubyte: 1,
  bool: 2,
  short: 3,
  ushort: 4,
  int: 5,
  uint: 6,
  long: 7,
  ulong: 8,
  float: 9,
  double: 10,
  string: 11,
  json: 12,
  dateTime: 13,
  binary: 14,
} as const;

/** By those numbers. A date, a timestamp and one with a zone are all written as `dateTime`, so that is inferred. */
const columnTypes: readonly (ColumnType | null)[] = [
  'bigint',
  'bigint',
  'boolean',
  'bigint',
  'bigint',
  'bigint',
  'bigint',
  'bigint',
  'bigint',
  'double precision',
  'double precision',
  'text',
  'jsonb',
  null,
  'bytea',
];

/** What the header of a file says. */
export interface Header {
  /** Of all features, 0 where each says its own (`GeometryType` of `header.fbs`, which are the codes of WKB). */
  readonly geometryType: number;
  readonly hasZ: boolean;
  readonly hasM: boolean;
  readonly names: readonly string[];
  /** `FgbType` by column. */
  readonly fgbTypes: Uint8Array;
  readonly types: readonly (ColumnType | null)[];
  /** 0: not known. */
  readonly features: number;
  /** Bytes of the spatial index between header and features. */
  readonly indexBytes: number;
  readonly srid: number | null;
  readonly crsWkt: string | undefined;
}

/** Bytes of a node of the packed R-tree: a box of four doubles and an offset. */
const NODE_BYTES = 40;

function indexBytes(features: number, nodeSize: number): number {
  if (features === 0 || nodeSize === 0) return 0;
  const size = Math.max(2, nodeSize);
  let nodes = features;
  let level = features;
  do {
    level = Math.ceil(level / size);
    nodes += level;
  } while (level > 1);
  return nodes * NODE_BYTES;
}

/** Reads the header at `bytes[start, end)`. Throws OutOfBounds; the caller checks the number of columns. */
export function parseHeader(bytes: Buffer, start: number, end: number): Header {
  const tables = new FlatTables();
  const root = tables.root(bytes, start, end);
  const first = tables.vector(root, 7, 4);
  const count = tables.length;
  const names: string[] = [];
  const fgbTypes = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const column = tables.element(first, i);
    names.push(tables.string(column, 0));
    fgbTypes[i] = tables.uint8(column, 1, 0);
  }
  const countAt = tables.field(root, 8, 8);
  const features = countAt === 0 ? 0 : Number(tables.view.getBigUint64(countAt, true));
  const nodeAt = tables.field(root, 9, 2);
  const nodeSize = nodeAt === 0 ? 16 : tables.view.getUint16(nodeAt, true);
  return {
    geometryType: tables.uint8(root, 2, 0),
    hasZ: tables.uint8(root, 3, 0) !== 0,
    hasM: tables.uint8(root, 4, 0) !== 0,
    names,
    fgbTypes,
    types: Array.from(fgbTypes, (type) => columnTypes[type] ?? null),
    features,
    indexBytes: indexBytes(features, nodeSize),
    ...referenceSystem(tables, root),
  };
}

function referenceSystem(tables: FlatTables, root: number): Pick<Header, 'srid' | 'crsWkt'> {
  const crs = tables.table(root, 10);
  if (crs === 0) return { srid: null, crsWkt: undefined };
  const organization = tables.string(crs, 0) || 'EPSG';
  const codeAt = tables.field(crs, 1, 4);
  const code = codeAt === 0 ? 0 : tables.view.getInt32(codeAt, true);
  const wkt = tables.string(crs, 4).trim();
  if (/^epsg$/i.test(organization) && code > 0) return { srid: canonicalSrid(code), crsWkt: undefined };
  const srid = sridOfCrsName(`${organization}:${tables.string(crs, 5)}`);
  return { srid, crsWkt: srid === null && wkt !== '' ? wkt : undefined };
}

import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ColumnProfile } from './column-profile.ts';
import { fileFormat } from './file-format.ts';
import type { Row } from './format.ts';
import { requireParquetSystem } from './projjson.ts';
import { toWkb } from './shape.ts';
import type { GeometryProfile, Spool } from './spool.ts';
import { microseconds, valueText } from './value-text.ts';

/** Rows and characters of a row group: what is in memory at once, and keeps all else waiting while it is encoded. */
const GROUP_ROWS = 5000;
const GROUP_LENGTH = 2 * 1024 * 1024;

/** Most digits of a DECIMAL that readers hold. */
const MAX_PRECISION = 38;

type Encode = (text: string) => unknown;

const utf8: Encode = (text) => Buffer.from(text);

/** Digits of a decimal without its point, as a whole number of units of the last place. */
const unscaled =
  (scale: number): Encode =>
  (text) => {
    const [whole = '', fraction = ''] = text.split('.');
    return BigInt(`${whole}${fraction.padEnd(scale, '0')}`);
  };

const MS_PER_DAY = 86_400_000;

/** How Parquet declares a column, and its values. */
function parquetType(column: ColumnProfile): readonly [Partial<SchemaElement>, Encode] {
  const asText: Encode = (text) => valueText(text, column);
  const string = [{ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, asText] as const;
  const time = (type: 'TIMESTAMP', isAdjustedToUTC: boolean) =>
    [{ type: 'INT64', logical_type: { type, isAdjustedToUTC, unit: 'MICROS' } }, microseconds] as const;
  switch (column.type) {
    case 'integer':
      return [{ type: 'INT64' }, BigInt];
    case 'double':
      return [{ type: 'DOUBLE' }, Number];
    case 'decimal': {
      const precision = column.wholeDigits + column.scale;
      if (precision > MAX_PRECISION) return string;
      return [
        {
          type: 'FIXED_LEN_BYTE_ARRAY',
          type_length: 16,
          converted_type: 'DECIMAL',
          precision: Math.max(1, precision),
          scale: column.scale,
        },
        unscaled(column.scale),
      ];
    }
    case 'boolean':
      return [{ type: 'BOOLEAN' }, (text) => text === 't'];
    case 'date':
      return [{ type: 'INT32', converted_type: 'DATE' }, (text) => Date.parse(`${text}T00:00:00Z`) / MS_PER_DAY];
    case 'timestamp':
      return time('TIMESTAMP', false);
    case 'timestamptz':
      return time('TIMESTAMP', true);
    case 'time':
      return [{ type: 'INT64', logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: 'MICROS' } }, microseconds];
    case 'json':
      return [{ type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }, (text) => utf8(valueText(text, column))];
    case 'uuid':
      return [{ type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } }, String];
    case 'bytes':
      return [{ type: 'BYTE_ARRAY' }, (text) => Buffer.from(text.slice(2), 'hex')];
    case 'text':
      return string;
  }
}

const typeNames = [
  '',
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
] as const;

/** The value of the key `geo` (GeoParquet 1.1). */
function geoMetadata(geometry: GeometryProfile): string {
  const { name, kinds, box } = geometry;
  const types = [...new Set([...kinds].map((kind) => `${typeNames[kind % 10]}${kind % 20 >= 10 ? ' Z' : ''}`))];
  return JSON.stringify({
    version: '1.1.0',
    primary_column: name,
    columns: {
      [name]: {
        encoding: 'WKB',
        geometry_types: types.toSorted(),
        crs: requireParquetSystem(geometry.srid),
        ...(Number.isFinite(box.minX) ? { bbox: [box.minX, box.minY, box.maxX, box.maxY] } : {}),
      },
    },
  });
}

interface Column {
  readonly element: SchemaElement;
  readonly value: (row: Row) => unknown;
}

function columnsOf({ columns, geometry, shapeOf }: Spool): readonly Column[] {
  const described = columns.map((column): Column => {
    const [type, encode] = parquetType(column);
    return {
      element: { name: column.name, repetition_type: 'OPTIONAL', ...type },
      value: (row) => {
        const text = row[column.index] ?? null;
        return text === null ? null : encode(text);
      },
    };
  });
  if (geometry === null) return described;
  const element: SchemaElement = { name: geometry.name, repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY' };
  const value = (row: Row): unknown => {
    const shape = shapeOf(row);
    return shape === null ? null : toWkb(shape);
  };
  return [...described, { element, value }];
}

/** Parquet with row groups of bounded size; with a geometry it is GeoParquet 1.1. */
export const parquet = fileFormat({
  mediaType: 'application/vnd.apache.parquet',
  extension: 'parquet',
  async *write(spool) {
    const columns = columnsOf(spool);
    const elements = columns.map(({ element }) => element);
    const bytes = new ByteWriter();
    const writer = new ParquetWriter({
      writer: bytes,
      createdBy: 'Landfall',
      schema: [{ name: 'schema', num_children: columns.length }, ...elements],
      kvMetadata: spool.geometry === null ? [] : [{ key: 'geo', value: geoMetadata(spool.geometry) }],
    });
    const taken = (): Uint8Array => {
      const piece = bytes.getBytes().slice();
      bytes.index = 0;
      return piece;
    };
    let group: Row[] = [];
    let length = 0;
    const writeGroup = (): void => {
      const columnData = columns.map(({ element, value }) => ({
        name: element.name,
        data: group.map(value),
        // Bounds of what has no order, such as JSON, are of no use.
        statistics: element.logical_type?.type !== 'JSON',
      }));
      void writer.write({ columnData, rowGroupSize: GROUP_ROWS });
      group = [];
      length = 0;
    };
    for await (const row of spool.rows()) {
      group.push(row);
      for (const cell of row) length += cell?.length ?? 0;
      if (group.length < GROUP_ROWS && length < GROUP_LENGTH) continue;
      writeGroup();
      yield taken();
    }
    if (group.length > 0 && columns.length > 0) writeGroup();
    // Said last: the library would parse the text, and damage its numbers.
    for (const element of elements) if (element.logical_type?.type === 'JSON') element.converted_type = 'JSON';
    void writer.finish();
    yield taken();
  },
});

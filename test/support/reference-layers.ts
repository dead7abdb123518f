/**
 * One set of layers that tests write in every format: every kind of attribute, names and values beyond ASCII, rows
 * without a geometry and rows without a value.
 */
import type { Geometry } from 'geojson';
import type { ColumnType } from '../../src/domain/schema.ts';

/** A column of the reference layers; its values are as PostgreSQL prints them, null for none. */
export interface Attribute {
  /** As sources write it. */
  readonly name: string;
  /** As the table has it. */
  readonly column: string;
  readonly type: ColumnType;
  readonly values: readonly (string | null)[];
}

/** The attributes of every reference layer, by row. */
export const attributes: readonly Attribute[] = [
  {
    name: 'Straße',
    column: 'strasse',
    type: 'text',
    values: ['Zürich', 'a,"b";c <&> d', 'two\nlines', null, 'nowhere'],
  },
  { name: 'Имя', column: 'imya', type: 'text', values: ['北京 “quoted”', 'Ærø', 'Ωmega 🗺', null, 'x'] },
  { name: 'whole', column: 'whole', type: 'bigint', values: ['1', '-5', '2147483647', null, '0'] },
  {
    name: 'big',
    column: 'big',
    type: 'bigint',
    values: ['9007199254740993', '-9007199254740993', '123456789012345678', null, '7'],
  },
  {
    name: 'real',
    column: 'real',
    type: 'double precision',
    values: ['0.1', '-1e-07', '12345678.9012345', null, '1e+300'],
  },
  {
    name: 'digits',
    column: 'digits',
    type: 'numeric',
    values: ['12345678901234567890.123456789', '-0.123456789', '3.100000000', null, '0.000000001'],
  },
  { name: 'flag', column: 'flag', type: 'boolean', values: ['true', 'false', 'true', null, 'false'] },
  { name: 'day', column: 'day', type: 'date', values: ['2024-02-29', '1969-12-31', '2100-01-01', null, '1999-09-09'] },
  {
    name: 'moment',
    column: 'moment',
    type: 'timestamp',
    values: ['2024-02-29 23:59:58', '1969-12-31 01:02:03.25', '2100-01-01 00:00:00', null, '1999-09-09 09:09:09'],
  },
  {
    name: 'instant',
    column: 'instant',
    type: 'timestamptz',
    values: [
      '2024-02-29 23:59:58+00',
      '1969-12-31 01:02:03.25+00',
      '2100-01-01 00:00:00+00',
      null,
      '1999-09-09 09:09:09+00',
    ],
  },
  { name: 'clock', column: 'clock', type: 'time', values: ['23:59:58', '00:00:01', '12:00:00', null, '09:09:09'] },
  {
    name: 'nested',
    column: 'nested',
    type: 'jsonb',
    values: ['{"a": [1, null, "ß"]}', '[]', '{}', null, '{"b": {"c": 0.1}}'],
  },
  {
    name: 'key',
    column: 'key',
    type: 'uuid',
    values: [
      '00000000-0000-4000-8000-000000000001',
      'ffffffff-ffff-4fff-bfff-ffffffffffff',
      '123e4567-e89b-42d3-a456-426614174000',
      null,
      '123e4567-e89b-42d3-a456-426614174001',
    ],
  },
];

/** Rows of every layer; the fourth has no value, the last no geometry. */
export const rowCount = 5;

/** A layer: its name, which is the name of its file too, the table it becomes, and its geometries by row. */
export interface ReferenceLayer {
  readonly name: string;
  readonly table: string;
  readonly geometries: readonly (Geometry | null)[];
}

const square = (x: number, y: number, size: number): [number, number][] => [
  [x, y],
  [x + size, y],
  [x + size, y + size],
  [x, y + size],
  [x, y],
];
const hole = (x: number, y: number, size: number): [number, number][] => square(x, y, size).reverse();

/** Points, lines with heights, and multi-polygons with holes. */
export const referenceLayers: readonly ReferenceLayer[] = [
  {
    name: 'Pünkte',
    table: 'punkte',
    geometries: [
      { type: 'Point', coordinates: [1.5, 2.25] },
      { type: 'Point', coordinates: [-179.123456789012, 89.9] },
      { type: 'Point', coordinates: [0, 0] },
      { type: 'Point', coordinates: [8.541694, 47.376887] },
      null,
    ],
  },
  {
    name: 'Línien',
    table: 'linien',
    geometries: [
      {
        type: 'LineString',
        coordinates: [
          [0, 0, 1],
          [1, 1, 2.5],
        ],
      },
      {
        type: 'LineString',
        coordinates: [
          [10, 10, -3],
          [11, 10, 0],
          [12, 12, 0.001],
        ],
      },
      {
        type: 'LineString',
        coordinates: [
          [0, 0, 0],
          [0.000000001, 0.000000001, 8848.86],
        ],
      },
      {
        type: 'LineString',
        coordinates: [
          [-70.1, -33.2, 520.5],
          [-70.2, -33.1, 530.25],
        ],
      },
      null,
    ],
  },
  {
    name: 'Flächen',
    table: 'flachen',
    geometries: [
      {
        type: 'MultiPolygon',
        coordinates: [[square(0, 0, 10), hole(2, 2, 2), hole(5, 5, 1.5)], [square(20, 20, 10)]],
      },
      { type: 'MultiPolygon', coordinates: [[square(0.1, 0.2, 1)], [square(-3, -3, 1)]] },
      { type: 'MultiPolygon', coordinates: [[square(-1, -1, 0.5)], [square(5, 5, 1), hole(5.25, 5.25, 0.5)]] },
      { type: 'MultiPolygon', coordinates: [[square(100.123456789, -45.5, 2)], [square(110, -45, 1)]] },
      null,
    ],
  },
];

/** A value as JSON has it: numbers, booleans and nested values are none of text. */
export function jsonValue(attribute: Attribute, row: number): string {
  const value = attribute.values[row] ?? null;
  if (value === null) return 'null';
  const isBare = ['bigint', 'numeric', 'double precision', 'boolean', 'jsonb'].includes(attribute.type);
  return isBare ? value : JSON.stringify(value);
}

/** The attributes of a row as a JSON object. */
export const jsonObject = (row: number): string =>
  `{${attributes.map((attribute) => `${JSON.stringify(attribute.name)}:${jsonValue(attribute, row)}`).join(',')}}`;

/** A geometry as well-known text. */
export function wkt(geometry: Geometry): string {
  if (geometry.type === 'GeometryCollection') return `GEOMETRYCOLLECTION(${geometry.geometries.map(wkt).join(',')})`;
  const list = (part: unknown): string => {
    if (!Array.isArray(part)) throw new Error('no coordinates');
    return typeof part[0] === 'number' ? part.join(' ') : `(${part.map(list).join(',')})`;
  };
  const text = list(geometry.coordinates);
  const isLine = geometry.type === 'LineString' && geometry.coordinates[0]?.length === 3;
  return `${geometry.type.toUpperCase()}${isLine ? ' Z ' : ''}${geometry.type === 'Point' ? `(${text})` : text}`;
}

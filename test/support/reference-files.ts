/** The reference layers as files, written by hand or by the libraries that other programs use. */
import { type BookType, utils, write } from '@e965/xlsx';
import type { Geometry, Position } from 'geojson';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import {
  type Attribute,
  attributes,
  jsonObject,
  jsonValue,
  type ReferenceLayer,
  rowCount,
  wkt,
} from './reference-layers.ts';

const rows = Array.from({ length: rowCount }, (_, row) => row);

/** Delimited text; geometries are well-known text in the column `wkt`. */
export function delimited(layer: ReferenceLayer, delimiter: string): string {
  const quoted = (text: string | null): string => (text === null ? '' : `"${text.replaceAll('"', '""')}"`);
  const cell = ({ type, values }: Attribute, row: number): string =>
    ['bigint', 'numeric', 'double precision'].includes(type) ? (values[row] ?? '') : quoted(values[row] ?? null);
  const lines = rows.map((row) => {
    const geometry = layer.geometries[row] ?? null;
    return [...attributes.map((attribute) => cell(attribute, row)), quoted(geometry && wkt(geometry))].join(delimiter);
  });
  return [[...attributes.map(({ name }) => name), 'wkt'].join(delimiter), ...lines, ''].join('\n');
}

const feature = (layer: ReferenceLayer, row: number): string =>
  `{"type":"Feature","properties":${jsonObject(row)},"geometry":${JSON.stringify(layer.geometries[row] ?? null)}}`;

/** A FeatureCollection. */
export const geojson = (layer: ReferenceLayer): string =>
  `{"type":"FeatureCollection","features":[${rows.map((row) => feature(layer, row)).join(',\n')}]}`;

/** A feature a line, each after `before`. */
export const geojsonLines = (layer: ReferenceLayer, before: string): string =>
  rows.map((row) => `${before}${feature(layer, row)}\n`).join('');

/** An array of objects, the geometry as one of their members. */
export const jsonArray = (layer: ReferenceLayer): string =>
  JSON.stringify(rows.map((row) => row)).replace(/\d+/g, (row) => {
    const geometry = JSON.stringify(layer.geometries[Number(row)] ?? null);
    return jsonObject(Number(row)).replace(/\}$/, `,"the_geom":${geometry}}`);
  });

/** A topology whose arcs belong to one ring or line each. */
export function topojson(layer: ReferenceLayer): string {
  const arcs: Position[][] = [];
  const arc = (positions: Position[]): number[] => [arcs.push(positions) - 1];
  const shape = (geometry: Geometry): object => {
    if (geometry.type === 'Point') return geometry;
    if (geometry.type === 'LineString') return { type: geometry.type, arcs: arc(geometry.coordinates) };
    if (geometry.type !== 'MultiPolygon') throw new Error(`no reference layer has a ${geometry.type}`);
    return { type: geometry.type, arcs: geometry.coordinates.map((polygon) => polygon.map(arc)) };
  };
  const geometries = rows.map((row) => {
    const geometry = layer.geometries[row] ?? null;
    const body = JSON.stringify(geometry === null ? { type: null } : shape(geometry)).slice(0, -1);
    return `${body},"properties":${jsonObject(row)}}`;
  });
  return `{"type":"Topology","objects":{"${layer.name}":{"type":"GeometryCollection","geometries":[${geometries.join(',')}]}},"arcs":${JSON.stringify(arcs)}}`;
}

const esriTypes: Partial<Record<Attribute['type'], string>> = {
  bigint: 'esriFieldTypeBigInteger',
  'double precision': 'esriFieldTypeDouble',
  timestamptz: 'esriFieldTypeDate',
  date: 'esriFieldTypeDateOnly',
  time: 'esriFieldTypeTimeOnly',
  uuid: 'esriFieldTypeGUID',
};

/** A FeatureSet as ArcGIS answers it. */
export function esriJson(layer: ReferenceLayer): string {
  const shape = (geometry: Geometry | null): string => {
    if (geometry === null) return '';
    const of = (value: object): string => `,"geometry":${JSON.stringify(value)}`;
    if (geometry.type === 'Point') return of({ x: geometry.coordinates[0], y: geometry.coordinates[1] });
    if (geometry.type === 'LineString') return of({ hasZ: true, paths: [geometry.coordinates] });
    if (geometry.type !== 'MultiPolygon') throw new Error(`no reference layer has a ${geometry.type}`);
    return of({ rings: geometry.coordinates.flat().map((ring) => [...ring].reverse()) });
  };
  const value = (attribute: Attribute, row: number): string => {
    const text = attribute.values[row] ?? null;
    if (attribute.type === 'timestamptz' && text !== null) return String(Date.parse(text.replace(/\+00$/, 'Z')));
    return jsonValue(attribute, row);
  };
  const fields = attributes.map(({ name, type }) => ({ name, type: esriTypes[type] ?? 'esriFieldTypeString' }));
  const features = rows.map((row) => {
    const members = attributes.map((attribute) => `${JSON.stringify(attribute.name)}:${value(attribute, row)}`);
    return `{"attributes":{${members.join(',')}}${shape(layer.geometries[row] ?? null)}}`;
  });
  const first = layer.geometries[0]?.type;
  const geometryType =
    first === 'Point' ? 'esriGeometryPoint' : first === 'LineString' ? 'esriGeometryPolyline' : 'esriGeometryPolygon';
  const hasZ = first === 'LineString';
  return `{"geometryType":"${geometryType}","hasZ":${hasZ},"spatialReference":{"wkid":4326},"fields":${JSON.stringify(fields)},"features":[${features.join(',')}]}`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const kmlTypes: Partial<Record<Attribute['type'], string>> = {
  bigint: 'int',
  'double precision': 'double',
  boolean: 'bool',
};

/** Placemarks with the data of a Schema; `prefix` is that of the namespace, with its colon. */
export function kml(layer: ReferenceLayer, prefix = ''): string {
  const tag = (name: string, content: string, more = ''): string =>
    `<${prefix}${name}${more}>${content}</${prefix}${name}>`;
  const positions = (all: Position[]): string => tag('coordinates', all.map((one) => one.join(',')).join(' '));
  const shape = (geometry: Geometry | null): string => {
    if (geometry === null) return '';
    if (geometry.type === 'Point') return tag('Point', positions([geometry.coordinates]));
    if (geometry.type === 'LineString') return tag('LineString', positions(geometry.coordinates));
    if (geometry.type !== 'MultiPolygon') throw new Error(`no reference layer has a ${geometry.type}`);
    const boundary = (ring: Position[], index: number): string =>
      tag(index === 0 ? 'outerBoundaryIs' : 'innerBoundaryIs', tag('LinearRing', positions(ring)));
    return tag(
      'MultiGeometry',
      geometry.coordinates.map((polygon) => tag('Polygon', polygon.map(boundary).join(''))).join(''),
    );
  };
  const fields = attributes.map(({ name, type }) =>
    tag('SimpleField', '', ` name="${name}" type="${kmlTypes[type] ?? 'string'}"`),
  );
  const placemarks = rows.map((row) => {
    const data = attributes
      .filter(({ values }) => (values[row] ?? null) !== null)
      .map(({ name, values }) => tag('SimpleData', escaped(values[row] ?? ''), ` name="${name}"`));
    const extended = tag('ExtendedData', tag('SchemaData', data.join(''), ' schemaUrl="#s"'));
    return tag('Placemark', extended + shape(layer.geometries[row] ?? null));
  });
  const xmlns = ` xmlns${prefix === '' ? '' : `:${prefix.slice(0, -1)}`}="http://www.opengis.net/kml/2.2"`;
  const document = tag('Document', tag('Schema', fields.join(''), ' name="s" id="s"') + placemarks.join('\n'));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${tag('kml', document, xmlns)}`;
}

/** Serial days since 1899-12-30, as spreadsheets count them. */
const serial = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`) / 86_400_000 + 25_569;

/** A workbook whose cells have the types that spreadsheets have; what they cannot hold is text. */
export function workbook(layer: ReferenceLayer, bookType: BookType): Buffer {
  const sheet = utils.aoa_to_sheet([[...attributes.map(({ name }) => name), 'wkt']]);
  const cell = ({ type, values }: Attribute, row: number): object | null => {
    const value = values[row] ?? null;
    if (value === null) return null;
    const isExact = type === 'double precision' || Number.isSafeInteger(Number(value));
    if ((type === 'bigint' && isExact) || type === 'double precision') return { t: 'n', v: Number(value) };
    if (type === 'boolean') return { t: 'b', v: value === 'true' };
    if (type === 'date') return { t: 'n', v: serial(`${value} 00:00:00`), z: 'yyyy-mm-dd' };
    if (type === 'timestamp') return { t: 'n', v: serial(value), z: 'yyyy-mm-dd hh:mm:ss.000' };
    if (type === 'time') return { t: 'n', v: serial(`1899-12-30 ${value}`), z: 'hh:mm:ss' };
    return { t: 's', v: value };
  };
  for (const row of rows) {
    attributes.forEach((attribute, column) => {
      const written = cell(attribute, row);
      if (written !== null) sheet[utils.encode_cell({ r: row + 1, c: column })] = written;
    });
    const geometry = layer.geometries[row] ?? null;
    if (geometry !== null)
      sheet[utils.encode_cell({ r: row + 1, c: attributes.length })] = { t: 's', v: wkt(geometry) };
  }
  sheet['!ref'] = utils.encode_range({ s: { r: 0, c: 0 }, e: { r: rowCount, c: attributes.length } });
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, 'Data');
  return Buffer.from(write(book, { type: 'buffer', bookType }));
}

/** How the geometry of a Parquet file is written. */
export type ParquetGeometry = 'GEOMETRY' | 'native';

const scale = 9;
const unscaled = (text: string): bigint => BigInt(text.replace('.', ''));
const micros = (text: string): bigint => BigInt(Date.parse(text.replace(' ', 'T').replace(/(\+00)?$/, 'Z'))) * 1000n;
const microsOfDay = (text: string): bigint => micros(`1970-01-01 ${text}`);

/** How Parquet declares a type, and what the writer wants of a value. */
const parquetTypes: Record<string, readonly [Partial<SchemaElement>, (text: string) => unknown]> = {
  text: [{ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, String],
  bigint: [{ type: 'INT64' }, BigInt],
  'double precision': [{ type: 'DOUBLE' }, Number],
  numeric: [
    { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, converted_type: 'DECIMAL', precision: 38, scale },
    unscaled,
  ],
  boolean: [{ type: 'BOOLEAN' }, (text) => text === 'true'],
  date: [{ type: 'INT32', converted_type: 'DATE' }, (text) => new Date(`${text}T00:00:00Z`)],
  timestamp: [{ type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } }, micros],
  timestamptz: [{ type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } }, micros],
  time: [{ type: 'INT64', logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: 'MICROS' } }, microsOfDay],
  jsonb: [{ type: 'BYTE_ARRAY', converted_type: 'JSON' }, (text) => JSON.parse(text)],
  uuid: [{ type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } }, String],
};

/** A GeoParquet file. */
export function geoparquet(layer: ReferenceLayer, geometry: ParquetGeometry): Buffer {
  const kind = layer.geometries[0]?.type ?? 'Point';
  const isHigh = kind === 'LineString';
  const vertex = ([x = 0, y = 0, z = 0]: Position): object => (isHigh ? { x, y, z } : { x, y });
  const nest = (part: unknown): unknown =>
    Array.isArray(part) && Array.isArray(part[0]) ? part.map(nest) : vertex(part as Position); // innermost: a position
  const ordinates = (isHigh ? ['x', 'y', 'z'] : ['x', 'y']).map(
    (name): SchemaElement => ({ name, repetition_type: 'REQUIRED', type: 'DOUBLE' }),
  );
  const depth = { Point: 0, LineString: 1, MultiPolygon: 3 }[String(kind)] ?? 0;
  const lists = Array.from({ length: depth }, (_, level): SchemaElement[] => [
    {
      name: level === 0 ? 'geometry' : 'element',
      repetition_type: level === 0 ? 'OPTIONAL' : 'REQUIRED',
      num_children: 1,
      converted_type: 'LIST',
    },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  ]).flat();
  const innermost: SchemaElement = {
    name: depth === 0 ? 'geometry' : 'element',
    repetition_type: depth === 0 ? 'OPTIONAL' : 'REQUIRED',
    num_children: ordinates.length,
  };
  const native = [...lists, innermost, ...ordinates];
  const asType: SchemaElement = {
    name: 'geometry',
    repetition_type: 'OPTIONAL',
    type: 'BYTE_ARRAY',
    logical_type: { type: 'GEOMETRY' },
  };
  const columns = attributes.map(({ name, type, values }) => {
    const [element, convert] = parquetTypes[type] ?? [{}, String];
    return {
      element: { name, repetition_type: 'OPTIONAL', ...element } satisfies SchemaElement,
      data: values.map((value) => (value === null ? null : convert(value))),
    };
  });
  const schema: SchemaElement[] = [
    { name: 'root', num_children: columns.length + 1 },
    ...columns.map(({ element }) => element),
    ...(geometry === 'native' ? native : [asType]),
  ];
  const encoding = geometry === 'native' ? kind.toLowerCase() : 'WKB';
  const bytes = parquetWriteBuffer({
    schema,
    columnData: [
      ...columns.map(({ element, data }) => ({ name: element.name, data })),
      {
        name: 'geometry',
        data: layer.geometries.map((shape) => {
          if (geometry !== 'native' || shape === null) return shape;
          if (shape.type === 'GeometryCollection') throw new Error('no native encoding holds a collection');
          return nest(shape.coordinates);
        }),
      },
    ],
    kvMetadata: [
      {
        key: 'geo',
        value: JSON.stringify({
          version: '1.1.0',
          primary_column: 'geometry',
          columns: { geometry: { encoding, geometry_types: [isHigh ? `${kind} Z` : kind] } },
        }),
      },
    ],
  });
  return Buffer.from(new Uint8Array(bytes));
}

/** Text and a name are all that a waypoint has. */
export const gpx = (layer: ReferenceLayer, version: '1.0' | '1.1'): string => {
  const [name, description] = attributes;
  const points = rows.flatMap((row) => {
    const geometry = layer.geometries[row] ?? null;
    if (geometry?.type !== 'Point') return [];
    const element = (tag: string, text: string | null): string =>
      text === null ? '' : `<${tag}>${escaped(text)}</${tag}>`;
    const inside = element('name', name?.values[row] ?? null) + element('desc', description?.values[row] ?? null);
    return `<wpt lat="${geometry.coordinates[1]}" lon="${geometry.coordinates[0]}">${inside}</wpt>`;
  });
  return `<gpx version="${version}" creator="t" xmlns="http://www.topografix.com/GPX/${version.replace('.', '/')}">${points.join('')}</gpx>`;
};

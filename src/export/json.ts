import { columnKind, fieldType } from '../sql/column-kind.ts';
import { ewkbToGeoJson } from '../sql/ewkb-to-geojson.ts';
import { jsonValue } from '../sql/json-value.ts';
import { UnsuitableResultError } from '../sql/unsuitable-result.ts';
import type { Row } from './format.ts';
import { distinct, textFormat } from './text-format.ts';

type Column = ReturnType<typeof distinct>[number];

const object = (columns: readonly Column[]) => {
  const parts = columns.map(({ name, typeName, index }) => ({ key: `${JSON.stringify(name)}:`, typeName, index }));
  return (row: Row): string => {
    let text = '{';
    for (const { key, typeName, index } of parts) {
      text += `${text.length > 1 ? ',' : ''}${key}${jsonValue(row[index] ?? null, typeName)}`;
    }
    return `${text}}`;
  };
};

const errorPart = (error: string | null): string => (error === null ? '' : `,"error":${JSON.stringify([error])}`);

/** The answer of CARTO's SQL API: rows as objects, then the types of the columns. */
export const json = textFormat({
  mediaType: 'application/json; charset=utf-8',
  extension: 'json',
  isScript: true,
  open(fields) {
    const columns = distinct(fields);
    const described = columns
      .map(
        ({ name, typeName }) =>
          `${JSON.stringify(name)}:${JSON.stringify({ type: fieldType(typeName), pgtype: typeName })}`,
      )
      .join(',');
    return {
      start: '{"rows":[',
      separator: ',',
      row: object(columns),
      end: ({ rows, seconds, error }) =>
        `],"time":${seconds.toFixed(3)},"fields":{${described}},"total_rows":${rows}${errorPart(error)}}`,
    };
  },
});

/** The rows of `json`, an object a line. */
export const ndjson = textFormat({
  mediaType: 'application/x-ndjson; charset=utf-8',
  extension: 'ndjson',
  isScript: false,
  open(fields) {
    const line = object(distinct(fields));
    return {
      start: '',
      separator: '',
      // A json (not jsonb) value keeps the line breaks that it was written with.
      row: (row) => `${line(row).replaceAll(/[\r\n]+/g, ' ')}\n`,
      end: ({ error }) => (error === null ? '' : null),
    };
  },
});

/** The column that carries the geometry, and its twin in web mercator, which GeoJSON leaves out. */
const GEOMETRY = 'the_geom';
const WEB_MERCATOR = 'the_geom_webmercator';

/** RFC 7946; all columns but the geometries are properties. */
export const geojson = textFormat({
  mediaType: 'application/json; charset=utf-8',
  extension: 'geojson',
  isScript: true,
  open(fields, { decimals }) {
    const columns = distinct(fields);
    const geometry = columns.find(({ name, typeName }) => name === GEOMETRY && columnKind(typeName) === 'geometry');
    if (!geometry) throw new UnsuitableResultError(`the format geojson needs a geometry column called ${GEOMETRY}`);
    const properties = object(columns.filter(({ name }) => name !== GEOMETRY && name !== WEB_MERCATOR));
    return {
      start: '{"type":"FeatureCollection","features":[',
      separator: ',',
      row(row) {
        const hex = row[geometry.index] ?? null;
        const shape = hex === null ? 'null' : ewkbToGeoJson(hex, decimals);
        return `{"type":"Feature","geometry":${shape},"properties":${properties(row)}}`;
      },
      end: ({ error }) => `]${errorPart(error)}}`,
    };
  },
});

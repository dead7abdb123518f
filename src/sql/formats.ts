import type { UserCursor } from '../db/database.ts';
import { columnKind, fieldType } from './column-kind.ts';
import { ewkbToGeoJson, UnsuitableResultError } from './ewkb-to-geojson.ts';
import { isoTime, jsonValue } from './json-value.ts';

type Fields = UserCursor['fields'];
type Row = readonly (string | null)[];

/** What comes after the last row. */
export interface Ending {
  readonly rows: number;
  readonly seconds: number;
  /** What went wrong after the answer had begun; it can no longer become a status. */
  readonly error: string | null;
}

/** Writes the rows of one result, a piece of text each; between them comes `separator`. */
export interface ResultWriter {
  readonly start: string;
  readonly separator: string;
  row(row: Row): string;
  /** null: an error cannot be said in this format, so the transfer is to be broken off. */
  end(ending: Ending): string | null;
}

/** A way to write a result: its media type, the ending of its file name, and the writer for these columns. */
export interface ResultFormat {
  readonly mediaType: string;
  readonly extension: string;
  /** Throws an UnsuitableResultError that says what the result lacks for this format. */
  open(fields: Fields): ResultWriter;
}

/** Of columns with one name the last counts, since a JSON object has each name once. */
const distinct = (fields: Fields) => [
  ...new Map(fields.map((field, index) => [field.name, { ...field, index }])).values(),
];

const object = (columns: readonly { readonly name: string; readonly typeName: string; readonly index: number }[]) => {
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

const json: ResultFormat = {
  mediaType: 'application/json; charset=utf-8',
  extension: 'json',
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
};

const csvCell = (text: string | null, typeName: string): string => {
  if (text === null) return '';
  const kind = columnKind(typeName);
  if (kind === 'boolean') return text === 't' ? 'true' : 'false';
  const shown = kind === 'date' ? isoTime(text) : text;
  // Quotes also tell an empty text from no value.
  return shown === '' || /[",\r\n]/.test(shown) || shown !== shown.trim() ? `"${shown.replaceAll('"', '""')}"` : shown;
};

/** RFC 4180; a geometry is its hexadecimal EWKB, no value is an empty field and an empty text is `""`. */
const csv: ResultFormat = {
  mediaType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  open: (fields) => ({
    start: `${fields.map(({ name }) => csvCell(name, 'text')).join(',')}\r\n`,
    separator: '',
    row: (row) => `${fields.map(({ typeName }, index) => csvCell(row[index] ?? null, typeName)).join(',')}\r\n`,
    end: ({ error }) => (error === null ? '' : null),
  }),
};

/** The column that carries the geometry, and its twin in web mercator, which GeoJSON leaves out. */
const GEOMETRY = 'the_geom';
const WEB_MERCATOR = 'the_geom_webmercator';

const geojson: ResultFormat = {
  mediaType: 'application/json; charset=utf-8',
  extension: 'geojson',
  open(fields) {
    const columns = distinct(fields);
    const geometry = columns.find(({ name, typeName }) => name === GEOMETRY && columnKind(typeName) === 'geometry');
    if (!geometry) throw new UnsuitableResultError(`the format geojson needs a geometry column called ${GEOMETRY}`);
    const properties = object(columns.filter(({ name }) => name !== GEOMETRY && name !== WEB_MERCATOR));
    return {
      start: '{"type":"FeatureCollection","features":[',
      separator: ',',
      row(row) {
        const hex = row[geometry.index] ?? null;
        const shape = hex === null ? 'null' : ewkbToGeoJson(hex);
        return `{"type":"Feature","geometry":${shape},"properties":${properties(row)}}`;
      },
      end: ({ error }) => `]${errorPart(error)}}`,
    };
  },
};

/** The formats of the SQL API by the name that `format` takes. */
export const resultFormats = { json, csv, geojson } as const satisfies Record<string, ResultFormat>;
export type ResultFormatName = keyof typeof resultFormats;

/** Whether `format` names one. */
export const isResultFormat = (name: string): name is ResultFormatName => Object.hasOwn(resultFormats, name);

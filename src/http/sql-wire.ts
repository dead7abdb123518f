import { Type } from 'typebox';
import { exportFormats } from '../export/formats.ts';
import { ApiKey } from './wire.ts';

/** The shapes of the SQL API, spelled as CARTO spells them. */

/** Parameters of a query. */
export const SqlParameters = Type.Object({
  q: Type.String({ description: 'One query that reads: `select`, `with`, `values` or `table`.' }),
  format: Type.Optional(
    Type.Union(
      Object.keys(exportFormats).map((name) => Type.Literal(name)),
      { default: 'json', description: '`geojson` needs a geometry column called `the_geom`; see sql.md.' },
    ),
  ),
  filename: Type.Optional(
    Type.String({ description: 'Name of the file without its ending, and of its layer; `cartodb-query`.' }),
  ),
  rows_per_page: Type.Optional(Type.Integer({ minimum: 1, description: 'Rows of a page; all where it is not given.' })),
  page: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Which page, from 0. Without `rows_per_page`, of 40 rows.' }),
  ),
  order_by: Type.Optional(Type.String({ description: 'A column of the result to order it by.' })),
  sort_order: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')], { default: 'asc' })),
  skipfields: Type.Optional(Type.String({ description: 'Columns to leave out, with commas between them.' })),
  dp: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 20,
      description:
        'Decimal places of coordinates, in all formats but `json`, `ndjson`, `csv` and `xlsx`; else all digits.',
    }),
  ),
  safe_cells: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Text of `csv` and `xlsx` that a spreadsheet would take for a formula gets an apostrophe before it.',
    }),
  ),
  callback: Type.Optional(
    Type.String({ description: 'JSONP: the answer becomes `callback({…})`; with `json` and `geojson`.' }),
  ),
});

/** The same with the key, as they stand in a query string. */
export const SqlQuery = Type.Object({ ...SqlParameters.properties, ...ApiKey.properties });

/** Answer in the format `json`. */
export const SqlAnswer = Type.Object({
  rows: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
    description: 'Numbers with all their digits; geometries as hexadecimal EWKB; times in ISO 8601.',
  }),
  time: Type.Number({ description: 'Seconds.' }),
  fields: Type.Record(Type.String(), Type.Object({ type: Type.String(), pgtype: Type.String() })),
  total_rows: Type.Integer({ description: 'Rows in this answer.' }),
});

/** An error of a query. */
export const SqlErrors = Type.Object({
  error: Type.Array(Type.String(), { description: "The database's own words." }),
  hint: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  position: Type.Optional(Type.Integer({ description: 'Where in the query, in characters from 1.' })),
});

/** The shapes of what an import tells of its layers. */
import { type Static, Type } from 'typebox';

const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const Row = Type.Integer({ description: 'Number of the record in its layer, from 1 on.' });
const Layer = Type.String({ description: 'The layer as the file names it.' });

/** Evidence for one column. */
export const ColumnEvidence = Type.Object({
  name: Type.String({ description: 'Its name in the table.' }),
  source: Type.String({ description: 'Its name in the file.' }),
  type: Type.String({ description: 'Its type.' }),
  reason: Type.String({ description: 'Why this type.' }),
  counter_example: orNull(
    Type.Object({
      row: Type.Integer({ description: 'The record that holds it.' }),
      value: Type.String({ description: 'The value as the file writes it.' }),
      prevented: Type.String({ description: 'The narrower type that it is not of.' }),
    }),
    'The first value that prevented a narrower type.',
  ),
  nulls: Type.Integer({ description: 'Rows without a value.' }),
  distinct: Type.Integer({ description: 'About how many different values there are.' }),
  min: orNull(Type.String(), 'The smallest value.'),
  max: orNull(Type.String(), 'The largest value.'),
});
export type ColumnEvidence = Static<typeof ColumnEvidence>;

/** Answer of `GET /api/v1/imports/:id/report`. */
export const ImportReport = Type.Object({
  import_id: Type.String({ format: 'uuid', description: 'The import.' }),
  tables: Type.Array(
    Type.Object({
      name: orNull(Type.String(), 'Name of the table; null where the layer is in none.'),
      layer: Layer,
      file: orNull(Type.String(), 'The file, by its path in the archive.'),
      rows: Type.Integer({ description: 'Records of the layer.' }),
      source: Type.Record(Type.String(), Type.Unknown(), {
        description:
          'What the format tells: of delimited text its dialect and encoding, and the runners-up. `rows_as_before`: rows that an earlier run of a synchronization has read; the evidence of the columns is of that run.',
      }),
      encoding: orNull(Type.String(), 'Encoding of the text, where the file says or hides it.'),
      geometry: orNull(
        Type.Object({
          type: orNull(Type.String(), 'As PostGIS names it.'),
          source: Type.String({ description: '`record`, `lonlat` or `column`.' }),
          columns: Type.Array(Type.String(), { description: 'The columns that it was made from.' }),
        }),
        'Where the_geom came from; null where there is none.',
      ),
      srid: Type.Integer({ description: 'Reference system of the coordinates in the file.' }),
      columns: Type.Array(ColumnEvidence, { description: 'Every column with the evidence for its type.' }),
      warnings: Type.Record(Type.String(), Type.Unknown(), {
        description: 'Counted things that did not fail the layer.',
      }),
      rejects: Type.Integer({ description: 'Cells and rows that could not be loaded as asked, less those corrected.' }),
    }),
    { description: 'Every layer that was read, in the order of the files.' },
  ),
});
export type ImportReport = Static<typeof ImportReport>;

/** Answer of `GET /api/v1/imports/:id/rejects`. */
export const RejectPage = Type.Object({
  rejects: Type.Array(
    Type.Object({
      file: orNull(Type.String(), 'The file, by its path in the archive.'),
      layer: Layer,
      table: orNull(Type.String(), 'The table; null where the layer is in none.'),
      row: Row,
      offset: orNull(Type.Integer(), 'Where the record begins in the file, in bytes.'),
      column: orNull(Type.String(), 'The column as the file names it; null where the whole row is meant.'),
      raw: Type.String({ description: 'What stands there, at most 1,000 characters of it.' }),
      rule: Type.String({ description: 'Why it could not be kept: `type`, `extra_cells`, `geometry`…' }),
    }),
    { description: 'In the order of the layers and their rows.' },
  ),
  total_entries: Type.Integer({ description: 'All that are kept: the first 100,000 of each layer.' }),
  page: Type.Integer({ description: 'As it was asked for.' }),
  per_page: Type.Integer({ description: 'As it was asked for.' }),
});
export type RejectPage = Static<typeof RejectPage>;

/** Parameters of `GET /api/v1/imports/:id/rejects`. */
export const RejectParameters = Type.Object({
  page: Type.Optional(Type.Integer({ default: 1, description: 'Pages are counted from 1.' })),
  per_page: Type.Optional(
    Type.Integer({
      default: 100,
      description: 'Rejects of a page, at most 10,000; of CSV at most 100,000, the default.',
    }),
  ),
  format: Type.Optional(
    Type.Union([Type.Literal('json'), Type.Literal('csv')], {
      description: '`csv` is what `Accept: text/csv` asks for too.',
    }),
  ),
});

/** Body of `POST /api/v1/imports/:id/rejects`. */
export const CorrectionBody = Type.Object({
  rejects: Type.Optional(
    Type.Array(
      Type.Object({
        layer: Type.Optional(Type.String({ description: 'Needed where the import has several.' })),
        row: Row,
        column: Type.String({ description: 'As the rejects name it.' }),
        value: orNull(Type.String(), 'What shall stand there; null for NULL.'),
      }),
      { description: 'The corrections, in JSON.' },
    ),
  ),
});

/** Answer of `POST /api/v1/imports/:id/rejects`. */
export const Corrected = Type.Object({
  success: Type.Boolean({ description: 'Whether every correction fits.' }),
  rows: Type.Integer({ description: 'Rows that were changed.' }),
  cells: Type.Integer({ description: 'Cells that were changed.' }),
  remaining: Type.Integer({ description: 'Rejects of the import that are still there.' }),
  rejects: Type.Array(
    Type.Object({
      layer: Layer,
      row: Row,
      column: orNull(Type.String(), 'The column; null where the whole row is meant.'),
      raw: Type.String({ description: 'The value that does not fit.' }),
      rule: Type.String({
        description: '`type`, `no_such_row`, `no_such_column`, or `twice` for a cell with two values.',
      }),
    }),
    { description: 'What of the corrections does not fit either. Nothing of such a row was changed.' },
  ),
});
export type Corrected = Static<typeof Corrected>;

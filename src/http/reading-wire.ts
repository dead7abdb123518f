/** How the wire spells what a request says about reading, for the documentation. */
import { Type } from 'typebox';

const oneOf = (words: readonly string[], description: string) =>
  Type.Union(
    words.map((word) => Type.Literal(word)),
    { description },
  );

/** Parameters that an import, an analysis and a synchronization take alike; `toReading` reads them. */
export const readingParameters = {
  delimiter: Type.Optional(
    Type.String({ description: 'What stands between cells of delimited text: 1 to 10 characters, or `tab`.' }),
  ),
  quote: Type.Optional(
    Type.String({
      description: 'The character around cells of delimited text; `none` or nothing: cells are not quoted.',
    }),
  ),
  escape: Type.Optional(
    Type.String({ description: 'The character before a quote within quotes; the quote itself where it is doubled.' }),
  ),
  header: Type.Optional(
    Type.Union([Type.Boolean(), Type.Integer()], {
      description: 'Whether there is a row of names; a number says how many rows make the names together.',
    }),
  ),
  skip_rows: Type.Optional(Type.Integer({ description: 'Lines before the table that are none of it.' })),
  null_values: Type.Optional(
    Type.String({ description: 'Texts that mean NULL, between commas or as a list in JSON.' }),
  ),
  decimal: Type.Optional(oneOf(['.', ','], 'What stands before the decimals of numbers.')),
  date_order: Type.Optional(oneOf(['dmy', 'mdy', 'ymd'], 'How dates such as 03/04/2021 are to be read.')),
  extra_cells: Type.Optional(
    oneOf(
      ['columns', 'reject'],
      'Where cells beyond the last column go: into columns `_extra`, as without it, or to the rejects.',
    ),
  ),
  columns: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String({ description: 'As the file writes it, or as the table has it.' }),
        rename: Type.Optional(Type.String({ description: 'Its name in the table.' })),
        type: Type.Optional(
          Type.String({ description: 'Its type; cells that are none become NULL, and are among the rejects.' }),
        ),
        drop: Type.Optional(Type.Boolean({ description: 'true: it is left out.' })),
        null_values: Type.Optional(
          Type.Array(Type.String(), { description: 'Texts that mean NULL in this column, besides those of the file.' }),
        ),
        date_format: Type.Optional(Type.String({ description: 'Pattern of its dates, such as `dd.MM.yyyy HH:mm`.' })),
        role: Type.Optional(
          oneOf(
            ['longitude', 'latitude', 'geometry', 'geohash', 'h3', 'plus_code', 'none'],
            'Its part in the geometry; `none`: it has none, whatever its name is.',
          ),
        ),
      }),
      { description: 'What is said of single columns, in JSON: a list, or an object by name.' },
    ),
  ),
  max_rejects: Type.Optional(
    Type.String({
      description: 'More rejects than this fail the import: a number, or a share of the rows such as `5%`.',
    }),
  ),
  metadata_url: Type.Optional(
    Type.String({
      description:
        'Where a description of the files is, in CSVW or Frictionless Data; in a zip archive it may stand beside them.',
    }),
  ),
  analysis_id: Type.Optional(
    Type.String({ description: 'In place of a file or URL: those of an analysis of the last hour.' }),
  ),
  upload_id: Type.Optional(
    Type.String({ description: 'In place of a file or URL: a complete upload of `POST /api/v1/files`.' }),
  ),
  recipe: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description:
        'All of these at once, in JSON, as an analysis answers it; or the name of one that is kept (`/api/v1/recipes`). A parameter that stands beside it wins.',
    }),
  ),
};

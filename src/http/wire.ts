import { type Static, Type } from 'typebox';
import { importStates } from '../domain/import-state.ts';
import { schemaPolicies, writeModes } from '../domain/refresh.ts';
import { readingParameters } from './reading-wire.ts';

/** The shapes of the wire, spelled as CARTO spells them. `/openapi.json` and `/docs` are made from them. */

const uuid = (description: string) => Type.String({ format: 'uuid', description });
const flag = (description: string) => Type.Boolean({ description });
/** A value that may be missing; the description belongs to both cases. */
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const id = Type.String({ format: 'uuid' });
const word = <Word extends string>(words: readonly Word[], description: string) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words], description });

/** Parameters of every request to the API. */
export const ApiKey = Type.Object({
  api_key: Type.Optional(
    Type.String({
      description:
        'Key of the account. Also taken from the body, as the password of HTTP Basic (the user is the account), or as `Authorization: Bearer KEY`.',
    }),
  ),
});

/** Parameters of `POST /api/v1/imports`, in query, form, multipart fields or JSON alike. */
export const ImportParameters = Type.Object({
  file: Type.Optional(
    Type.Unsafe<string>({ type: 'string', format: 'binary', description: 'The file, as a multipart part.' }),
  ),
  filename: Type.Optional(
    Type.String({
      description:
        'Another name of the part `file`, and wins over it. In the query: the name of the file whose bytes are the body, of any content type.',
    }),
  ),
  display_name: Type.Optional(
    Type.String({ description: 'What the import is called in lists; without it the name of its file.' }),
  ),
  url: Type.Optional(
    Type.String({
      description:
        'Where the file is: http or https, an object store (`s3`, `gs`, `az`), or the `file_uri` of a parked file. Wins over a file sent in the same request.',
    }),
  ),
  remote_visualization_id: Type.Optional(
    Type.String({
      format: 'uuid',
      description:
        'A table of the data library, by its `id` in `GET /api/v1/viz?type=remote`. The new table follows it from then on.',
    }),
  ),
  type_guessing: Type.Optional(Type.Boolean({ default: true, description: 'false: every column becomes text.' })),
  quoted_fields_guessing: Type.Optional(
    Type.Boolean({ default: true, description: 'false: CSV fields inside double quotes stay text.' }),
  ),
  collision_strategy: Type.Optional(
    Type.Union([Type.Literal('skip'), Type.Literal('overwrite')], {
      description:
        'What to do where a table of that name exists. Without it the new one is called `name_1`; `skip` imports nothing; `overwrite` replaces the table if its columns are compatible.',
    }),
  ),
  mode: Type.Optional(
    word(
      writeModes,
      "How the rows go into the table of the layer's name: `replace` makes it hold what the file holds, `append` adds all rows; by `key`, `upsert` changes and adds, `update` only changes, `insert_new` only adds, and `soft_delete` is an upsert that sets `_deleted_at` where the file has no such row. Without it as `collision_strategy` says.",
    ),
  ),
  key: Type.Optional(
    Type.String({
      description:
        'Columns that tell rows apart, between commas or as a list in JSON; without it the `cartodb_id` of the file.',
    }),
  ),
  schema_policy: Type.Optional(
    word(
      schemaPolicies,
      'With `mode`, what becomes of other columns than the table has: `evolve` (the default) follows the file, `freeze` fails with 2013, `discard_columns` leaves new ones out.',
    ),
  ),
  privacy: Type.Optional(
    Type.Union([Type.Literal('public'), Type.Literal('private'), Type.Literal('link')], {
      description: 'Who may read the table. A new table without it is private; an overwritten one keeps what it had.',
    }),
  ),
  layers: Type.Optional(
    Type.String({
      description: 'Names of the layers or files of an archive to import, separated by commas; without it all.',
    }),
  ),
  encoding: Type.Optional(
    Type.String({ description: 'Encoding of the text, such as `windows-1252`; without it found out.' }),
  ),
  geometry_policy: Type.Optional(
    Type.Union([Type.Literal('keep'), Type.Literal('make_valid'), Type.Literal('null'), Type.Literal('reject')], {
      description:
        'What becomes of geometries that are not valid, such as polygons that cross themselves: they are kept, repaired, left out, or the import fails (2014). Counted in `invalid_geometry_count` of the warnings; without the parameter they are kept, and counted in layers of up to 20,000 rows.',
    }),
  ),
  source_srid: Type.Optional(
    Type.Integer({ description: 'EPSG code of the coordinates, whatever the file says; without it as the file says.' }),
  ),
  ...readingParameters,
  user_defined_limits: Type.Optional(
    Type.Object(
      { twitter_credits_limit: Type.Optional(Type.Integer({ description: '0 by default.' })) },
      { description: 'Stored and shown, otherwise unused.' },
    ),
  ),
  sql: Type.Optional(
    Type.String({
      description: "A query over the account's own tables, whose rows become a table. Wins over all other sources.",
    }),
  ),
  table_copy: Type.Optional(
    Type.String({ description: 'Name of a table to copy: the same as `sql=select * from` it. Wins over `sql`.' }),
  ),
  table_name: Type.Optional(
    Type.String({
      description:
        'Name of the table that `sql` or `table_copy` makes, else `untitled_table`. Without any source: the table to copy. Files and URLs name their tables themselves.',
    }),
  ),
  service_name: Type.Optional(
    Type.String({
      description:
        '`public_url` (the default), `arcgis`, `connector`, or a cloud drive that is connected: `gdrive`, `dropbox`, `box`, `onedrive`.',
    }),
  ),
  service_item_id: Type.Optional(
    Type.String({
      description:
        'Of `public_url` the same as `url`, of `arcgis` the address of a layer or service, of a cloud drive the `id` of a file as `list_files` has it.',
    }),
  ),
  connector: Type.Optional(
    Type.Object(
      {},
      {
        description:
          'A table or a query of another database: `provider`, `connection` or `connection_id`, and `table` or `sql_query` with `import_as`; see connectors.md.',
      },
    ),
  ),
  token: Type.Optional(
    Type.String({
      description: 'Token of an ArcGIS server; it may stand in the address too. Kept sealed, never shown.',
    }),
  ),
  allow_partial: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'true: rows that an ArcGIS server does not hand out are the warning `partial_layers`, and no failure (1011).',
    }),
  ),
  attachments: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'true: the addresses of attachments of an ArcGIS layer become the column `attachment_urls`.',
    }),
  ),
  callback: Type.Optional(Type.String({ description: 'JSONP: the answer becomes `callback({…})`.' })),
});

/** Answer to an accepted `POST /api/v1/imports`. */
export const ImportAccepted = Type.Object(
  {
    item_queue_id: uuid('The import. Ask `GET /api/v1/imports/{id}` for its state.'),
    success: Type.Boolean({ description: 'true: the import was accepted, not that it succeeded.' }),
  },
  { description: 'The import was accepted.' },
);
export type ImportAccepted = Static<typeof ImportAccepted>;

/** Answer of `GET /api/v1/imports`. */
export const ImportList = Type.Object({
  imports: Type.Array(id, { description: 'Unfinished imports of the last 24 hours, newest first.' }),
  success: flag('Always true.'),
});
export type ImportList = Static<typeof ImportList>;

/** Answer of `GET /api/v1/imports/:id`, in the order in which the fields are written (wire contract 1.5). */
export const ImportStatus = Type.Object({
  id: uuid('The import.'),
  user_id: uuid('The account.'),
  table_id: orNull(id, 'The last table that was made.'),
  data_type: Type.Union(
    [
      Type.Literal('file'),
      Type.Literal('url'),
      Type.Literal('datasource'),
      Type.Literal('query'),
      Type.Literal('external_table'),
    ],
    {
      description:
        '`query` with `sql`, `table_copy` or `table_name` once it runs; `external_table` with `remote_visualization_id`; `datasource` for all other sources and for none.',
    },
  ),
  table_name: orNull(Type.String(), 'Name of the last table that was made.'),
  state: Type.Unsafe<(typeof importStates)[number]>({
    type: 'string',
    enum: [...importStates],
    description: 'The last two are final.',
  }),
  error_code: orNull(Type.Integer(), 'See the list of errors.'),
  queue_id: uuid('The same as `id`.'),
  tables_created_count: orNull(Type.Integer(), 'null where the import failed or has not ended.'),
  synchronization_id: orNull(id, 'The synchronization that started it.'),
  type_guessing: flag('As it was asked for.'),
  quoted_fields_guessing: flag('As it was asked for.'),
  content_guessing: flag('As it was asked for.'),
  create_visualization: flag('`create_vis` as it was asked for.'),
  visualization_id: orNull(id, 'The map that was made.'),
  user_defined_limits: Type.String({ description: 'JSON, as text.' }),
  get_error_text: orNull(
    Type.Object({
      title: Type.String({ description: 'The same for every import with this code.' }),
      what_about: Type.String({ description: 'What happened, where, and what to do. Plain text, not HTML.' }),
      source: Type.String({ description: 'Whose turn it is: `user`, `cartodb` (this server) or `external`.' }),
    }),
    'null where `error_code` is.',
  ),
  display_name: Type.String({ description: 'Name of the file, or the id of the import where there is none.' }),
  success: Type.Optional(Type.Boolean({ description: 'Only in a final state.' })),
  original_url: Type.String({
    description: 'The URL as it was sent, without user and password; the query of `sql`; empty for uploads.',
  }),
  warnings: orNull(Type.Record(Type.String(), Type.Unknown()), 'Counted things that did not fail the import.'),
  is_raster: flag('Whether a table holds raster data.'),
  http_response_code: Type.Optional(
    Type.String({ description: 'Only where a download was refused: the status of the answer, as text.' }),
  ),
  http_response_code_message: Type.Optional(Type.String({ description: 'The same as a sentence.' })),
  any_table_raster: Type.Optional(Type.Boolean({ description: 'Only in the state `complete`.' })),
  derived_visualization_id: Type.Optional(orNull(id, 'Only in the state `complete`.')),
  tables: orNull(
    Type.Array(
      Type.Object({
        name: Type.String({ description: 'Name of the table.' }),
        id: uuid('The table.'),
        rows: Type.Integer({ description: 'Rows of the table.' }),
        geometry_type: orNull(
          Type.String(),
          'As PostGIS names it, such as `MULTIPOLYGON`; `GEOMETRY` where the first thousand differ, null without any.',
        ),
        layer: Type.String({ description: 'The layer as the file names it.' }),
        warnings: orNull(Type.Record(Type.String(), Type.Unknown()), 'Those of this table alone.'),
        changes: orNull(
          Type.Object({
            inserted: Type.Integer(),
            updated: Type.Integer(),
            deleted: Type.Integer({ description: 'With `mode=soft_delete`: marked.' }),
            unchanged: Type.Integer({
              description: 'Rows of the file that the table had already, and were not written.',
            }),
          }),
          'Rows by what was done to them.',
        ),
      }),
    ),
    'Every table that was made, in the order of the files. null until the import is complete. Not in the original API.',
  ),
  progress: Type.Object(
    {
      rows: Type.Integer({ description: 'Rows loaded so far.' }),
      bytes: Type.Integer({ description: 'Bytes read so far.' }),
    },
    { description: 'Not in the original API.' },
  ),
  created_at: Type.String({ format: 'date-time', description: 'Not in the original API.' }),
  updated_at: Type.String({ format: 'date-time', description: 'Not in the original API.' }),
});
export type ImportStatus = Static<typeof ImportStatus>;

/** The body of a 400, 413, 415 or 429 of the imports API. */
export const ImportErrors = Type.Object({
  errors: Type.Record(Type.String(), Type.String(), {
    description: 'The sentence to show, under `imports` or `callback`.',
  }),
});

/** Answer of `GET /readyz`: every check by name. */
export const Readiness = Type.Object({
  ready: flag('Whether every check passed.'),
  checks: Type.Record(
    Type.String(),
    Type.Object({ ok: Type.Boolean(), detail: Type.Optional(Type.String({ description: 'Why not.' })) }),
    { description: 'Every check by name: whether it passed (`ok`) and, where not, why (`detail`).' },
  ),
});
export type Readiness = Static<typeof Readiness>;

/** Answers without a body: 401 and 404 of the API. */
export const Empty = (description: string) => Type.Null({ description });

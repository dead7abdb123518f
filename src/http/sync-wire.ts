import { type Static, Type } from 'typebox';
import { schemaPolicies, writeModes } from '../domain/refresh.ts';
import { syncStates } from '../domain/sync.ts';
import { ApiKey } from './wire.ts';

/** The shapes of the synchronizations API, spelled as CARTO spells them (wire contract 1.7 to 1.10). */

const id = Type.String({ format: 'uuid' });
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
export const moment = (description: string) =>
  Type.String({ description: `${description} As \`2016-02-01T12:45:07+00:00\`.` });
const word = <Word extends string>(words: readonly Word[], description: string) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words], description });
const whole = (description: string) => Type.Integer({ description });

const state = word(
  syncStates,
  '`created` and `queued` while the first import waits and runs; later runs are `queued`, then `syncing`.',
);

const settings = {
  interval: Type.Optional(
    Type.Integer({ default: 3600, description: 'Seconds between two runs, at least 900. Texts are taken too.' }),
  ),
  schema_policy: Type.Optional(
    word(
      schemaPolicies,
      'What becomes of a change of the columns at the source. `evolve` (the default) follows it; `freeze` lets the run fail with 2013; `discard_columns` leaves new columns out. Not in the original API.',
    ),
  ),
  mode: Type.Optional(
    word(
      writeModes,
      'What a run does with the rows. `replace` (the default): the table holds what the source holds. Not in the original API.',
    ),
  ),
  key: Type.Optional(
    Type.String({
      description:
        'Columns by which rows are found, separated by commas, in JSON also a list; without it whole rows are compared. Not in the original API.',
    }),
  ),
};

/** Parameters of `POST /api/v1/synchronizations`, besides those of an import that say how files are read. */
export const SyncParameters = Type.Object({
  url: Type.String({ description: 'Where the file is, http or https.' }),
  ...settings,
  remote_visualization_id: Type.Optional(
    Type.String({
      format: 'uuid',
      description: 'In place of a `url`: a table of the data library, which is looked at every 30 days.',
    }),
  ),
  table_name: Type.Optional(Type.String({ description: 'Name of the table, where the source is one file.' })),
  type_guessing: Type.Optional(Type.Boolean({ default: true, description: 'false: every column becomes text.' })),
  quoted_fields_guessing: Type.Optional(
    Type.Boolean({ default: true, description: 'false: CSV fields inside double quotes stay text.' }),
  ),
  callback: Type.Optional(Type.String({ description: 'JSONP: the answer becomes `callback({…})`.' })),
});

/** Parameters of `PUT /api/v1/synchronizations/:id/sync_now`. */
export const SyncNowQuery = Type.Object({
  ...ApiKey.properties,
  full: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'true: all rows are taken, whatever the last run found. Not in the original API.',
    }),
  ),
});

/** Parameters of `PUT /api/v1/synchronizations/:id`. */
export const SyncChanges = Type.Object(settings);

const fields = {
  id: Type.String({ format: 'uuid', description: 'The synchronization.' }),
  name: orNull(Type.String(), 'The table; null until the first import has made one, unless one was asked for.'),
  interval: whole('Seconds between two runs.'),
  url: Type.String({ description: 'Where the file is, without user and password.' }),
  state,
  created_at: moment('When it was asked for.'),
  updated_at: moment('When its last run began or ended.'),
  run_at: moment('When it runs next.'),
  retried_times: whole('Runs that have failed since one succeeded or was forced.'),
  log_id: orNull(id, 'The import of the last run.'),
  error_code: orNull(Type.Integer(), 'Why the last run failed: see the list of errors.'),
  error_message: orNull(Type.String(), 'The same in words.'),
  ran_at: moment('When it ran last.'),
  modified_at: orNull(moment('`Last-Modified` of the source.'), 'null where the source does not say.'),
  etag: orNull(Type.String(), 'ETag of the source, without quotes.'),
  checksum: orNull(Type.String(), 'SHA-256 of the file that the table holds; empty before the first.'),
  user_id: Type.String({ format: 'uuid', description: 'The account.' }),
  service_name: orNull(Type.String(), 'null for URLs.'),
  service_item_id: orNull(Type.String(), 'The URL, from the first scheduled run on.'),
  type_guessing: Type.Boolean({ description: 'As it was asked for.' }),
  quoted_fields_guessing: Type.Boolean({ description: 'As it was asked for.' }),
  content_guessing: Type.Boolean({ description: 'As it was asked for.' }),
  visualization_id: orNull(
    id,
    'The dataset that it keeps, from the first run that succeeded on; with several tables the one called `name`.',
  ),
  from_external_source: Type.Boolean({ description: 'Whether the source is a data library.' }),
  schema_policy: word(schemaPolicies, 'Not in the original API.'),
  mode: word(writeModes, 'Not in the original API.'),
  key: Type.Array(Type.String(), { description: 'Not in the original API.' }),
};

/** A synchronization as lists and single answers show it, in the order in which the fields are written. */
export const SyncView = Type.Object(fields);
export type SyncView = Static<typeof SyncView>;

/** Answer to an accepted `POST /api/v1/synchronizations`. */
export const SyncAccepted = Type.Object(
  {
    data_import: Type.Object(
      {
        endpoint: Type.String({ description: 'Where imports are asked for.' }),
        item_queue_id: Type.String({ format: 'uuid', description: 'The first import.' }),
      },
      { description: 'The first import: ask `GET /api/v1/imports/{item_queue_id}` for its state.' },
    ),
    ...fields,
    endpoint: Type.String({ description: 'As in `data_import`.' }),
    item_queue_id: Type.String({ format: 'uuid', description: 'As in `data_import`.' }),
  },
  { description: 'The synchronization is stored and its first import waits for a worker.' },
);
export type SyncAccepted = Static<typeof SyncAccepted>;

/** Answer of `GET /api/v1/synchronizations`. */
export const SyncList = Type.Object({
  synchronizations: Type.Array(SyncView, { description: 'All of the account, oldest first.' }),
  total_entries: whole('How many there are.'),
});

/** Answer of `GET /api/v1/synchronizations/:id/sync_now`. */
export const SyncNowState = Type.Object({ state });

/** Answer of `PUT /api/v1/synchronizations/:id/sync_now`. */
export const SyncNowAnswer = Type.Object({
  enqueued: Type.Boolean({
    description:
      'false where a run is under way, where the last was less than 900 seconds ago, or where more than three of the account run.',
  }),
  synchronization_id: Type.String({ format: 'uuid', description: 'The synchronization.' }),
});

/** The body of a 400 of the synchronizations API. */
export const SyncErrors = Type.Object({ errors: Type.String({ description: 'The sentence to show.' }) });

import { type Static, Type } from 'typebox';
import { moment } from './sync-wire.ts';

/** The shapes of what runs of synchronizations did. */

const id = Type.String({ format: 'uuid' });
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const word = <Word extends string>(words: readonly Word[], description: string) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words], description });
const whole = (description: string) => Type.Integer({ description });

const names = Type.Array(Type.String());

/** One run. */
export const SyncRunView = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The run: the same as the id of its import.' }),
  trigger: word(['first', 'schedule', 'forced', 'rollback'], 'Why it was begun.'),
  outcome: orNull(
    word(['changed', 'unchanged', 'failure'], '`unchanged`: the source was as before, and nothing was written.'),
    'null while it runs.',
  ),
  started_at: moment('When it was begun.'),
  ended_at: orNull(moment('When it ended.'), 'null while it runs.'),
  bytes: whole('Bytes that were read from the source.'),
  rows_inserted: whole('Over all tables.'),
  rows_updated: whole('Over all tables.'),
  rows_deleted: whole('Over all tables.'),
  rows_unchanged: whole('Over all tables.'),
  tables: Type.Array(
    Type.Object({
      id,
      name: Type.String({ description: 'Name of the table at that time.' }),
      layer: Type.String({ description: 'The layer as the source names it.' }),
      rows_inserted: Type.Integer(),
      rows_updated: Type.Integer(),
      rows_deleted: Type.Integer(),
      rows_unchanged: Type.Integer(),
      drift: Type.Object(
        {
          added: names,
          removed: names,
          retyped: Type.Array(Type.Object({ column: Type.String(), from: Type.String(), to: Type.String() })),
        },
        { description: 'How the columns of the source differed from the run before.' },
      ),
    }),
    { description: 'What it did to each table.' },
  ),
  warnings: orNull(Type.Record(Type.String(), Type.Unknown()), 'Counted things that did not fail the run.'),
  error_code: orNull(Type.Integer(), 'Why it failed.'),
  error_message: orNull(Type.String(), 'The same in words.'),
});
export type SyncRunView = Static<typeof SyncRunView>;

/** Answer of `GET /api/v1/synchronizations/:id/runs`. */
export const SyncRunList = Type.Object({
  runs: Type.Array(SyncRunView, { description: 'Newest first.' }),
  total_entries: whole('Runs that are remembered, on all pages.'),
});

/** Parameters of `GET /api/v1/synchronizations/:id/runs`. */
export const SyncRunPage = Type.Object({
  page: Type.Optional(Type.Integer({ default: 1, description: 'From 1.' })),
  per_page: Type.Optional(Type.Integer({ default: 20, description: 'At most 100.' })),
});

const row = Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]));

/** One changed row. */
const SyncChangeView = Type.Object({
  number: whole('Rises in the order in which rows were written.'),
  table: Type.String({ description: 'Name of the table at that time.' }),
  kind: word(['insert', 'update', 'delete'], 'What was done.'),
  cartodb_id: whole('The row.'),
  before: orNull(row, 'Values as PostgreSQL writes them, by column; null where the row is new.'),
  after: orNull(row, 'null where the row is gone.'),
});
export type SyncChangeView = Static<typeof SyncChangeView>;

/** Answer of `GET /api/v1/synchronizations/:id/runs/:run/changes`. */
export const SyncChangeList = Type.Object({
  changes: Type.Array(SyncChangeView, { description: 'In the order in which they were written.' }),
});

/** Parameters of `GET /api/v1/synchronizations/:id/runs/:run/changes`. */
export const SyncChangePage = Type.Object({
  after: Type.Optional(
    Type.Integer({ description: 'Only changes after the one of this number: the last of the page before.' }),
  ),
  limit: Type.Optional(Type.Integer({ default: 1000, description: 'Changes of a page, at most 10,000.' })),
  format: Type.Optional(word(['json', 'csv'], 'json unless said.')),
});

/** Parameters of `POST /api/v1/synchronizations/:id/rollback`. */
export const SyncRollback = Type.Object({
  run: Type.String({ format: 'uuid', description: 'The run after which the tables were as they are to be.' }),
});

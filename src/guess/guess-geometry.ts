import type { Queryable } from '../db/database.ts';
import { identifier, join, sql } from '../db/sql.ts';
import type { Warnings } from '../domain/import.ts';
import type { ImportState } from '../domain/import-state.ts';
import type { TableSchema } from '../domain/schema.ts';
import { stagingSchema } from '../load/staging.ts';
import { type Decision, decide } from './decide.ts';
import { fillPlaces } from './fill-places.ts';
import { placeFinder } from './find-place.ts';
import type { Gazetteer } from './gazetteer.ts';
import { type SampledColumn, sampledColumn } from './sample.ts';

/** Rows that are looked at (wire contract 6.4). */
const SAMPLE_ROWS = 400;
/** Text columns that are looked at, and characters of a value: no name of a place is longer. */
const MAX_COLUMNS = 200;
const MAX_CHARACTERS = 200;

/** A staging table without geometry, and how the import says what it does. */
export interface GuessedTable {
  readonly db: Queryable;
  /** Its name in the schema of staging tables. */
  readonly table: string;
  readonly schema: TableSchema;
  enterState(state: ImportState): Promise<void>;
}

/**
 * Looks for places in the text columns of a table, and fills its geometry where it is sure enough that there are some
 * (wire contract 6.4). Returns what it found, under `content_guessing`; a failure of its own data is told there and fails
 * nothing.
 */
export async function guessGeometry(
  places: Gazetteer,
  { db, table, schema, enterState }: GuessedTable,
): Promise<Warnings> {
  await enterState('guessing');
  const columns = await sampleOf(db, table, schema);
  const prepared = await prepare(columns, places);
  await enterState('importing');
  if (prepared === null) return { content_guessing: { kind: null } };
  if ('failed' in prepared) return { content_guessing: { kind: null, error: prepared.failed } };
  await enterState('geocoding');
  const filled = await fillPlaces(db, table, columnsOf(prepared.decision), prepared.find);
  await enterState('importing');
  return { content_guessing: { ...told(prepared.decision), ...filled } };
}

async function prepare(columns: readonly SampledColumn[], places: Gazetteer) {
  try {
    const decision = await decide(columns, places);
    return decision === null ? null : { decision, find: await placeFinder(decision, places) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

/** Text columns of rows from all over the table, the same rows whenever it is asked. */
async function sampleOf(db: Queryable, table: string, schema: TableSchema): Promise<readonly SampledColumn[]> {
  const columns = schema.columns.filter(({ type }) => type === 'text').slice(0, MAX_COLUMNS);
  if (columns.length === 0) return [];
  const values = columns.map(({ name }) => sql`left(${identifier(name)}, ${MAX_CHARACTERS}) as ${identifier(name)}`);
  const rows = await db.query<Record<string, string | null>>(sql`
    select ${join(values)} from ${identifier(stagingSchema, table)}
    order by md5(cartodb_id::text) limit ${SAMPLE_ROWS}`);
  return columns.map(({ name, source }) =>
    sampledColumn(
      name,
      source,
      rows.map((row) => row[name] ?? null),
    ),
  );
}

const columnsOf = (decision: Decision) => ({
  value: decision.column,
  country: 'country' in decision ? (decision.country?.column ?? null) : null,
  region: 'region' in decision ? decision.region : null,
});

function told(decision: Decision): Readonly<Record<string, unknown>> {
  const { kind, column } = decision;
  switch (kind) {
    case 'country':
      return { kind, column, notation: decision.notation };
    case 'city':
      return { kind, column, country: decision.country?.column ?? decision.everywhere, region: decision.region };
    case 'region':
      return { kind, column, country: decision.country?.column ?? decision.everywhere };
    default:
      return { kind, column };
  }
}

import pg from 'pg';
import { DatabaseError } from './database.ts';
import type { Sql } from './sql.ts';
import { toDatabaseError } from './translate.ts';

const INT8 = 20;
const TEXT_TYPES: ReadonlySet<number> = new Set([1082, 1114, 1115, 1182]);

const parseInt8 = (text: string): number | bigint => {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
};

/** How values of our own statements are read (see `Queryable.query`). */
export const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === INT8) return parseInt8;
      if (TEXT_TYPES.has(oid)) return (text: string) => text;
    }
    return pg.types.getTypeParser(oid, format);
  },
};

/** Leaves every value in the text the engine wrote. */
export const textTypes = { getTypeParser: () => (text: string) => text };

type Extended = pg.QueryConfig & { queryMode: 'extended' };
type ExtendedArrays = pg.QueryArrayConfig & { queryMode: 'extended' };

/**
 * The engine ended a statement with neither a result nor an error: the embedded one does where PROJ, compiled to
 * WebAssembly, throws inside it. Its session cannot be trusted any more.
 */
export class AbandonedStatement extends DatabaseError {}

/** One statement by the extended protocol, which takes no second one; driver errors come translated. */
export async function runStatement<Row extends object>(client: pg.ClientBase, statement: Sql): Promise<readonly Row[]> {
  const config: Extended = { text: statement.text, values: [...statement.values], types, queryMode: 'extended' };
  try {
    const { rows, command }: { readonly rows: readonly Row[]; readonly command: string | null } =
      await client.query<Row>(config);
    if (command === null) throw new AbandonedStatement('the engine gave the statement up', { code: 'XX000' });
    return rows;
  } catch (error) {
    throw toDatabaseError(error);
  }
}

/** Text of others; without values the simple protocol, which takes several statements. */
export async function runText(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[],
): Promise<{ readonly rows: readonly Record<string, unknown>[] }> {
  try {
    const found: unknown = await client.query({ text, values: [...values], types });
    const results: readonly pg.QueryResult[] = Array.isArray(found) ? found : [found];
    return { rows: results.flatMap((result) => result.rows ?? []) };
  } catch (error) {
    throw toDatabaseError(error);
  }
}

/** One statement by the extended protocol, its rows as arrays of the engine's own text. */
export async function runArrays(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryArrayResult<(string | null)[]>> {
  const config: ExtendedArrays = {
    text,
    values: [...values],
    rowMode: 'array',
    types: textTypes,
    queryMode: 'extended',
  };
  return client.query<(string | null)[]>(config);
}

/** Whether the connection stands outside any transaction, as the server said last. */
export const isIdle = (client: pg.ClientBase): boolean => client.getTransactionStatus() === 'I';

/**
 * Ends a transaction. With `flushes` (PostgreSQL 15+) the counts of its rows are seen by others at once instead of within
 * ten seconds: the version of a table that tiles are kept by is made of them.
 */
export async function commit(client: pg.ClientBase, flushes: boolean): Promise<void> {
  if (flushes) await runText(client, 'select pg_catalog.pg_stat_force_next_flush()', []);
  await runText(client, 'commit', []);
}

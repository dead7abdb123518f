import type pg from 'pg';
import { isIdle, runArrays } from './client.ts';
import { DatabaseError, type UserCursor, type UserQueryOptions } from './database.ts';
import { identifier, literal, type Sql, trusted } from './sql.ts';
import { toDatabaseError } from './translate.ts';

const DECLARE = 'declare landfall_cursor no scroll cursor for ';

/** Rows of the first FETCH, how much the next may grow, and the bytes one FETCH aims at: wide rows stay bounded. */
const FIRST_ROWS = 10;
const MOST_ROWS = 1000;
const AIM_BYTES = 1024 * 1024;

type Rows = readonly (readonly (string | null)[])[];

/** A cursor inside an open transaction; `end` rolls back and tells whether the connection is as it was before. */
export interface OpenCursor extends Pick<UserCursor, 'fields' | 'fetch'> {
  end(): Promise<boolean>;
}

const setUp = (
  options: Pick<UserQueryOptions, 'schema' | 'timeoutMs'>,
  extra: string,
  mode: 'only' | 'write' = 'only',
): string =>
  [
    `begin read ${mode}`,
    `set local statement_timeout = ${Math.max(1, Math.ceil(options.timeoutMs))}`,
    `set local search_path = ${identifier(options.schema).text}, public`,
    `set local timezone = ${literal('UTC').text}`,
    `set local datestyle = ${literal('ISO, MDY').text}`,
    `set local intervalstyle = ${literal('postgres').text}`,
    `set local bytea_output = ${literal('hex').text}`,
    extra,
  ].join('; ');

/** Begins a transaction in which a low role writes what it may. */
export const writingSetUp = (options: Pick<UserQueryOptions, 'schema' | 'timeoutMs'>, extra = ''): string =>
  setUp(options, extra, 'write');

/** How long a statement of a user waits for rows that others are writing; the role's own limit is for reading. */
const WRITE_LOCK_MS = 10_000;

/**
 * The statement by which a user's text writes. As the body of a WITH the server's own grammar takes nothing but one
 * statement that reads or writes rows, whatever the text is.
 */
export const writingStatement = (text: string): Sql => trusted(`with landfall_write as (${text}\n) select 1`);

/** Lets statements of the open transaction wait for others that write. */
export const patient = `set local lock_timeout = ${WRITE_LOCK_MS}`;

const byteLength = (rows: Rows): number =>
  rows.reduce((sum, row) => row.reduce((all, cell) => all + (cell?.length ?? 0), sum), 0);

const isHarmless = (error: DatabaseError): boolean => /^(42|22|25006|57014|0A)/.test(error.code);

/** Whether a connection may serve another statement after `openCursor` failed on it. */
export const isReusable = (client: pg.ClientBase, error: unknown): boolean =>
  error instanceof DatabaseError && isHarmless(error) && isIdle(client);

/**
 * Runs a user's text as `declare … cursor for TEXT` in a read-only transaction: the server's own grammar so refuses
 * everything that is not one query. `extra` is a statement of our own that runs last before it.
 */
export async function openCursor(
  client: pg.ClientBase,
  text: string,
  options: UserQueryOptions,
  typeNames: Map<number, string>,
  extra = '',
): Promise<OpenCursor> {
  const deadlineMs = options.timeoutMs;
  let usedMs = 0;
  let isClean = true;
  let left = options.maxRows ?? Number.POSITIVE_INFINITY;
  let step = FIRST_ROWS;

  const timed = async <T>(work: () => Promise<T>, offset = 0): Promise<T> => {
    const started = performance.now();
    try {
      return await work();
    } catch (cause) {
      const error = toDatabaseError(cause, offset);
      isClean = isHarmless(error);
      throw error;
    } finally {
      usedMs += performance.now() - started;
    }
  };
  const fetchRows = async (count: number) => {
    if (usedMs > deadlineMs) {
      throw new DatabaseError(`canceling statement due to statement timeout`, { code: '57014' });
    }
    const result = await timed(() => runArrays(client, `fetch ${count} from landfall_cursor`));
    const size = byteLength(result.rows);
    const fitting = size === 0 ? MOST_ROWS : Math.floor((AIM_BYTES * result.rows.length) / size);
    step = Math.max(1, Math.min(MOST_ROWS, step * 10, fitting));
    return result;
  };
  const end = async (): Promise<boolean> => {
    try {
      await client.query('rollback');
      return isClean && isIdle(client);
    } catch {
      return false;
    }
  };

  try {
    await timed(() => client.query(setUp(options, extra)));
    await timed(() => runArrays(client, DECLARE + text, options.values), DECLARE.length);
    if (options.skipRows) {
      await timed(() => client.query(`move forward ${options.skipRows} in landfall_cursor`));
    }
    const first = await fetchRows(Math.min(step, left));
    left -= first.rows.length;
    const unknown = first.fields.map((field) => field.dataTypeID).filter((oid) => !typeNames.has(oid));
    if (unknown.length > 0) {
      const names = await timed(() =>
        runArrays(client, `select oid, typname from pg_catalog.pg_type where oid in (${[...new Set(unknown)].join()})`),
      );
      for (const [oid, name] of names.rows) typeNames.set(Number(oid), name ?? 'unknown');
    }
    let ready: Rows = first.rows;
    return {
      fields: first.fields.map((field) => ({
        name: field.name,
        typeName: typeNames.get(field.dataTypeID) ?? 'unknown',
      })),
      async fetch(rows) {
        if (ready.length > 0) {
          const given = ready.slice(0, rows);
          ready = ready.slice(rows);
          return given;
        }
        if (left <= 0) return [];
        const found = await fetchRows(Math.min(rows, step, left));
        left -= found.rows.length;
        return found.rows;
      },
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Columns that tell the rows of a source apart. */
import type { Queryable } from '../db/database.ts';
import { identifier, join, literal, type Sql, sql } from '../db/sql.ts';
import type { Warnings } from '../domain/import.ts';
import type { WriteMode } from '../domain/refresh.ts';
import type { TableSchema } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import { stagingSchema } from '../load/staging.ts';

/** Rows that are named in full, as of all warnings. */
const FIRST_CASES = 100;

/** Modes that have no meaning without a key. */
const keyedModes: ReadonlySet<WriteMode> = new Set(['upsert', 'update', 'insert_new', 'soft_delete']);

/** Whether a mode finds rows by key. */
export const needsKey = (mode: WriteMode): boolean => keyedModes.has(mode);

/**
 * The columns of the table that the wished ones mean, as the source or the table names them; without a wish the
 * source's own `cartodb_id`. Throws `incompatibleSchemas` that names the columns there are.
 */
export function resolveKey(
  layer: string,
  schema: TableSchema,
  wish: readonly string[],
  mode: WriteMode,
): readonly string[] {
  const own = schema.cartodbId === 'source' ? ['cartodb_id'] : [];
  const there = [...own, ...schema.columns.map(({ name }) => name)];
  const names = wish.map((name) => {
    const plain = name.trim();
    return (
      there.find((column) => column === plain) ??
      schema.columns.find(({ source }) => source === plain)?.name ??
      there.find((column) => column === plain.toLowerCase()) ??
      null
    );
  });
  const missing = wish.filter((_, index) => names[index] === null);
  const columns = `The columns of layer "${layer}" are: ${there.join(', ')}`;
  if (missing.length > 0) {
    throw new ImportError('incompatibleSchemas', {
      detail: `The key names columns that the data has not: ${missing.join(', ')}. ${columns}.`,
      hint: 'Name columns that tell every row apart.',
    });
  }
  const key = names.filter((name) => name !== null);
  if (key.length > 0 || !needsKey(mode)) return [...new Set(key)];
  if (own.length > 0) return own;
  throw new ImportError('incompatibleSchemas', {
    detail: `mode=${mode} finds rows by key, and there is none. ${columns}.`,
    hint: 'Say key=COLUMN, or several with commas between them.',
  });
}

/**
 * Leaves in the staging table the last row of every key, as if the rows were written one after another, and none
 * without a key, which could not be found again. Returns how many went, and the first of them: no row goes silently.
 */
export async function settleKeys(
  tx: Queryable,
  staging: string,
  key: readonly string[],
): Promise<{ readonly removed: number; readonly warnings: Warnings }> {
  const table = identifier(stagingSchema, staging);
  const columns = key.map((name) => identifier(name));
  const isNull = join(
    columns.map((column) => sql`s.${column} is null`),
    ' or ',
  );
  const own = join(columns.map((column) => sql`s.${column}`));
  const shown = join(key.flatMap((name) => [literal(name), sql`s.${identifier(name)}`]));
  const withoutKey = await remove(
    tx,
    sql`
    delete from ${table} s where ${isNull} returning s.cartodb_id, json_build_object(${shown}) as key`,
  );
  const doubles = await tx.query(sql`select from ${table} s group by ${own} having count(*) > 1 limit 1`);
  const superseded =
    doubles.length === 0
      ? nobody
      : await remove(
          tx,
          sql`
          delete from ${table} s using (
            select s.ctid as place, row_number() over (partition by ${own} order by s.cartodb_id desc) as n from ${table} s
          ) ranked
          where ranked.place = s.ctid and ranked.n > 1 returning s.cartodb_id, json_build_object(${shown}) as key`,
        );
  return {
    removed: withoutKey.count + superseded.count,
    warnings: {
      ...(withoutKey.count > 0 ? { rows_without_key: withoutKey } : {}),
      ...(superseded.count > 0 ? { duplicate_keys: superseded } : {}),
    },
  };
}

interface Removed {
  readonly count: number;
  /** In the order of the file. */
  readonly first: readonly { readonly row: number; readonly key: Readonly<Record<string, unknown>> }[];
}

const nobody: Removed = { count: 0, first: [] };

async function remove(tx: Queryable, statement: Sql): Promise<Removed> {
  const [row] = await tx.query<Removed>(sql`
    with gone as (${statement}), first as (
      select cartodb_id, key from gone order by cartodb_id limit ${FIRST_CASES}
    )
    select (select count(*)::float8 from gone) as count,
      (select coalesce(json_agg(json_build_object('row', cartodb_id, 'key', key) order by cartodb_id), '[]')
        from first) as first`);
  return row ?? nobody;
}

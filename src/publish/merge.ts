/** Rows of a staging table into an existing table, touching only what differs. */
import type { Queryable } from '../db/database.ts';
import { identifier, join, type Sql, sql, trusted } from '../db/sql.ts';
import { deletedAt, type RowChanges, type WriteMode } from '../domain/refresh.ts';
import { stagingSchema } from '../load/staging.ts';
import { type Assignment, applyDifference, listDifference, listedRows, type Recorder } from './changes.ts';
import { compareContents, compareRest, isMostlyInPlace, paired } from './compare-contents.ts';
import type { Fit } from './compatibility.ts';
import { areAsSent, numbersOf, type PlacedRows, rowsThatStay, rowsToInsert } from './placed-rows.ts';
import { differs, matches, type Sides } from './sides.ts';
import { hasTriggers } from './traces.ts';

export interface Merge {
  readonly target: { readonly schema: string; readonly table: string };
  readonly staging: string;
  /** Rows of the source: those of the staging table, and those that the table has already where `left` is given. */
  readonly stagedRows: number;
  readonly fit: Fit;
  readonly mode: WriteMode;
  /** Columns of the table that tell rows apart; empty: their whole content does. */
  readonly key: readonly string[];
  /** Values of the one column of the key whose rows go, beside what an upsert does. Absent: none. */
  readonly gone?: readonly string[];
  /** The source brings its own `cartodb_id`. */
  readonly byId: boolean;
  /** Ids of rows whose equals the source has not: all others it has, and they are not in staging. Absent: nothing is known. */
  readonly left?: Uint32Array;
  /**
   * It is wanted which row of the table each row of the source became; only where all rows are the source's. Nothing is
   * told where one of them became another than it was sent.
   */
  readonly tellsPlaces: boolean;
  /** Told how many rows are about to be written, if there are any; says whether and where they are kept. */
  readonly record: (rows: number) => Promise<Recorder | null>;
}

/**
 * Makes the table hold what the mode says. Rows that are equal already stay untouched; the caller holds a lock that
 * keeps other writers out, and has made the staging table's keys unique where the mode needs them.
 */
export async function mergeRows(
  tx: Queryable,
  merge: Merge,
): Promise<RowChanges & { readonly placed: PlacedRows | null }> {
  const { fit, mode } = merge;
  const target = identifier(merge.target.schema, merge.target.table);
  const source = identifier(stagingSchema, merge.staging);
  const isLocated = mode === 'replace' || !fit.geometry.isAbsent || (await hasGeometries(tx, source));
  const geometry: readonly Assignment[] = isLocated ? [{ name: 'the_geom', value: fit.geometry.value }] : [];
  const assigned = (columns: Fit['columns']): readonly Assignment[] => [
    ...geometry,
    ...columns.map(({ column, value }) => ({ name: column.name, value })),
  ];
  const contents: readonly Assignment[] = [
    ...(isLocated ? [{ name: 'the_geom_webmercator', value: trusted('s.the_geom_webmercator') }] : []),
    ...assigned(fit.columns),
  ];
  const compared = assigned(fit.columns.filter(({ isNew }) => !isNew));
  const added = fit.columns.filter(({ isNew }) => isNew).map(({ value }) => sql`${value} is not null`);
  const id: Assignment = { name: 'cartodb_id', value: trusted('s.cartodb_id') };
  const sides: Sides = {
    target,
    source,
    old: compared.map(oldOf),
    new: compared.map(newOf),
    hasMore: added.length === 0 ? null : join(added, ' or '),
    key: merge.key.map((name) => [...contents, id].find((one) => one.name === name) ?? id),
  };
  const marks = mode === 'soft_delete';
  const stays = await listRows(tx, sides, merge);
  const standing = merge.tellsPlaces && stays !== null ? await rowsThatStay(tx, target, stays) : null;
  const listed = await listedRows(tx);
  const known = mode === 'update' ? await knownRows(tx, sides) : merge.stagedRows;
  if (listed === 0 && fit.retired.length === 0) {
    return { inserted: 0, updated: 0, deleted: 0, unchanged: known, placed: standing };
  }
  const toInsert = standing === null ? null : await rowsToInsert(tx);
  let insertedIds: Buffer | null = null;
  const onInserted = (ids: Buffer): void => {
    insertedIds = ids;
  };

  const retired = fit.retired.map(({ name, type }) => ({ name, value: sql`null::${trusted(type)}` }));
  const revived = marks ? [{ name: deletedAt, value: trusted('null::timestamptz') }] : [];
  const keepsIds = merge.byId && (mode === 'replace' || merge.key[0] === 'cartodb_id');
  const writing = {
    target,
    source,
    update: [...contents, ...retired, ...revived],
    insert: keepsIds ? [id, ...contents] : contents,
    ...(marks ? { instead: sql`${identifier(deletedAt)} = now()` } : {}),
    recorder: await merge.record(fit.retired.length === 0 ? listed : merge.stagedRows),
    ...(toInsert === null ? {} : { onInserted }),
  };
  const written = await applyDifference(tx, writing);
  const emptied = await retire(tx, target, merge, writing.recorder);
  const updated = written.updated + emptied;
  const placed =
    standing === null || toInsert === null ? null : withInserted(standing, toInsert, numbersOf(insertedIds));
  const unchanged = Math.max(0, known - written.inserted - updated);
  const all = assigned(fit.columns);
  const isTold = await holdsWhatWasSent(tx, merge, placed, { ...sides, old: all.map(oldOf), new: all.map(newOf) });
  return { ...written, updated, unchanged, placed: isTold ? placed : null };
}

const oldOf = ({ name }: Assignment): Sql => sql`t.${identifier(name)}`;
const newOf = ({ value }: Assignment): Sql => value;

/** Whether the rows of the source are in their places as they were sent, whatever ran when they were written. */
async function holdsWhatWasSent(
  tx: Queryable,
  { target }: Merge,
  placed: PlacedRows | null,
  sides: Sides,
): Promise<boolean> {
  if (placed === null) return false;
  return !(await hasTriggers(tx, target.schema, target.table)) || areAsSent(tx, sides, placed);
}

/** Whether any row of the source has a geometry. Without one, rows keep theirs, as with any column that it has not. */
async function hasGeometries(tx: Queryable, source: Sql): Promise<boolean> {
  const [row] = await tx.query<{ found: boolean }>(
    sql`select exists (select from ${source} where the_geom is not null) as found`,
  );
  return row?.found === true;
}

/** Rows are inserted in the order of the source, under rising ids. null: these are not what came of it. */
function withInserted({ numbers, ids }: PlacedRows, added: Float64Array, insertedIds: Float64Array): PlacedRows | null {
  const rises = insertedIds.every((id, index) => index === 0 || id > (insertedIds[index - 1] ?? 0));
  if (added.length !== insertedIds.length || !rises) return null;
  return { numbers: joined(numbers, added), ids: joined(ids, insertedIds) };
}

const joined = (a: Float64Array, b: Float64Array): Float64Array => {
  const all = new Float64Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
};

/** Columns that the source no longer has become NULL where rows stay. */
async function retire(tx: Queryable, target: Sql, merge: Merge, recorder: Recorder | null): Promise<number> {
  const names = merge.fit.retired.map(({ name }) => identifier(name));
  if (names.length === 0) return 0;
  const holds = join(
    names.map((name) => sql`t.${name} is not null`),
    ' or ',
  );
  await listDifference(tx, sql`select t.ctid as place, null::bigint as id from ${target} t where ${holds}`);
  const { deleted } = await applyDifference(tx, {
    target,
    source: target,
    update: [],
    insert: [],
    instead: join(names.map((name) => sql`${name} = null`)),
    recorder,
  });
  return deleted;
}

/**
 * Lists what the mode has to write. Returns a select of the rows that stay, `id` in the source and `was` in the table,
 * without those of which both are the same; null where nothing is told of that.
 */
async function listRows(tx: Queryable, sides: Sides, merge: Merge): Promise<Sql | null> {
  const { key, left, tellsPlaces } = merge;
  if (merge.mode !== 'replace' || merge.byId) {
    await listByMode(tx, sides, merge);
    return null;
  }
  const stays = sql`select id, was from ${paired}`;
  if (left !== undefined) {
    await compareRest(tx, sides, key, left);
    return stays;
  }
  // Rows that are equal where they stand need no look for their key: the rest is found by it.
  if (key.length === 0 || (await isMostlyInPlace(tx, sides)) || !(await isUnique(tx, sides))) {
    await compareContents(tx, sides, key, tellsPlaces);
    return stays;
  }
  await listByMode(tx, sides, merge);
  return sql`select s.cartodb_id as id, t.cartodb_id as was from ${sides.target} t join ${sides.source} s
    on ${matches(sides)} where s.cartodb_id <> t.cartodb_id`;
}

/** Lists what is found by key, or by the ids of the source. */
async function listByMode(tx: Queryable, sides: Sides, { mode, byId, gone = [] }: Merge): Promise<void> {
  const { target, source } = sides;
  const both = sql`select t.ctid as place, s.cartodb_id as id from ${target} t join ${source} s on ${matches(sides)}`;
  const fresh = sql`select null::tid as place, s.cartodb_id as id from ${source} s
    where not exists (select from ${target} t where ${matches(sides)})`;
  switch (mode) {
    case 'append':
      return listDifference(tx, sql`select null::tid as place, s.cartodb_id as id from ${source} s`);
    case 'replace':
      return listDifference(
        tx,
        sql`select t.ctid as place, s.cartodb_id as id from ${target} t
          full join ${source} s on ${byId ? sql`s.cartodb_id = t.cartodb_id` : matches(sides)}
          where t.cartodb_id is null or s.cartodb_id is null or ${differs(sides)}`,
      );
    case 'update':
      return listDifference(tx, sql`${both} where ${differs(sides)}`);
    case 'insert_new':
      return listDifference(tx, fresh);
    case 'upsert':
      return listDifference(tx, sql`${both} where ${differs(sides)} union all ${fresh}${goneRows(sides, gone)}`);
    case 'soft_delete': {
      const mark = sql`t.${identifier(deletedAt)}`;
      const hasKey = join(
        sides.key.map(({ name }) => sql`t.${identifier(name)} is not null`),
        ' and ',
      );
      return listDifference(
        tx,
        sql`${both} where ${differs(sides)} or ${mark} is not null union all ${fresh} union all
          select t.ctid, null::bigint from ${target} t
          where ${mark} is null and ${hasKey} and not exists (select from ${source} s where ${matches(sides)})`,
      );
    }
  }
}

/** Rows that are to go by their key, as a part of a union. */
function goneRows({ target, key: [column] }: Sides, values: readonly string[]): Sql {
  if (values.length === 0 || column === undefined) return trusted('');
  return sql` union all select t.ctid, null::bigint from ${target} t
    where t.${identifier(column.name)}::text = any(${values}::text[])`;
}

/** Whether every row of both sides has a key, and one of its own. */
async function isUnique(tx: Queryable, { target, source, key }: Sides): Promise<boolean> {
  const old = key.map(({ name }) => sql`t.${identifier(name)}`);
  const bad = (columns: readonly Sql[], from: Sql): Sql => sql`exists (
    select from ${from} group by ${join(columns)}
    having count(*) > 1 or ${join(
      columns.map((column) => sql`${column} is null`),
      ' or ',
    )})`;
  const made = key.map(({ value }) => value);
  const rows = await tx.query<{ unique: boolean }>(
    sql`select not (${bad(made, sql`${source} s`)} or ${bad(old, sql`${target} t`)}) as unique`,
  );
  return rows[0]?.unique === true;
}

/** Rows of the source that the table has under their key. */
async function knownRows(tx: Queryable, sides: Sides): Promise<number> {
  const rows = await tx.query<{ count: number }>(sql`
    select count(*)::float8 as count from ${sides.source} s
    where exists (select from ${sides.target} t where ${matches(sides)})`);
  return rows[0]?.count ?? 0;
}

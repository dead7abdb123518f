/** Which rows of two tables differ, where rows are told apart by nothing but their content. */
import type { Queryable } from '../db/database.ts';
import { identifier, join, type Sql, sql, trusted } from '../db/sql.ts';
import { difference, listDifference } from './changes.ts';
import { bytesOf, differs, type Sides } from './sides.ts';

/** Rows that are looked at to see whether ids of the table are still numbers of the source's rows. */
const SAMPLE = 1000;

/**
 * Lists the difference of the two sides as multisets: equal rows are paired, whatever their order, and stay. With a
 * key, a row that is left over on either side under a key that nobody else there has becomes an update.
 */
export async function compareContents(
  tx: Queryable,
  sides: Sides,
  key: readonly string[],
  keepsPairs: boolean,
): Promise<void> {
  const inPlace = await isMostlyInPlace(tx, sides);
  if (inPlace) await pairInPlace(tx, sides);
  await pairByHash(tx, sides, inPlace ? rest : null, keepsPairs);
  if (key.length > 0) await pairByKey(tx, sides);
}

/** The same where it is known already which rows of the table are left, by their ids: all others have their equals. */
export async function compareRest(
  tx: Queryable,
  sides: Sides,
  key: readonly string[],
  left: Uint32Array,
): Promise<void> {
  await tx.query(sql`drop table if exists ${rest}`);
  await tx.query(sql`
    create temp table landfall_rest on commit drop as
    select t.ctid as place, null::bigint as id from ${sides.target} t
    where t.cartodb_id = any(${`{${left.join(',')}}`}::bigint[])
    union all select null::tid, s.cartodb_id from ${sides.source} s`);
  await tx.query(sql`analyze ${rest}`);
  // The few rows are fetched by their places, which are in memory more often than this setting supposes.
  await tx.query(sql`select set_config('random_page_cost', '1.1', true)`);
  if (key.length > 0) await pairRest(tx, sides);
  await pairByHash(tx, sides, rest, true);
  if (key.length === 0) return;
  await pairByKey(tx, sides);
  await tx.query(sql`insert into ${paired} select place, was, id, false from ${keyed} where not differs`);
  await tx.query(sql`insert into ${difference} select place, id from ${keyed} where differs`);
}

/**
 * Pairs rows that are alone with their key on either side, and takes them out of the rest: what is equal has the same key,
 * so that no hash is needed to find it.
 */
async function pairRest(tx: Queryable, sides: Sides): Promise<void> {
  const { target, source } = sides;
  const old = sql`from ${rest} r join ${target} t on t.ctid = r.place`;
  const made = sql`from ${rest} r join ${source} s on s.cartodb_id = r.id`;
  await tx.query(sql`drop table if exists ${keyed}`);
  await tx.query(sql`
    create temp table landfall_keyed on commit drop as
    select p.place, t.cartodb_id as was, p.id, ${differs(sides)} as differs
    from (${aloneWithKey(sides, sql`r.place`, old, sql`r.id`, made)}) p
    join ${target} t on t.ctid = p.place join ${source} s on s.cartodb_id = p.id`);
  await tx.query(sql`
    delete from ${rest} where place in (select place from ${keyed}) or id in (select id from ${keyed})`);
}

/** Places and ids of rows that have not been paired yet. */
const rest = trusted('pg_temp.landfall_rest');

/** Rows of the rest that were paired by their key, and whether their contents differ. */
const keyed = trusted('pg_temp.landfall_keyed');

/** Equal rows that were found: `was` is the row's id in the table, `id` that in the source. */
export const paired = trusted('pg_temp.landfall_paired');

const equal = ({ old, new: made }: Sides): Sql => sql`record_image_eq(row(${join(old)}), row(${join(made)}))`;

/** Whether most rows of the source are those that the table has under the same number, by a look at some. */
export async function isMostlyInPlace(tx: Queryable, sides: Sides): Promise<boolean> {
  const [row] = await tx.query<{ equal: number; all: number }>(sql`
    select count(*) filter (where ${equal(sides)})::int as equal, count(*)::int as all
    from (select * from ${sides.source} limit ${SAMPLE}) s
    left join ${sides.target} t on t.cartodb_id = s.cartodb_id`);
  return row !== undefined && row.equal * 2 > row.all;
}

/**
 * Pairs equal rows of the same number, which needs no hash of any row; what is left goes into `landfall_rest`. A pair
 * of rows that differ only in columns which the table has only now is left too.
 */
async function pairInPlace(tx: Queryable, sides: Sides): Promise<void> {
  const { target, source, hasMore } = sides;
  await tx.query(sql`drop table if exists ${rest}`);
  await tx.query(sql`
    create temp table landfall_rest on commit drop as
    select t.ctid as place, s.cartodb_id as id from ${target} t full join ${source} s on s.cartodb_id = t.cartodb_id
    where t.cartodb_id is null or s.cartodb_id is null or not ${equal(sides)} or ${hasMore ?? trusted('false')}`);
  await tx.query(sql`analyze ${rest}`);
}

/**
 * Pairs by SHA-256 of the exact binary form of every column, for which no two different rows are known or can be
 * made: the n-th of several equal rows on one side with the n-th on the other.
 */
async function pairByHash(tx: Queryable, sides: Sides, among: Sql | null, keepsPairs: boolean): Promise<void> {
  const { target, source, hasMore } = sides;
  const ofOld = among === null ? trusted('') : sql`join ${among} r on r.place = t.ctid`;
  const ofNew = among === null ? trusted('') : sql`join ${among} r on r.id = s.cartodb_id`;
  const both = sql`with old as (
      select place, cartodb_id as was, hash, row_number() over (partition by hash order by cartodb_id) as n
      from (select t.ctid as place, t.cartodb_id, sha256(${bytesOf(sides.old)}) as hash from ${target} t ${ofOld}) rows
    ), new as (
      select cartodb_id, has_more, hash, row_number() over (partition by hash order by cartodb_id) as n
      from (select s.cartodb_id, ${hasMore ?? trusted('false')} as has_more, sha256(${bytesOf(sides.new)}) as hash
        from ${source} s ${ofNew}) rows
    )
    select old.place, old.was, new.cartodb_id as id, new.has_more from old full join new using (hash, n)`;
  const differs = sql`place is null or id is null or has_more`;
  if (!keepsPairs) return listDifference(tx, sql`select place, id from (${both}) b where ${differs}`);
  await tx.query(sql`drop table if exists ${paired}`);
  await tx.query(sql`create temp table landfall_paired on commit drop as ${both}`);
  await listDifference(tx, sql`select place, id from ${paired} where ${differs}`);
  await tx.query(sql`delete from ${paired} where ${differs}`);
}

/** Of what is left, rows that are alone with their key on either side are one row that changed. */
async function pairByKey(tx: Queryable, sides: Sides): Promise<void> {
  const { target, source } = sides;
  const old = sql`from ${difference} d join ${target} t on t.ctid = d.place where d.id is null`;
  const made = sql`from ${difference} d join ${source} s on s.cartodb_id = d.id where d.place is null`;
  await tx.query(sql`drop table if exists pg_temp.landfall_pairs`);
  await tx.query(sql`
    create temp table landfall_pairs on commit drop as
    ${aloneWithKey(sides, sql`d.place`, old, sql`d.id`, made)}`);
  await tx.query(sql`
    delete from ${difference} d using pg_temp.landfall_pairs p where d.id is null and d.place = p.place`);
  await tx.query(sql`delete from ${difference} d using pg_temp.landfall_pairs p where d.place is null and d.id = p.id`);
  await tx.query(sql`insert into ${difference} select place, id from pg_temp.landfall_pairs`);
}

/** Selects `place` and `id` of rows, from lists of either side, that are alone there with a key which both have. */
function aloneWithKey({ key }: Sides, place: Sql, old: Sql, id: Sql, made: Sql): Sql {
  // No column has a name with a "#".
  const names = key.map((_, index) => identifier(`#${index}`));
  const keys = join(names);
  const alone = (found: Sql, columns: readonly Sql[], from: Sql): Sql => sql`
    select *, count(*) over (partition by ${keys}) as doubles from (select ${found}, ${join(columns)} ${from}) keyed`;
  const ofOld = key.map(({ name }, index) => sql`t.${identifier(name)} as ${names[index] ?? keys}`);
  const ofMade = key.map(({ value }, index) => sql`${value} as ${names[index] ?? keys}`);
  return sql`select o.place, n.id from (${alone(place, ofOld, old)}) o join (${alone(id, ofMade, made)}) n using (${keys})
    where o.doubles = 1 and n.doubles = 1`;
}

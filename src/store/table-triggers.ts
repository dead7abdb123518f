/** What keeps the geometry of a published table right while others than imports write it. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';

const TRIGGERS = ['landfall_fill_webmercator', 'landfall_refill_webmercator'] as const;

/**
 * Makes a table fill `the_geom_webmercator` of rows that come without it, and again where `the_geom` alone changes, as
 * CARTO's tables do. A table without the two columns stays as it is. May be run again.
 */
export async function keepWebmercator(tx: Queryable, schema: string, table: string): Promise<void> {
  const name = identifier(schema, table);
  const [found] = await tx.query<{ columns: number; triggers: number }>(sql`
    select (select count(*)::int from pg_catalog.pg_attribute a join pg_catalog.pg_type y on y.oid = a.atttypid
        where a.attrelid = c.oid and a.attname in ('the_geom', 'the_geom_webmercator') and y.typname = 'geometry') as columns,
      (select count(*)::int from pg_catalog.pg_trigger t where t.tgrelid = c.oid and t.tgname = any(${TRIGGERS})) as triggers
    from pg_catalog.pg_class c where c.oid = ${name.text}::regclass`);
  if (found?.columns !== 2 || found.triggers === TRIGGERS.length) return;
  await tx.query(sql`create or replace trigger ${identifier(TRIGGERS[0])} before insert on ${name} for each row
    when (new.the_geom is not null and new.the_geom_webmercator is null) execute function landfall.fill_webmercator()`);
  await tx.query(sql`create or replace trigger ${identifier(TRIGGERS[1])} before update on ${name} for each row
    when (new.the_geom is distinct from old.the_geom
      and new.the_geom_webmercator is not distinct from old.the_geom_webmercator)
    execute function landfall.fill_webmercator()`);
}

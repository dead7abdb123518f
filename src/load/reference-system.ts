import { createHash } from 'node:crypto';
import type { Database, Queryable } from '../db/database.ts';
import { DatabaseError } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { TableSchema } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';

/** SRIDs for definitions that have no EPSG code. PostGIS keeps those up to 998999 for users. */
const FIRST_OWN_SRID = 910_000;
const OWN_SRIDS = 88_999;

/** So many neighbours are tried where a definition's place is taken. */
const MAX_NEIGHBOURS = 50;

/**
 * The SRID under which the database can transform a table's geometries. A definition without a code is written into
 * spatial_ref_sys, once for all tables that have it. Throws `unknownSrid` where the database or PROJ does not know it.
 */
export async function databaseSrid(db: Database, schema: TableSchema, layer: string): Promise<number> {
  const { srid, crsWkt } = schema;
  if (crsWkt !== undefined) return registerDefinition(db, crsWkt, layer);
  if (srid === 4326) return srid;
  const rows = await db.query(sql`select 1 from spatial_ref_sys where srid = ${srid}`);
  if (rows.length === 1) return srid;
  throw new ImportError('unknownSrid', {
    detail: `Layer "${layer}": the reference system EPSG:${srid} is not known.`,
    hint: 'Save the data in EPSG:4326 (longitude and latitude) or another EPSG system and import again.',
  });
}

async function registerDefinition(db: Database, definition: string, layer: string): Promise<number> {
  const start = createHash('sha256').update(definition).digest().readUInt32BE(0);
  for (let step = 0; step < MAX_NEIGHBOURS; step++) {
    const srid = FIRST_OWN_SRID + ((start + step) % OWN_SRIDS);
    // Without an authority PROJ is given the text itself.
    await db.query(sql`insert into spatial_ref_sys (srid, srtext) values (${srid}, ${definition})
      on conflict (srid) do nothing`);
    const rows = await db.query<{ text: string | null }>(
      sql`select srtext as text from spatial_ref_sys where srid = ${srid}`,
    );
    if (rows[0]?.text !== definition) continue;
    if (await isUsable(db, srid)) return srid;
    await db.query(sql`delete from spatial_ref_sys where srid = ${srid}`);
    break;
  }
  const name = /["']([^"']{1,80})["']/.exec(definition)?.[1] ?? definition.slice(0, 80);
  throw new ImportError('unknownSrid', {
    detail: `Layer "${layer}": its reference system "${name}" cannot be transformed to longitude and latitude.`,
    hint: 'Name its EPSG code with source_srid, or save the data in EPSG:4326 and import again.',
  });
}

async function isUsable(db: Queryable, srid: number): Promise<boolean> {
  try {
    const point = sql`st_setsrid(st_makepoint(0, 0), 4326)`;
    await db.query(sql`select st_transform(${point}, ${srid}::int)`);
    return true;
  } catch (error) {
    if (!(error instanceof DatabaseError) || /^(08|57|53|40|55)/.test(error.code)) throw error;
    // A place where the system does not reach is no fault of its definition.
    return !/gave the statement up|could not form projection|parse|invalid projection|cannot find SRID/i.test(
      error.message,
    );
  }
}

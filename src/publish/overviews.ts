/** Overviews of a published raster: tables of the account that go with it. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import { maxNameBytes, nextFreeName } from '../domain/naming.ts';
import { type PublishedRaster, rasterColumn } from '../domain/raster.ts';

/** Name of an overview of the table `name`, numbered where it is taken. */
export const overviewName = (name: string, factor: number, taken: ReadonlySet<string>): string =>
  nextFreeName(`o_${factor}_${name}`.slice(0, maxNameBytes), (other) => taken.has(other));

/** Tells PostGIS of which table the table `overview` is an overview, for `raster_overviews`. */
export async function markOverview(
  tx: Queryable,
  schema: string,
  overview: { readonly name: string; readonly factor: number },
  of: string,
): Promise<void> {
  await tx.query(sql`select addoverviewconstraints(${schema}::name, ${overview.name}::name, ${rasterColumn}::name,
    ${schema}::name, ${of}::name, ${rasterColumn}::name, ${overview.factor}::int)`);
}

/** Drops the overviews of a raster that goes, or is no raster any more. */
export async function dropOverviews(tx: Queryable, schema: string, { overviews }: PublishedRaster): Promise<void> {
  for (const { name } of overviews) await tx.query(sql`drop table if exists ${identifier(schema, name)}`);
}

/**
 * Renames the overviews of a raster whose table was renamed to `name`; returns what is then to be kept of the raster.
 * `taken` are the names in the schema.
 */
export async function renameOverviews(
  tx: Queryable,
  schema: string,
  raster: PublishedRaster,
  name: string,
  taken: ReadonlySet<string>,
): Promise<PublishedRaster> {
  const overviews: { factor: number; name: string }[] = [];
  for (const { factor, name: old } of raster.overviews) {
    const overview = { factor, name: overviewName(name, factor, taken) };
    await tx.query(sql`select dropoverviewconstraints(${schema}::name, ${old}::name, ${rasterColumn}::name)`);
    await tx.query(sql`alter table ${identifier(schema, old)} rename to ${identifier(overview.name)}`);
    await markOverview(tx, schema, overview, name);
    overviews.push(overview);
  }
  return { ...raster, overviews };
}

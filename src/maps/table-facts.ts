/** What a map has to know of a table before it can draw it. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import { ownColumns } from '../domain/naming.ts';
import type { ReadableTable } from '../store/readable-table.ts';

/** What rows of a table are on a map; `mixed` where they differ. */
export type GeometryKind = 'point' | 'line' | 'polygon' | 'mixed' | 'raster';

/** Rows that are looked at. */
const ROWS_LOOKED_AT = 1_000;

const families: Readonly<Record<string, GeometryKind>> = {
  POINT: 'point',
  MULTIPOINT: 'point',
  LINESTRING: 'line',
  MULTILINESTRING: 'line',
  POLYGON: 'polygon',
  MULTIPOLYGON: 'polygon',
};

/** The kind of a table, by its first thousand located rows; null where none is. */
export async function geometryKindOf(db: Queryable, table: ReadableTable): Promise<GeometryKind | null> {
  if (table.raster !== null) return 'raster';
  if (!table.hasGeometry) return null;
  const types = await db.query<{ type: string }>(sql`
    select distinct geometrytype(the_geom) as type from (
      select the_geom from ${identifier(table.schema, table.name)} where the_geom is not null limit ${ROWS_LOOKED_AT}) as located`);
  const [first, ...others] = new Set(types.map(({ type }) => families[type] ?? 'mixed'));
  return others.length > 0 ? 'mixed' : (first ?? null);
}

/** The columns that say something of a row: not the geometry, not the row's number, nothing binary. */
export const tellingColumns = (table: Pick<ReadableTable, 'columns'>): readonly string[] =>
  table.columns
    .filter(
      ({ name, type }) => !ownColumns.some((own) => own === name) && !/^(geometry|geography|raster|bytea)$/.test(type),
    )
    .map(({ name }) => name);

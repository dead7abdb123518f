import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import { pixelSizeAt, worldEdge } from '../domain/raster.ts';
import type { ReadableTable } from '../store/readable-table.ts';

/** What a map wants to know of a table before it asks for tiles. */
export interface TileFacts {
  /** West, south, east, north in degrees; null where nothing is located. */
  readonly bounds: readonly [number, number, number, number] | null;
  /** As PostGIS names it, by the first thousand rows; `GEOMETRY` where they differ, null without any. */
  readonly geometryType: string | null;
}

/** Rows up to which the extent is computed; of larger tables it is that of the server's statistics, where it has them. */
const ROWS_COUNTED = 200_000;

/** The facts of a table, at this moment. */
export async function tileFacts(db: Queryable, table: ReadableTable): Promise<TileFacts> {
  if (table.raster !== null) {
    const { zoom, left, top, width, height } = table.raster;
    const pixel = pixelSizeAt(zoom);
    const west = left * pixel - worldEdge;
    const north = worldEdge - top * pixel;
    return { bounds: toDegrees(west, north - height * pixel, west + width * pixel, north), geometryType: null };
  }
  if (!table.hasGeometry) return { bounds: null, geometryType: null };
  const name = identifier(table.schema, table.name);
  const types = await db.query<{ type: string }>(sql`
    select distinct geometrytype(the_geom) as type from (
      select the_geom from ${name} where the_geom is not null limit 1000) as located`);
  if (types.length === 0) return { bounds: null, geometryType: null };
  const geometryType = types.length > 1 ? 'GEOMETRY' : (types[0]?.type ?? null);
  const estimated =
    table.rows > ROWS_COUNTED
      ? await extentOf(
          db,
          sql`
    select st_estimatedextent(${table.schema}::text, ${table.name}::text, 'the_geom_webmercator')::box2d as box`,
        )
      : null;
  const extent =
    estimated ?? (await extentOf(db, sql`select st_extent(the_geom_webmercator)::box2d as box from ${name}`));
  return { bounds: extent === null ? null : toDegrees(...extent), geometryType };
}

type Extent = readonly [number, number, number, number];

async function extentOf(db: Queryable, box: ReturnType<typeof sql>): Promise<Extent | null> {
  const [row] = await db.query<{ extent: Extent | null }>(sql`
    select case when box is not null then
      array[st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)]::float8[] end as extent from (${box}) as found`);
  return row?.extent ?? null;
}

const longitude = (x: number): number => round((x / worldEdge) * 180);
const latitude = (y: number): number => round((Math.atan(Math.sinh((y / worldEdge) * Math.PI)) / Math.PI) * 180);
const round = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;

function toDegrees(west: number, south: number, east: number, north: number): Extent {
  const within = (value: number) => Math.min(Math.max(value, -worldEdge), worldEdge);
  return [longitude(within(west)), latitude(within(south)), longitude(within(east)), latitude(within(north))];
}

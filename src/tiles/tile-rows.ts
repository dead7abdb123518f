import { identifier, type Sql, sql, trusted } from '../db/sql.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import { overviewSchema } from '../store/tile-overviews.ts';
import type { TileFrame } from './tile-frame.ts';
import { mostFeatures } from './tile-limits.ts';

/** Where the rows of a tile come from. */
export type RowSource =
  | { readonly kind: 'table'; readonly mostRows: number }
  /** A part of the pages of the table, in percent. */
  | { readonly kind: 'sample'; readonly percent: number }
  /** The thinned tile of an overview. */
  | { readonly kind: 'overview'; readonly table: string; readonly z: number; readonly x: number; readonly y: number };

/** The box of a tile with its buffer. */
export const boxOf = ({ west, south, east, north, margin }: TileFrame): Sql =>
  sql`st_makeenvelope(${west - margin}::float8, ${south - margin}::float8, ${east + margin}::float8,
    ${north + margin}::float8, 3857)`;

/**
 * The rows of a tile: `geom` in EPSG:3857, simplified to a quarter of a pixel, `points` (how many points one stands for;
 * null where it is one row), and the row of the table as `b`. Selected columns come first.
 */
export function tileRows(table: ReadableTable, frame: TileFrame, source: RowSource, columns: Sql): Sql {
  const name = identifier(table.schema, table.name);
  if (source.kind === 'overview') {
    return sql`select ${columns}, coalesce(o.geom, ${simplified(sql`b.the_geom_webmercator`, frame)}) as geom, o.points as points
      from ${identifier(overviewSchema, source.table)} o join ${name} b on b.cartodb_id = o.id
      where o.z = ${source.z}::int and o.x = ${source.x}::int and o.y = ${source.y}::int`;
  }
  const most = source.kind === 'table' ? source.mostRows : mostFeatures;
  const sample =
    source.kind === 'sample' ? sql` tablesample system (${source.percent}::float8) repeatable (1)` : trusted('');
  return sql`select ${columns}, ${simplified(sql`b.the_geom_webmercator`, frame)} as geom, null::bigint as points
    from ${name} b${sample}
    where b.the_geom_webmercator && ${boxOf(frame)} limit ${most}::bigint`;
}

/** A geometry without the points that nobody can see; points stay as they are. */
export const simplified = (geometry: Sql, { side }: TileFrame): Sql =>
  sql`case when st_dimension(${geometry}) = 0 then ${geometry}
    else st_simplify(${geometry}, ${side / 2048}::float8, true) end`;

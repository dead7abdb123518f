import type { Database } from '../db/database.ts';
import { identifier, type Sql, sql } from '../db/sql.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import { keepOverview, overviewSchema } from '../store/tile-overviews.ts';
import { fillPointOverview } from './make-point-overview.ts';
import { atWork } from './overview-work.ts';
import { frameOf, type TileAddress } from './tile-frame.ts';
import { cellBits, deepestOverview, mostBytes, mostFeatures, mostTiles } from './tile-limits.ts';
import { boxOf, simplified } from './tile-rows.ts';

/**
 * Makes the table of an overview: for every tile with too many features those that a thinned tile shows. What is larger
 * than a cell stays, simplified; of what is smaller one stays for each cell: a point with how many it stands for, a
 * polygon as a square of about the area of all. Stops where the overview is no longer wanted.
 */
export async function makeOverview(db: Database, table: ReadableTable, name: string, isPoints: boolean): Promise<void> {
  const target = identifier(overviewSchema, name);
  await db.query(sql`create unlogged table ${target}
    (z int not null, x int not null, y int not null, id bigint not null, geom geometry, points bigint)`);
  await db.query(sql`create index on ${target} (z, x, y)`);
  if (!(await (isPoints ? fillPointOverview(db, table, name) : fillOverview(db, table, name)))) return;
  await atWork(db, sql`analyze ${target}`);
  await keepOverview(db, name, true);
}

/** Level by level, from the world down. Returns false where the overview is no longer wanted. */
async function fillOverview(db: Database, table: ReadableTable, name: string): Promise<boolean> {
  const target = identifier(overviewSchema, name);
  let level: readonly TileAddress[] = [{ z: 0, x: 0, y: 0 }];
  let made = 0;
  while (level.length > 0) {
    const next: TileAddress[] = [];
    for (const address of level) {
      if (made >= mostTiles || !(await isHeavy(db, table, address))) continue;
      await atWork(db, sql`insert into ${target} ${thinned(table, address)}`);
      if (!(await keepOverview(db, name, false))) return false;
      made++;
      const { z, x, y } = address;
      if (z === deepestOverview) continue;
      for (const [right, down] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ] as const) {
        next.push({ z: z + 1, x: 2 * x + right, y: 2 * y + down });
      }
    }
    level = next;
  }
  return true;
}

async function isHeavy(db: Database, table: ReadableTable, address: TileAddress): Promise<boolean> {
  const [found] = await atWork<{ rows: number; bytes: number }>(
    db,
    sql`
    select count(*)::float8 as rows, coalesce(sum(pg_column_size(geom)), 0)::float8 as bytes from (
      select b.the_geom_webmercator as geom from ${identifier(table.schema, table.name)} b
      where b.the_geom_webmercator && ${boxOf(frameOf(address))} limit ${mostFeatures + 1}::bigint) as those`,
  );
  return found !== undefined && (found.rows > mostFeatures || found.bytes > mostBytes);
}

/** What a thinned tile has: in one statement, since whoever finds a row of a tile takes it for whole. */
function thinned(table: ReadableTable, address: TileAddress): Sql {
  const { z, x, y } = address;
  const frame = frameOf(address);
  const cell = frame.side / 2 ** cellBits;
  const name = identifier(table.schema, table.name);
  const place = sql`${z}::int, ${x}::int, ${y}::int`;
  const within = sql`b.the_geom_webmercator && ${boxOf(frame)}`;
  const box = sql`b.the_geom_webmercator::box2d`;
  const width = sql`(st_xmax(${box}) - st_xmin(${box}))`;
  const height = sql`(st_ymax(${box}) - st_ymin(${box}))`;
  const column = sql`floor(((st_xmin(${box}) + st_xmax(${box})) / 2 - ${frame.west}::float8) / ${cell}::float8)::int`;
  const row = sql`floor(((st_ymin(${box}) + st_ymax(${box})) / 2 - ${frame.south}::float8) / ${cell}::float8)::int`;
  const center = sql`st_setsrid(st_makepoint(
    ${frame.west}::float8 + (s.i + 0.5) * ${cell}::float8, ${frame.south}::float8 + (s.j + 0.5) * ${cell}::float8), 3857)`;
  const side = sql`least(${cell}::float8, greatest(${cell / 4}::float8, sqrt(s.area)))`;
  return sql`
    select ${place}, s.id,
      case when st_dimension(r.the_geom_webmercator) = 2 then st_expand(${center}, ${side} / 2) else r.the_geom_webmercator end,
      case when st_dimension(r.the_geom_webmercator) = 0 then s.points end
    from (select min(b.cartodb_id) as id, count(*) as points, ${column} as i, ${row} as j,
        sum(${width} * ${height}) as area
      from ${name} b where ${within} and greatest(${width}, ${height}) <= ${cell}::float8 group by 3, 4) s
    join ${name} r on r.cartodb_id = s.id
    union all
    select ${place}, b.cartodb_id, ${simplified(sql`b.the_geom_webmercator`, frame)}, null::bigint
    from ${name} b where ${within} and greatest(${width}, ${height}) > ${cell}::float8`;
}

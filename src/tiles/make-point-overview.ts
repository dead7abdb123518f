import type { Database } from '../db/database.ts';
import { identifier, join, type Sql, sql } from '../db/sql.ts';
import { worldEdge } from '../domain/raster.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import { keepOverview, overviewSchema } from '../store/tile-overviews.ts';
import { atWork } from './overview-work.ts';
import { cellBits, deepestOverview, mostFeatures, mostTiles } from './tile-limits.ts';

/** Bits of a cell's number at the deepest level: those of its tile, and those within it. */
const BITS = deepestOverview + cellBits;

/** The last cell of a tile; one cell is as wide as the buffer of a tile. */
const LAST = 2 ** cellBits - 1;

/** Levels of overviews, the deepest first. */
const LEVELS = Array.from({ length: deepestOverview + 1 }, (_, index) => deepestOverview - index);

/**
 * Fills the overview of a table of points. Four cells are one of the level above, so each level is made of the one below
 * it, and the table is read once. Returns false where the overview is no longer wanted.
 */
export async function fillPointOverview(db: Database, table: ReadableTable, name: string): Promise<boolean> {
  const working = (word: string) => identifier(overviewSchema, `${name}_${word}`);
  const target = identifier(overviewSchema, name);
  const [rows, heavy] = [working('rows'), working('heavy')];
  await atWork(db, sql`create unlogged table ${rows} as ${numbered(table)}`);
  await atWork(db, sql`create unlogged table ${heavy} as ${heavyTiles(rows)}`);
  const [{ deepest } = { deepest: null }] = await atWork<{ deepest: number | null }>(
    db,
    sql`select max(z) as deepest from ${heavy}`,
  );
  let below: Sql = rows;
  for (let z = deepest ?? -1; z >= 0; z--) {
    const cells = working(`cells${z}`);
    const [step, points] = below === rows ? [deepestOverview - z, sql`count(*)`] : [1, sql`sum(points)::bigint`];
    await atWork(
      db,
      sql`create unlogged table ${cells} as
        select i >> ${step}::int as i, j >> ${step}::int as j, min(id) as id, ${points} as points from ${below} group by 1, 2`,
    );
    await atWork(db, sql`drop table ${below}`);
    await atWork(db, sql`insert into ${target} (z, x, y, id, points) ${shown(z, heavy, cells)}`);
    below = cells;
    if (!(await keepOverview(db, name, false))) return false;
  }
  await atWork(db, sql`drop table ${below}, ${heavy}`);
  return true;
}

/** Every row with the number of its cell at the deepest level, from the west and the north. */
function numbered(table: ReadableTable): Sql {
  const cell = (2 * worldEdge) / 2 ** BITS;
  const box = sql`the_geom_webmercator::box2d`;
  return sql`
    select least(floor((x + ${worldEdge}::float8) / ${cell}::float8), ${2 ** BITS - 1}::int)::int as i,
      least(floor((${worldEdge}::float8 - y) / ${cell}::float8), ${2 ** BITS - 1}::int)::int as j, id
    from (select cartodb_id as id, (st_xmin(${box}) + st_xmax(${box})) / 2 as x, (st_ymin(${box}) + st_ymax(${box})) / 2 as y
      from ${identifier(table.schema, table.name)} where the_geom_webmercator is not null) as located
    where greatest(abs(x), abs(y)) <= ${worldEdge}::float8`;
}

/** Tiles with more points than a tile may have: `z`, `x`, `y`. */
function heavyTiles(rows: Sql): Sql {
  const level = (z: number) => identifier(`level${z}`);
  const counts = LEVELS.map((z) =>
    z === deepestOverview
      ? sql`${level(z)} as (select i >> ${cellBits}::int as x, j >> ${cellBits}::int as y, count(*) as n from ${rows} group by 1, 2)`
      : sql`${level(z)} as (select x >> 1 as x, y >> 1 as y, sum(n) as n from ${level(z + 1)} group by 1, 2)`,
  );
  const found = LEVELS.map((z) => sql`select ${z}::int as z, x, y from ${level(z)} where n > ${mostFeatures}::bigint`);
  return sql`with ${join(counts)} ${join(found, ' union all ')} order by z limit ${mostTiles}::bigint`;
}

/** The cells of each heavy tile of a level, and those of its neighbours that its buffer shows. */
const shown = (z: number, heavy: Sql, cells: Sql): Sql => sql`
  select t.z, t.x, t.y, c.id, c.points from ${heavy} t
  join ${cells} c on c.i >> ${cellBits}::int = t.x and c.j >> ${cellBits}::int = t.y where t.z = ${z}::int
  union all
  select t.z, t.x, t.y, c.id, c.points
  from (select i, j, i & ${LAST}::int as right, j & ${LAST}::int as down, id, points from ${cells}) c
  cross join (values (-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)) as o(dx, dy)
  join ${heavy} t on t.x = (c.i >> ${cellBits}::int) + o.dx and t.y = (c.j >> ${cellBits}::int) + o.dy
  where t.z = ${z}::int and (c.right in (0, ${LAST}::int) or c.down in (0, ${LAST}::int))
    and o.dx = any (case c.right when 0 then array[0, -1] when ${LAST}::int then array[0, 1] else array[0] end)
    and o.dy = any (case c.down when 0 then array[0, -1] when ${LAST}::int then array[0, 1] else array[0] end)
  order by 2, 3`;

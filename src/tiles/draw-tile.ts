import { geoJSONToTile } from '@maplibre/geojson-vt';
import { fromGeojsonVt } from '@maplibre/vt-pbf';
import type { Feature } from 'geojson';
import type { Database } from '../db/database.ts';
import { identifier, join, type Sql, sql } from '../db/sql.ts';
import { worldEdge } from '../domain/raster.ts';
import type { ReadableColumn, ReadableTable } from '../store/readable-table.ts';
import { tileValue } from './tile-columns.ts';
import { deepestZoom, frameOf, type TileAddress, tileBuffer, tileExtent } from './tile-frame.ts';
import { boxOf, type RowSource, tileRows } from './tile-rows.ts';

/** How long the rows of one tile may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** One tile to draw. */
export interface TileWish {
  readonly table: ReadableTable;
  readonly address: TileAddress;
  readonly columns: readonly ReadableColumn[];
  readonly source: RowSource;
}

/** How many points one stands for; a column of the table of that name goes before. */
const COUNT = 'point_count';

/** Draws a vector tile (MVT 2) with one layer, named as the table; empty where nothing lies there. */
export async function drawTile(db: Database, wish: TileWish): Promise<Buffer> {
  return db.capabilities.vectorTiles ? drawInDatabase(db, wish) : drawHere(db, wish);
}

const countOf = (columns: readonly ReadableColumn[]): readonly Sql[] =>
  columns.some((column) => column.name === COUNT) ? [] : [sql`r.points as ${identifier(COUNT)}`];

/** Keeps the planner from cutting every geometry twice, once to see whether anything of it is left. */
const onlyOnce = sql`offset 0`;

async function drawInDatabase(db: Database, wish: TileWish): Promise<Buffer> {
  const { table, columns } = wish;
  const frame = frameOf(wish.address);
  const { west, south, east, north } = frame;
  const names = columns.map((column) => identifier(column.name));
  const inner = join([
    sql`b.cartodb_id as landfall_id`,
    ...columns.map((column, index) => sql`${tileValue(column)} as ${identifier(`v${index}`)}`),
  ]);
  const shown = join([
    sql`r.landfall_id`,
    ...names.map((name, index) => sql`r.${identifier(`v${index}`)} as ${name}`),
    ...countOf(columns),
    sql`st_asmvtgeom(r.geom, st_makeenvelope(${west}::float8, ${south}::float8, ${east}::float8, ${north}::float8, 3857),
      ${tileExtent}::int, ${tileBuffer}::int, true) as landfall_geom`,
  ]);
  const rows = await readRows(
    db,
    wish,
    sql`select encode(st_asmvt(t, ${table.name}::text, ${tileExtent}::int, 'landfall_geom', 'landfall_id'), 'hex') as tile
      from (select ${shown} from (${tileRows(table, frame, wish.source, inner)}) r ${onlyOnce}) t where landfall_geom is not null`,
  );
  return Buffer.from(rows[0]?.[0] ?? '', 'hex');
}

/** The embedded PostGIS is built without protobuf: its rows are cut and encoded by libraries. */
async function drawHere(db: Database, wish: TileWish): Promise<Buffer> {
  const { table, columns, address } = wish;
  const frame = frameOf(address);
  const inner = join([
    sql`b.cartodb_id as landfall_id`,
    ...columns.map((column, index) => sql`${tileValue(column)} as ${identifier(`v${index}`)}`),
  ]);
  // Only what lies in the tile is handed over: a coast line at a deep level has a million points.
  const rows = await readRows(
    db,
    wish,
    sql`select r.landfall_id::text as id, st_asgeojson(st_transscale(st_clipbybox2d(r.geom, ${boxOf(frame)}::box2d),
          ${worldEdge}::float8, ${-worldEdge}::float8, ${0.5 / worldEdge}::float8, ${-0.5 / worldEdge}::float8), 12) as geom,
        ${join([sql`r.points::text as points`, ...columns.map((_, index) => sql`r.${identifier(`v${index}`)}::text as ${identifier(`v${index}`)}`)])}
      from (${tileRows(table, frame, wish.source, inner)}) r`,
  );
  const features = rows.flatMap(([id, geometry, points, ...values]): readonly Feature[] => {
    if (geometry === null || geometry === undefined) return [];
    const properties: Record<string, unknown> = {};
    if (points !== null && points !== undefined) properties[COUNT] = Number(points);
    columns.forEach((column, index) => {
      const value = values[index];
      if (value !== null && value !== undefined) properties[column.name] = read(column, value);
    });
    return [{ type: 'Feature', id: Number(id), geometry: JSON.parse(geometry), properties }];
  });
  if (features.length === 0) return Buffer.alloc(0);
  const tile = geoJSONToTile({ type: 'FeatureCollection', features }, address.z, address.x, address.y, {
    extent: tileExtent,
    buffer: tileBuffer,
    maxZoom: deepestZoom,
    coordinates: 'unitSquare',
    wrap: false,
    clip: true,
  });
  if (tile === null || tile.features.length === 0) return Buffer.alloc(0);
  return Buffer.from(fromGeojsonVt({ [table.name]: tile }, { version: 2, extent: tileExtent }));
}

function read(column: ReadableColumn, text: string): string | number | boolean {
  if (column.type === 'bool') return text === 'true';
  return /^(int[248]|float[48]|numeric)$/.test(column.type) ? Number(text) : text;
}

type TextRow = readonly (string | null)[];

/** Rows in which every value is a text, as the role of the table; overviews, which no role sees, as the service. */
async function readRows(db: Database, wish: TileWish, statement: Sql): Promise<readonly TextRow[]> {
  if (wish.source.kind === 'overview') {
    const found = await db.transaction(async (tx) => {
      await tx.query(
        sql`select set_config('statement_timeout', ${String(TIMEOUT_MS)}, true), set_config('jit', 'off', true)`,
      );
      return tx.query<Record<string, string | null>>(statement);
    });
    return found.map((row) => Object.values(row));
  }
  await using cursor = await db.openUserCursor(statement.text, {
    role: wish.table.role,
    schema: wish.table.schema,
    timeoutMs: TIMEOUT_MS,
    // Our own text with bound values: there is nothing to look for in it.
    layers: 'rights',
    values: statement.values,
  });
  const rows: TextRow[] = [];
  for (;;) {
    const more = await cursor.fetch(1000);
    if (more.length === 0) return rows;
    rows.push(...more);
  }
}

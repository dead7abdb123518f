import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from './measure/database.ts';
import { startLandfall } from './measure/landfall.ts';
import { median, percentile } from './measure/statistics.ts';

/** Levels that are asked for, tiles of each, and how often one is asked for again. */
const DEEPEST = 14;
const TILES = 12;
const AGAIN = 3;

/** How long an overview may be waited for, in milliseconds. */
const PATIENCE_MS = 600_000;

interface TileJson {
  readonly tiles: readonly string[];
  readonly bounds: readonly [number, number, number, number];
}

/** Status and bytes of a tile, as it is sent: compressed. To unpack it is the map's work. */
const transfer = (address: string): Promise<readonly [status: number, bytes: number]> =>
  new Promise((resolve, reject) => {
    get(address, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.once('end', () => resolve([answer.statusCode ?? 0, bytes]));
      answer.once('error', reject);
    }).once('error', reject);
  });

/** Vector tiles of a file's table at every level, cold and warm. Returns lines of Markdown. */
export async function measureTiles(db: BenchDatabase, path: string, title: string): Promise<readonly string[]> {
  await using server = await startLandfall(db.url);
  const table = await server.importFile(path, 250);
  const json = (await (await fetch(`${server.url}/tiles/demo/${table}.json?api_key=${server.key}`)).json()) as TileJson;
  const ask = async (z: number, x: number, y: number): Promise<readonly [number, number]> => {
    const address = (json.tiles[0] ?? '').replace('{z}', `${z}`).replace('{x}', `${x}`).replace('{y}', `${y}`);
    const startedAt = performance.now();
    const [status, bytes] = await transfer(address);
    if (status !== 200 && status !== 204) throw new Error(`${address} answered ${status}`);
    return [performance.now() - startedAt, bytes];
  };
  const [firstMs] = await ask(0, 0, 0);
  const beganAt = performance.now();
  while ((await db.psql('select count(*) from landfall.tile_overviews where is_complete;')).trim() === '0') {
    if (performance.now() - beganAt > PATIENCE_MS) throw new Error('the overview is not made in time');
    await sleep(500);
  }
  const madeMs = performance.now() - beganAt;
  const cold: number[] = [];
  const warm: number[] = [];
  let largest = 0;
  for (let z = 0; z <= DEEPEST; z++) {
    for (const [x, y] of tilesOf(json.bounds, z)) {
      const [ms, bytes] = await ask(z, x, y);
      cold.push(ms);
      largest = Math.max(largest, bytes);
      for (let again = 0; again < AGAIN; again++) warm.push((await ask(z, x, y))[0]);
    }
  }
  const made =
    await db.psql(`select count(distinct (z, x, y)) || ' tiles, ' || pg_size_pretty(pg_total_relation_size(format('landfall_tiles.%I', name)::regclass))
    from landfall.tile_overviews, lateral (select 1) s, lateral (select z, x, y from landfall_tiles.${(await db.psql('select name from landfall.tile_overviews;')).trim()}) t group by name;`);
  const [coldMs, warmMs] = [percentile(cold, 0.95), percentile(warm, 0.95)];
  return [
    `${title}: ${cold.length} tiles of the levels 0 to ${DEEPEST}, all columns, one after another, from the request to the last byte.`,
    '',
    `- cold: 95th percentile ${coldMs.toFixed(0)} ms (promised: under 400 ms; ${coldMs < 400 ? 'met' : 'NOT met'}), median ${median(cold).toFixed(0)} ms, slowest ${percentile(cold, 1).toFixed(0)} ms`,
    `- warm: 95th percentile ${warmMs.toFixed(1)} ms (promised: under 20 ms; ${warmMs < 20 ? 'met' : 'NOT met'}), median ${median(warm).toFixed(1)} ms`,
    `- the first tile, before there was an overview: ${firstMs.toFixed(0)} ms; the overview (${made.trim()}) was there ${(madeMs / 1000).toFixed(0)} s later`,
    `- largest tile: ${(largest / 1024).toFixed(0)} kB, compressed`,
  ];
}

/** Tiles of a level spread over an extent: the corners of a grid, each once. */
function tilesOf([west, south, east, north]: TileJson['bounds'], z: number): readonly (readonly [number, number])[] {
  const side = 2 ** z;
  const columnOf = (longitude: number) => Math.min(side - 1, Math.floor(((longitude + 180) / 360) * side));
  const rowOf = (latitude: number) => {
    const y = 0.5 - Math.asinh(Math.tan((Math.min(85, Math.max(-85, latitude)) * Math.PI) / 180)) / (2 * Math.PI);
    return Math.min(side - 1, Math.floor(y * side));
  };
  const found = new Map<string, readonly [number, number]>();
  for (let index = 0; index < TILES; index++) {
    const [right, down] = [(index * 0.618034) % 1, (index * 0.754878) % 1];
    const tile = [columnOf(west + right * (east - west)), rowOf(south + down * (north - south))] as const;
    found.set(tile.join(), tile);
  }
  return [...found.values()];
}

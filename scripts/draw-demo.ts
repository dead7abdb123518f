/**
 * Draws the picture of the README from the tables of a running demo, and from what the demo printed:
 *   node scripts/draw-demo.ts http://127.0.0.1:8080 KEY demo.log docs/images/demo.png
 * Needs Chromium (CHROMIUM, else /usr/bin/chromium).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [url = '', key = '', logFile = '', picture = ''] = process.argv.slice(2);
if (picture === '') throw new Error('usage: draw-demo.ts URL KEY LOG PICTURE');

const WIDTH = 1200;
const HEIGHT = 896;
/** Web mercator metres: the whole width of the world, from Cape Horn to the north of Norway. */
const WEST = -20037508;
const EAST = 20037508;
const NORTH = 12500000;
const MAP_HEIGHT = 630;
const scale = WIDTH / (EAST - WEST);

type Position = readonly [number, number];
type Geometry =
  | { readonly type: 'Polygon'; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly Position[])[])[] };

async function ask<Row>(query: string): Promise<readonly Row[]> {
  const answer = await fetch(`${url}/api/v2/sql?${new URLSearchParams({ q: query, api_key: key })}`);
  const body = await answer.text();
  if (!answer.ok) throw new Error(body);
  return (JSON.parse(body) as { rows: Row[] }).rows;
}

const point = (x: number, y: number): string =>
  `${((x - WEST) * scale).toFixed(1)},${((NORTH - y) * scale).toFixed(1)}`;

function outline(geometry: Geometry): string {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  return polygons
    .flat()
    .map((ring) => `M${ring.map(([x, y]) => point(x, y)).join('L')}Z`)
    .join('');
}

const countries = await ask<{ shape: string }>(
  `select st_asgeojson(st_simplifypreservetopology(the_geom_webmercator, 20000), 0) as shape from countries
   where name <> 'Antarctica'`,
);
const cities = await ask<{ x: number; y: number; population: number }>(
  `select st_x(the_geom_webmercator) as x, st_y(the_geom_webmercator) as y, population
   from cities where population > 100000 order by population`,
);

const land = countries.map(({ shape }) => outline(JSON.parse(shape) as Geometry)).join('');
const dots = cities.map(({ x, y, population }) => {
  const [cx, cy] = point(x, y).split(',');
  return `<circle cx="${cx}" cy="${cy}" r="${(0.5 + Math.sqrt(population) / 900).toFixed(2)}"/>`;
});

const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const printed = readFileSync(logFile, 'utf8').split('\n');
const between = (from: RegExp, lines: number): readonly string[] => {
  const start = printed.findIndex((line) => from.test(line));
  return start < 0 ? [] : printed.slice(start, start + lines);
};
const left = ['$ npm run demo', ...between(/^cities\.csv .* is table/, 11)];
const right = [...between(/^ {2}select/, 10)];

const page = `<!doctype html><meta charset="utf-8"><style>
  body { margin: 0; width: ${WIDTH}px; height: ${HEIGHT}px; background: #0d1b2a; font: 13.5px/1.45 'DejaVu Sans Mono', monospace; color: #d7e3f0; }
  svg { display: block; } path { fill: #1f3a56; stroke: #0d1b2a; stroke-width: .6; } circle { fill: #ffb703; fill-opacity: .55; }
  div { display: flex; gap: 32px; padding: 8px 24px; } pre { margin: 0; }
</style><svg width="${WIDTH}" height="${MAP_HEIGHT}"><path d="${land}" fill-rule="evenodd"/>${dots.join('')}</svg>
<div><pre>${escapeHtml(left.join('\n'))}</pre><pre>${escapeHtml(right.join('\n'))}</pre></div>`;

const folder = mkdtempSync(join(tmpdir(), 'landfall-picture-'));
try {
  const html = join(folder, 'demo.html');
  writeFileSync(html, page);
  execFileSync(process.env.CHROMIUM ?? '/usr/bin/chromium', [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    ...['--disable-component-update', '--disable-sync', `--user-data-dir=${join(folder, 'profile')}`],
    ...[`--window-size=${WIDTH},${HEIGHT}`, '--hide-scrollbars', `--screenshot=${picture}`, `file://${html}`],
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

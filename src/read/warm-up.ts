import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Layer } from '../domain/layer.ts';
import { defaultReading } from '../domain/reading.ts';
import { openFile } from '../formats/open-file.ts';
import { readLayer } from './read-layer.ts';

/** A file of our own: its name, and what is in it. */
type Sample = readonly [name: string, content: () => string | Buffer];

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');

const SIGNS = '",;\'| ab1\\äéß±';

/** Signs in no order: all that is looked for in broken text. */
const noise = (from: number, count: number): string =>
  // Knuth's multiplicative hash, which scatters what follows one another.
  Array.from({ length: count }, (_, at) => SIGNS[(Math.imul(from + at, 2654435761) >>> 16) % SIGNS.length]).join('');

const SMALL: readonly Sample[] = [
  ['small.csv', () => 'id,name,longitude,latitude,day\n1,a,2.5,3.5,2020-01-01\n2,"b ""c""",4,5,2020-01-02\n'],
  [
    'small.geojson',
    () =>
      '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},' +
      '"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}]}',
  ],
];

/** Each takes some ten milliseconds. Long enough that V8 compiles for speed what looks at every character. */
const LONG: readonly Sample[] = [
  [
    'usual.csv',
    () =>
      `id,name,longitude,latitude,day\n${lines(400, (i) => `${i},"place ${i}",${i % 90}.5,${i % 80}.25,2020-01-${10 + (i % 20)}`)}`,
  ],
  ['latin.csv', () => Buffer.from(`name;höhe;wert\n${lines(100, (i) => `Straße ${i};Süd;${i},5`)}`, 'latin1')],
  ['quoted.csv', () => `a|b\n${lines(150, (i) => `"x ${i}, 'y'"|"an ""odd"" one"|z${i % 7 === 0 ? '|"open' : ''}`)}`],
  [
    'noise.csv',
    () =>
      Buffer.from(
        lines(60, (row) => noise(row * 70, 70)),
        'latin1',
      ),
  ],
];

const options = { ...defaultReading, maxRows: 1000 };
const sink = { begin: () => undefined, rows: () => undefined, abandon: () => undefined };

async function openSample([name, content]: Sample, folder: string, use: (layer: Layer) => unknown): Promise<void> {
  const path = join(folder, `warm-up-${name}`);
  const bytes = Buffer.from(content());
  await writeFile(path, bytes);
  const file = { path, name, sizeBytes: bytes.length, mediaType: null, companions: new Map() };
  for (const layer of await openFile(file, options, { folder })) await use(layer);
  await rm(path);
}

/** Reads two tiny files, so that what a small import needs is loaded before it comes. */
export async function warmUp(folder: string): Promise<void> {
  for (const sample of SMALL) await openSample(sample, folder, (layer) => readLayer(layer, options, sink));
}

/**
 * Opens longer files until it `isWanted` for something better, so that the first text is looked at at full speed. It does
 * not read them: that would leave much memory to readers that only wait.
 */
export async function exercise(folder: string, isWanted: () => boolean): Promise<void> {
  for (const sample of LONG) {
    await nextTurn();
    if (isWanted()) return;
    await openSample(sample, folder, (layer) => layer.report?.());
  }
}

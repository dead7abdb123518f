import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultReading } from '../domain/reading.ts';
import { openFile } from '../formats/open-file.ts';
import { readLayer } from './read-layer.ts';

const SAMPLES: Readonly<Record<string, string>> = {
  'warm-up.csv': 'id,name,longitude,latitude,day\n1,a,2.5,3.5,2020-01-01\n2,"b ""c""",4,5,2020-01-02\n',
  'warm-up.geojson':
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},' +
    '"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}]}',
};

/** Reads two tiny files of our own, so that what a small import needs is loaded before it comes. */
export async function warmUp(folder: string): Promise<void> {
  const options = {
    ...defaultReading,
    maxRows: 10,
  };
  const sink = { begin: () => undefined, rows: () => undefined, abandon: () => undefined };
  for (const [name, content] of Object.entries(SAMPLES)) {
    const path = join(folder, name);
    await writeFile(path, content);
    const { size } = await stat(path);
    const file = { path, name, sizeBytes: size, mediaType: null, companions: new Map() };
    for (const layer of await openFile(file, options, { folder })) await readLayer(layer, options, sink);
    await rm(path);
  }
}

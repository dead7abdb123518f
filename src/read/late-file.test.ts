import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { zipSync } from 'fflate';
import { pointShapefile } from '../../test/support/shapefile.ts';
import { defaultReading } from '../domain/reading.ts';
import { ImportError } from '../errors.ts';
import { openFiles } from './open-files.ts';
import { readLayer } from './read-layer.ts';

/** As many that the .shp file has more than 16 MiB, from where on it is read while it is unpacked. */
const RECORDS = 20;
const POINTS = 60_000;
const options = { ...defaultReading, maxRows: 1e9, maxUnpackedBytes: 1e9, maxTables: 10 };

async function read(archive: Uint8Array): Promise<{ readonly rows: number; readonly bytes: Buffer }> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-late-'));
  try {
    const path = join(folder, 'a.zip');
    writeFileSync(path, archive);
    const file = { path, name: 'a.zip', sizeBytes: archive.length, mediaType: null };
    const { layers, failed } = await openFiles([file], options, { folder });
    assert.deepEqual(failed, []);
    const [opened] = layers;
    assert.ok(opened !== undefined);
    let rows = 0;
    const chunks: Buffer[] = [];
    await readLayer(opened.layer, opened.options, {
      begin: () => undefined,
      rows(chunk, count) {
        rows += count;
        chunks.push(Buffer.from(chunk));
      },
      abandon: () => assert.fail('a pass was given up'),
    });
    return { rows, bytes: Buffer.concat(chunks) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A layer of multipoints. */
function largeShapefile(): Readonly<Record<'shp' | 'shx' | 'dbf' | 'prj', Buffer>> {
  const places = Array.from({ length: RECORDS }, (_, at) => ({ x: at, y: at, name: `p${at}` }));
  const { shp, shx, dbf, prj } = pointShapefile(places);
  const content = 40 + 16 * POINTS;
  const shape = Buffer.alloc(100 + RECORDS * (8 + content));
  shp.copy(shape, 0, 0, 100);
  shape.writeInt32BE(shape.length / 2, 24);
  shape.writeInt32LE(8, 32);
  for (let record = 0; record < RECORDS; record++) {
    const at = 100 + record * (8 + content);
    shape.writeInt32BE(record + 1, at);
    shape.writeInt32BE(content / 2, at + 4);
    shape.writeInt32LE(8, at + 8);
    shape.writeInt32LE(POINTS, at + 44);
    for (let point = 0; point < POINTS; point++) shape.writeDoubleLE(record + point / POINTS, at + 48 + 16 * point);
    shx.writeInt32BE(at / 2, 100 + 8 * record);
    shx.writeInt32BE(content / 2, 104 + 8 * record);
  }
  return { shp: shape, shx, dbf, prj };
}

test('a large shapefile is read while it is unpacked, and refused where its end is damaged', async () => {
  const parts = Object.entries(largeShapefile()).map(([ending, bytes]) => [`a.${ending}`, bytes] as const);
  const whole = await read(zipSync(Object.fromEntries(parts), { level: 1 }));
  assert.equal(whole.rows, RECORDS);
  // Without an index everything is waited for first.
  const waited = await read(zipSync(Object.fromEntries(parts.filter(([name]) => name !== 'a.shx')), { level: 1 }));
  assert.ok(waited.bytes.equals(whole.bytes));
  const shape = parts.find(([name]) => name === 'a.shp')?.[1] ?? Buffer.alloc(0);
  const damaged = Buffer.from(zipSync(Object.fromEntries(parts), { level: 0 }));
  const last = damaged.indexOf(shape.subarray(-64)) + 63;
  damaged.writeUInt8(damaged.readUInt8(last) ^ 1, last);
  await assert.rejects(read(damaged), (error) => error instanceof ImportError && error.kind === 'unpackFailed');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  overviewExtent,
  overviewFactors,
  type PixelType,
  pixelSizeAt,
  tileCount,
  tileSize,
  zoomFor,
} from './raster.ts';
import { pixelTypes, readPixel, readTile, tileBytes, writePixel, writeTile } from './raster-wkb.ts';

const options = { seed: 17, numRuns: 300 };

test('the zoom level is as fine as the raster or the next finer one', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.02, max: 156_000, noNaN: true }), (pixelSize) => {
      const zoom = zoomFor(pixelSize);
      assert.ok(pixelSizeAt(zoom) * 0.9999 <= pixelSize);
      assert.ok(zoom === 0 || pixelSizeAt(zoom - 1) * 0.9999 > pixelSize);
    }),
    options,
  );
  for (const zoom of [0, 1, 10, 20]) assert.equal(zoomFor(pixelSizeAt(zoom)), zoom);
  assert.deepEqual([zoomFor(1e9), zoomFor(1e-9)], [0, 23]);
});

test('overviews are those of the wire contract', () => {
  assert.deepEqual(overviewFactors(128, 90, 10), []);
  assert.deepEqual(overviewFactors(129, 90, 10), [2]);
  assert.deepEqual(overviewFactors(10_000, 20_000, 20), [2, 4, 8, 16, 32, 64, 128, 256, ...[]]);
  assert.deepEqual(overviewFactors(1_000_000, 1, 20).at(-1), 512);
  assert.deepEqual(overviewFactors(5000, 5000, 2), [2, 4]);
});

test('an overview covers the raster, and lies on the grid of its own level', () => {
  const length = fc.integer({ min: 1, max: 5000 });
  const start = fc.integer({ min: 0, max: 1e6 });
  fc.assert(
    fc.property(start, start, length, length, fc.constantFrom(2, 4, 64), (left, top, width, height, factor) => {
      const over = overviewExtent({ left, top, width, height }, factor);
      assert.ok(over.left * factor <= left && (over.left + 1) * factor > left);
      assert.ok((over.left + over.width) * factor >= left + width);
      assert.ok((over.top + over.height - 1) * factor < top + height);
    }),
    options,
  );
  assert.equal(tileCount({ left: tileSize - 1, top: 0, width: 2, height: tileSize }), 2);
});

const types = Object.keys(pixelTypes) as PixelType[];

test('a tile that was written is read again', () => {
  const band = fc.record({ type: fc.constantFrom(...types), noData: fc.constantFrom(null, '0', '7') });
  fc.assert(
    fc.property(
      fc.array(band, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      (bands, width, height) => {
        const out = Buffer.alloc(tileBytes(width, height, bands));
        const place = { west: -5.5, north: 1e7, pixelSize: 2.5, width, height };
        const sampleAt = (index: number, pixel: number): number => (index * 31 + pixel) % 100;
        const end = writeTile(out, place, bands, (index, at) => {
          const { type } = bands[index] ?? { type: '8BUI' };
          for (let pixel = 0; pixel < width * height; pixel++)
            writePixel(out, at + pixel * pixelTypes[type].bytes, type, sampleAt(index, pixel));
        });
        assert.equal(end, out.length);
        const { bands: read, bytes: _, ...rest } = readTile(out);
        assert.deepEqual(rest, place);
        for (const [index, { type, noData, at }] of read.entries()) {
          assert.deepEqual([type, noData === null ? null : String(noData)], [bands[index]?.type, bands[index]?.noData]);
          for (let pixel = 0; pixel < width * height; pixel++)
            assert.equal(readPixel(out, at + pixel * pixelTypes[type].bytes, type), sampleAt(index, pixel));
        }
      },
    ),
    options,
  );
});

test('a tile that is cut off or held in a file is not read', () => {
  const out = Buffer.alloc(tileBytes(2, 2, [{ type: '16BSI', noData: null }]));
  writeTile(
    out,
    { west: 0, north: 0, pixelSize: 1, width: 2, height: 2 },
    [{ type: '16BSI', noData: null }],
    () => undefined,
  );
  assert.throws(() => readTile(out.subarray(0, -1)), RangeError);
  out[61] = 0x80 | 5;
  assert.throws(() => readTile(out), RangeError);
});

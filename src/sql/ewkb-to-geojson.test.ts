import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ewkbToGeoJson } from './ewkb-to-geojson.ts';

/** Little-endian EWKB of a point with a height, in EPSG:4326. */
function pointZ(x: number, y: number, z: number): string {
  const bytes = Buffer.alloc(33);
  bytes[0] = 1;
  bytes.writeUInt32LE(0xa0000001, 1);
  bytes.writeUInt32LE(4326, 5);
  bytes.writeDoubleLE(x, 9);
  bytes.writeDoubleLE(y, 17);
  bytes.writeDoubleLE(z, 25);
  return bytes.toString('hex');
}

test('a height is the third number of a position, and one that is not known is left out', () => {
  assert.equal(ewkbToGeoJson(pointZ(1, 2, 3)), '{"type":"Point","coordinates":[1,2,3]}');
  assert.equal(ewkbToGeoJson(pointZ(1, 2, Number.NaN)), '{"type":"Point","coordinates":[1,2]}');
});

test('curves and other reference systems are refused with what to do', () => {
  assert.throws(
    () => ewkbToGeoJson('0108000000020000000000000000000000000000000000000000000000000000000000'),
    /ST_CurveToLine/,
  );
  assert.throws(() => ewkbToGeoJson('0101000020110F000000000000000000000000000000000000'), /3857.*ST_Transform/);
  assert.equal(ewkbToGeoJson('00000000013FF00000000000004000000000000000'), '{"type":"Point","coordinates":[1,2]}');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { geometryNames, latitudeNames, longitudeNames, looksLikeGeometry } from './geometry.ts';

const geometries = [
  'POINT(1 2)',
  ' point z (1 2 3) ',
  'POINTZM(1 2 3 4)',
  'SRID=4326;POINT(1 2)',
  'Multipolygon(((0 0,1 1,1 0,0 0)))',
  'GEOMETRYCOLLECTION(POINT(1 2))',
  'POLYGON EMPTY',
  '0101000000000000000000F03F0000000000000040',
  '0101000020E6100000000000000000F03F0000000000000040',
  '00000000013FF00000000000004000000000000000',
  '01EA03000000000000000000F03F00000000000000400000000000000840',
  '{"type":"Point","coordinates":[1,2]}',
  '{ "coordinates": [1,2], "type": "Point" }',
  '{"type":"GeometryCollection","geometries":[]}',
  `LINESTRING(${'1 2,'.repeat(1000)}1 2)`,
  `{"coordinates":[${'[1,2],'.repeat(1000)}[1,2]],"type":"LineString"}`,
  `0102000000${'0'.repeat(2000)}`,
];

const others = [
  '',
  ' ',
  'POINT',
  'Point Street 5',
  'point (of view)',
  'polygon',
  'POINT(1 2',
  '0123456789',
  '01010000000000000000000000',
  '0'.repeat(44),
  '0101000000000000000000F03F000000000000004',
  '{"a":1}',
  '{"type":"Feature","geometry":null}',
  '[1,2]',
  'null',
];

for (const text of geometries) {
  test(`${text.slice(0, 60)} looks like a geometry`, () =>
    assert.ok(looksLikeGeometry(Buffer.from(text), 0, text.length)));
}

for (const text of others) {
  test(`${JSON.stringify(text.slice(0, 60))} does not`, () =>
    assert.ok(!looksLikeGeometry(Buffer.from(text), 0, text.length)));
}

test('no name means two things, and all are lower case', () => {
  const all = [...longitudeNames, ...latitudeNames, ...geometryNames];
  assert.equal(new Set(all).size, all.length);
  for (const name of all) assert.equal(name, name.toLowerCase());
});

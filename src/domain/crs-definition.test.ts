import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCrsDefinition } from './crs-definition.ts';

const geographic =
  'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]';
const projected = (name: string, unit = 'UNIT["Meter",1.0]'): string =>
  `PROJCS["${name}",${geographic},PROJECTION["Transverse_Mercator"],PARAMETER["Central_Meridian",9.0],${unit}]`;

const cases: readonly (readonly [string, number | null])[] = [
  [geographic, 4326],
  [geographic.replace('Greenwich",0.0', 'Paris",2.337229166666667'), null],
  [projected('WGS_1984_UTM_Zone_32N'), 32632],
  [projected('WGS 84 / UTM zone 5S'), 32705],
  [projected('ETRS_1989_UTM_Zone_30N'), 25830],
  [projected('NAD_1983_UTM_Zone_10N'), 26910],
  [projected('WGS_1984_UTM_Zone_61N'), null],
  [projected('WGS_1984_UTM_Zone_32N', 'UNIT["Foot_US",0.3048006096012192]'), null],
  [projected('WGS_1984_Web_Mercator_Auxiliary_Sphere'), 3857],
  [projected('CH1903+_LV95'), 2056],
  [projected('Amersfoort / RD New'), 28992],
  [projected('My own grid'), null],
  [projected('anything', 'UNIT["metre",1],AUTHORITY["EPSG","25831"]'), 25831],
  [`COMPD_CS["both",${projected('RGF_1993_Lambert_93')},VERT_CS["h",UNIT["metre",1]],AUTHORITY["EPSG","5698"]]`, 2154],
  ['PROJCRS["x",BASEGEOGCRS["y",DATUM["z"]],ID["EPSG",3035]]', 3035],
  ['{"type":"GeographicCRS","name":"WGS 84","id":{"authority":"EPSG","code":4326}}', 4326],
  ['{"type":"GeographicCRS","name":"WGS 84 (CRS84)","id":{"authority":"OGC","code":"CRS84"}}', 4326],
  ['{"type":"GeographicCRS","name":"own"}', null],
  ['+proj=longlat +datum=WGS84 +no_defs', 4326],
  ['+proj=utm +zone=33 +datum=WGS84', null],
  ['EPSG:25830', 25830],
  ['Projection GEOGRAPHIC\nDatum WGS84\nUnits DD\n', 4326],
];
for (const [definition, srid] of cases) {
  test(`${definition.slice(0, 60)} … is ${srid}`, () => {
    const found = readCrsDefinition(`\ufeff${definition}\n`);
    assert.equal(found.srid, srid);
    assert.equal(found.crsWkt, srid === null ? definition.trim() : undefined);
  });
}

test('blank text defines nothing', () => assert.deepEqual(readCrsDefinition(' \0\n'), { srid: null }));

test('whatever stands in a .prj, it is a code or the text itself', () => {
  const words = fc.constantFrom('PROJCS', 'UNIT', '[', ']', '"', ',', '1', 'AUTHORITY', 'EPSG', ' ', '\n');
  fc.assert(
    fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
      const { srid, crsWkt } = readCrsDefinition(parts.join(''));
      assert.ok(srid === null || Number.isInteger(srid));
      assert.equal(crsWkt, srid === null && parts.join('').trim() !== '' ? parts.join('').trim() : undefined);
    }),
    { seed: 20260722, numRuns: 500 },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCsv } from '../../test/support/read-csv.ts';
import type { ReadOptions } from '../formats/format.ts';

/** The points of a table, rounded to eight digits, null where a row has none. */
async function points(text: string, options: Partial<ReadOptions> = {}) {
  const { decoded, warnings, schema, types } = await readCsv(text, options);
  const found = decoded.map(({ geometry }) => {
    if (geometry === null) return null;
    const bytes = Buffer.from(geometry, 'hex');
    return [bytes.readDoubleLE(9), bytes.readDoubleLE(17)].map((value) => Number(value.toFixed(8)));
  });
  return { found, warnings, schema, types };
}

const barcelona = [2.17, 41.38];

test('a pair is found by many names, in any case and with any affix, where its values are coordinates', async () => {
  const headers = [
    'latitude_1,longitude_1',
    'lat_wgs84,lon_wgs84',
    'start_lat,start_lng',
    'StartLat,StartLon',
    'GPSLatitude,GPSLongitude',
    'lat1,lng1',
    'Breitengrad,Längengrad',
    'широта,долгота',
    'Latitudine,Longitudine',
    'pickup latitude,pickup longitude',
    'Y_Coord,X_Coord',
    'point_y,point_x',
  ];
  for (const header of headers) {
    const { found, types } = await points(`${header}\n41.381,2.171\n41.382,2.172\n`);
    assert.deepEqual(
      found,
      [
        [2.171, 41.381],
        [2.172, 41.382],
      ],
      header,
    );
    assert.equal(types.length, 2, header);
  }
});

test('names alone make no geometry', async () => {
  const tables = [
    'long_name,lat_name\nA,B\n',
    'x,y\n1.5,2.5\n-3.25,7.75\n',
    'x,y\n0.4967141,-0.1382643\n0.6476885,1.5230299\n',
    'x_coord,y_coord\n12,40\n13,41\n',
    'start_lat,end_lng\n41.38,2.17\n',
    'start_lat,start_lng\n4138000,217000\n',
    'location\nBarcelona\n"Room 1, shelf 2"\n',
    'position\n1/20\n2/20\n',
    'coordinates\n"A4, B7"\n',
    'point\n"12, 14"\n"13, 15"\n',
    'geohash,h3,plus_code\nsp3e3,8928308280fffff,8FH4943C+XX\n',
    'zone,x,y\nA,1,2\n',
    'location\n"SELECT (1,2)"\n',
  ];
  for (const table of tables) assert.equal((await points(table)).schema.geometry.kind, 'none', table);
});

test('a pair of the contract comes before others, and the others are told', async () => {
  const { found, warnings } = await points('start_lat,start_lng,lat,lng\n1.5,2.5,41.38,2.17\n');
  assert.deepEqual(found, [barcelona]);
  assert.deepEqual(warnings, {
    coordinate_columns: {
      used: ['lng', 'lat'],
      others: [['start_lng', 'start_lat']],
    },
  });
});

test('of pairs that are named alike the one with more places is taken', async () => {
  const { found } = await points('start_lat,start_lng,end_lat,end_lng\n,,41.38,2.17\n1.5,2.5,41.38,2.17\n');
  assert.deepEqual(found, [barcelona, barcelona]);
});

test('a pair that is exchanged is recognised by its range and told', async () => {
  const { found, warnings } = await points('lat,lon\n-122.4,37.8\n2.17,41.38\n139.7,35.7\n');
  assert.deepEqual(found, [[-122.4, 37.8], barcelona, [139.7, 35.7]]);
  assert.deepEqual(warnings, { exchanged_coordinates: { longitude: 'lat', latitude: 'lon' } });
});

test('one slip in a latitude exchanges nothing', async () => {
  const { found } = await points(`lat,lon\n${'41.38,2.17\n'.repeat(9)}141.38,2.17\n`);
  assert.deepEqual([found[0], found[9]], [barcelona, null]);
});

test('degrees, minutes and seconds are read in a pair of columns', async () => {
  const { found, types, warnings } = await points(
    'lat,lon\n"41°24\'12.2""N","2°10\'26.5""E"\n41 24 12.2 N,2 10 26.5 E\n"S 41:30","W 2:30"\n' +
      '41d24m12.2s,2d10m26.5s\n41°24.5′,−2°30′\n"41,40338","2,17403"\n41 61 00 N,2 10 26 E\n,\n',
  );
  const place = [2.17402778, 41.40338889];
  assert.deepEqual(found, [place, place, [-2.5, -41.5], place, [-2.5, 41.40833333], [2.17403, 41.40338], null, null]);
  assert.deepEqual(types, ['lat text', 'lon text']);
  assert.deepEqual(warnings, {
    invalid_geometries: { count: 1, first: [{ row: 7, line: 8, value: '2 10 26 E, 41 61 00 N' }] },
    rejects: { count: 1 },
  });
});

test('letters say that a pair is exchanged', async () => {
  const { found } = await points('lat,lon\n2.17E,41.38N\n2.17° E,41.38° N\n');
  assert.deepEqual(found, [barcelona, barcelona]);
});

test('two coordinates in one column are read in all their usual forms', async () => {
  const { found, types } = await points(
    'coordinates\n"41.38, 2.17"\n"(41.38, 2.17)"\n"1 Main St\nSpringfield (North)\n(41.38, 2.17)"\n' +
      '"41°22\'48""N 2°10\'12""E"\n"41,38; 2,17"\n41.38 2.17\n"{""lat"": 41.38, ""lon"": 2.17}"\n' +
      '"{""longitude"": ""2.17"", ""human_address"": ""x"", ""latitude"": ""41.38""}"\n"41,38, 2,17"\n"2.17E, 41.38N"\n' +
      '"Springfield"\n\n"91.5, 181.5"\n',
  );
  assert.deepEqual(found.slice(0, 10), new Array(10).fill(barcelona));
  assert.deepEqual(found.slice(10), [null, null]);
  assert.deepEqual(types, ['coordinates text']);
});

test('the order in one column is decided by all values, then by the name, then by habit, and told', async () => {
  const order = async (text: string) => (await points(text)).warnings.coordinate_order;
  assert.deepEqual(await order('latlng\n"-122.41, 37.78"\n"2.17, 41.38"\n'), {
    column: 'latlng',
    order: 'longitude, latitude',
    reason: 'values',
  });
  assert.deepEqual(await order('lonlat\n"2.17, 41.38"\n'), {
    column: 'lonlat',
    order: 'longitude, latitude',
    reason: 'name',
  });
  assert.deepEqual(await order('geo_point_2d\n"41.38, 2.17"\n'), {
    column: 'geo_point_2d',
    order: 'latitude, longitude',
    reason: 'assumed',
  });
  assert.deepEqual(await order('coordinates\n"[2.17, 41.38]"\n'), {
    column: 'coordinates',
    order: 'longitude, latitude',
    reason: 'brackets',
  });
});

test('geometries are found under other names, and their column is kept', async () => {
  const { found, types } = await points('name,geo_shape,lat,lon\na,POINT (2.17 41.38),1,2\nb,,1,2\n');
  assert.deepEqual(
    [found, types],
    [
      [barcelona, null],
      ['name text', 'geo_shape text', 'lat bigint', 'lon bigint'],
    ],
  );
  assert.deepEqual((await points('location\nPOINT (2.17 41.38)\n')).found, [barcelona]);
});

test('x and y are coordinates where their system is named', async () => {
  const { schema, found } = await points('x,y\n430000,4580000\n430001,4580001\n', { sourceSrid: 25831 });
  assert.deepEqual([schema.srid, found[0]], [25831, [430000, 4580000]]);
  const easting = await points('Northing,Easting,lat,lon\n"4580000,5","430000,25",41.3,2.1\n', { sourceSrid: 25831 });
  assert.deepEqual(easting.found, [[430000.25, 4580000.5]]);
});

test('coordinates without a system are told', async () => {
  const { warnings, schema } = await points('easting,northing\n430000,4580000\n');
  assert.equal(schema.geometry.kind, 'none');
  assert.deepEqual(warnings.coordinates_without_system, {
    columns: ['easting', 'northing'],
    hint: 'Name their reference system with source_srid.',
  });
});

test('UTM with a column of zones is read zone by zone', async () => {
  const { found, schema } = await points(
    'zone,easting,northing\n31N,430000,4580000\n30N,430000,4580000\n20S,430000,5580000\n,430000,4580000\n',
  );
  assert.equal(schema.geometry.kind, 'utm');
  assert.deepEqual(found, [[2.16299786, 41.36847029], [-3.83700214, 41.36847029], [-63.81918503, -39.92721473], null]);
});

test('the letter of a zone is a band where others than N and S are there, or where northings show it', async () => {
  const latitude = async (text: string) => (await points(text)).found[0]?.[1] ?? 0;
  assert.ok((await latitude('utm_zone,utm_x,utm_y\n18S,320000,4300000\n')) > 38);
  assert.ok((await latitude('utm_zone,utm_x,utm_y\n18S,320000,4300000\n18H,320000,6300000\n')) > 38);
  assert.ok((await latitude('zone,hemisphere,easting,northing\n18,S,320000,4300000\n')) < -50);
  assert.ok((await latitude('zone,easting,northing\n19S,320000,6300000\n')) < 0);
});

test('codes of grids are read where the request says what they are', async () => {
  const columns = (name: string, role: 'geohash' | 'h3' | 'plus_code') => ({ columns: [{ name, role }] });
  assert.deepEqual((await points('g\nezs42\nEZS42\nail\n', columns('g', 'geohash'))).found, [
    [-5.60302734, 42.60498047],
    [-5.60302734, 42.60498047],
    null,
  ]);
  assert.deepEqual((await points('c\n8FVC9G8F+6X\n8FVC0000+\n9G8F+6X\n', columns('c', 'plus_code'))).found, [
    [8.5249375, 47.3655625],
    [8.5, 47.5],
    null,
  ]);
  const { found } = await points('Cell\n8928308280fffff\n617700169958293503\nzz\n', columns('Cell', 'h3'));
  assert.deepEqual(found.slice(1), [found[0], null]);
  assert.ok(Math.abs((found[0]?.[0] ?? 0) + 122.418) < 0.01 && Math.abs((found[0]?.[1] ?? 0) - 37.776) < 0.01);
});

test('what the request says of columns beats their names', async () => {
  const columns = [
    { name: 'a', role: 'latitude' as const },
    { name: 'b', role: 'longitude' as const },
  ];
  assert.deepEqual((await points('lat,lon,a,b\n1,2,41.38,2.17\n', { columns })).found, [barcelona]);
  const none = await points('lat,lon\n1,2\n', { columns: [{ name: 'lat', role: 'none' }] });
  assert.equal(none.schema.geometry.kind, 'none');
});

test('places are found with type guessing off too', async () => {
  assert.deepEqual((await points('lat,lon\n41.38,2.17\n', { typeGuessing: false })).found, [barcelona]);
});

test('what is found never depends on the order of the rows', async () => {
  const row = fc.record({
    lat: fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constant('x'), fc.constant('')),
    lon: fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constant('2 10 26 E'), fc.constant('')),
    both: fc.oneof(
      fc
        .tuple(fc.integer({ min: -180, max: 180 }), fc.integer({ min: -180, max: 180 }))
        .map((two) => `"${two.join('.5, ')}.5"`),
      fc.constant('nowhere'),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), fc.integer(), async (rows, seed) => {
      const text = (all: typeof rows): string =>
        `start_lat,start_lon,coordinates\n${all.map(({ lat, lon, both }) => `${lat},${lon},${both}`).join('\n')}\n`;
      const shuffled = rows
        .map((one, i) => ({ one, key: Math.imul(i + 1, seed | 1) }))
        .sort((a, b) => a.key - b.key)
        .map(({ one }) => one);
      const [a, b] = [await readCsv(text(rows)), await readCsv(text(shuffled))];
      assert.deepEqual(a.schema, b.schema);
    }),
    { seed: 7, numRuns: 60 },
  );
});

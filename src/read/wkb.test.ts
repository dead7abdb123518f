import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type DecodedGeometry, decodeEwkb, encodeOne, encodeText, encodeWkb } from '../../test/support/geometry.ts';
import { createGeometryEncoder, type GeometryEncoder, GeometryOutcome } from './wkb.ts';

const seed = 20260722;
const encoder = createGeometryEncoder({ srid: 4326 });

const outcomeOf = (text: string): GeometryOutcome => encodeText(encoder, text).outcome;
const { ok, empty, invalid, outOfRange, otherSystem } = GeometryOutcome;

const deep = (levels: number): string => `${'GEOMETRYCOLLECTION('.repeat(levels)}POINT(1 2)${')'.repeat(levels)}`;

const outcomes: readonly (readonly [string, GeometryOutcome])[] = [
  ['point(1 2)', ok],
  ['  POINT ( -1.5e1   .5 )\n', ok],
  ['SRID=4326;POINT(1 2)', ok],
  ['srid=3857;POINT(1 2)', ok],
  ['SRID=25830;POINT(1 2)', otherSystem],
  ['LINESTRING(0 0, 1 1)', ok],
  ['MULTIPOINT(0 0,(1 1),EMPTY)', ok],
  ['POINT EMPTY', empty],
  ['POLYGON EMPTY', empty],
  ['GEOMETRYCOLLECTION(POINT EMPTY)', empty],
  ['', empty],
  ['   ', empty],
  ['POINT', invalid],
  ['POINT()', invalid],
  ['POINT(1)', invalid],
  ['POINT(1 2', invalid],
  ['POINT(1 2) x', invalid],
  ['POINT(1 2 3 4 5)', invalid],
  ['POINT(1-2 3)', invalid],
  ['POINT(nan 1)', invalid],
  ['POINT(1e999 1)', invalid],
  ['POINT Z(1 2)', invalid],
  ['LINESTRING(0 0,1 1 1)', invalid],
  ['CIRCULARSTRING(0 0,1 1,2 0)', ok],
  ['COMPOUNDCURVE Z (CIRCULARSTRING Z (0 0 1,1 1 2,2 0 3),(2 0 3,3 0 4))', ok],
  ['CURVEPOLYGON(CIRCULARSTRING(0 0,4 0,4 4,0 4,0 0),(1 1,3 3,3 1,1 1))', ok],
  ['MULTISURFACE(CURVEPOLYGON(CIRCULARSTRING(0 0,4 0,4 4,0 4,0 0)),((10 10,14 12,11 10,10 10)))', ok],
  ['COMPOUNDCURVE(CIRCULARSTRING(0 0,1 1,2 0)', invalid],
  ['TIN Z (((0 0 0,0 0 1,0 1 0,0 0 0)))', ok],
  ['TRIANGLE((0 0,0 9,9 0,0 0))', ok],
  ['<Point><coordinates>121.975,36.975</coordinates></Point>', ok],
  [
    '<MultiGeometry><Point><coordinates>1,2</coordinates></Point><LineString><tessellate>1</tessellate><coordinates>1,2,3 4,5,6</coordinates></LineString></MultiGeometry>',
    ok,
  ],
  [
    '<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing></outerBoundaryIs></Polygon>',
    ok,
  ],
  ['<Point><coordinates>1;2</coordinates></Point>', invalid],
  ['<Point>', invalid],
  ['Point Street 5', invalid],
  ['POLYGON((0 0,1 1,1 0,0.5 0))', ok],
  ['POLYGON((0 0,1 1,1 0))', ok],
  ['POLYGON((0 0,1 1))', invalid],
  ['POLYGON((0 0,1 1,0 0))', invalid],
  ['POLYGON((0 0,9 0,9 9,0 0),(1 1,2 1))', invalid],
  ['POINT(181 0)', outOfRange],
  ['POINT(0 90.1)', outOfRange],
  ['POINT(-180.0000000001 90.0000000001)', ok],
  ['POINT(200 1e999)', invalid],
  [deep(32), ok],
  [deep(33), invalid],
  [deep(2000), invalid],
  ['0101000000000000000000F03F0000000000000040', ok],
  ['0101000020E6100000000000000000f03f0000000000000040', ok],
  ['00000000013FF00000000000004000000000000000', ok],
  ['0101000000000000000000F03F00000000000000', invalid],
  ['0101000000000000000000F03F000000000000004000', invalid],
  ['0101000000000000000000F03F000000000000004', invalid],
  ['0101000000000000000000F87F0000000000000040', invalid],
  ['0102000000FFFFFFFF', invalid],
  ['01', invalid],
  ['{"type":"Point","coordinates":[1,2]}', ok],
  [' { "coordinates" : [ 1 , 2 ] , "type" : "Point" } ', ok],
  ['{"type":"Point","coordinates":[1,2],"bbox":[1,[2]],"x":{"type":"LineString"}}', ok],
  ['{"type":"Point","coordinates":[1,2,3]}', ok],
  ['{"type":"Point","coordinates":[1,2,3,4,5]}', ok],
  ['{"type":"MultiPoint","coordinates":[[1,2],[3,4,5]]}', ok],
  ['{"type":"Point","coordinates":[]}', empty],
  ['{"type":"Polygon","coordinates":[]}', empty],
  ['{"type":"Point","coordinates":null}', empty],
  ['{"type":"GeometryCollection","geometries":[]}', empty],
  ['{"type":"Point","crs":{"type":"name","properties":{"name":"EPSG:3857"}},"coordinates":[1,2]}', ok],
  ['{"type":"Point","crs":{"type":"name","properties":{"name":"EPSG:25830"}},"coordinates":[1,2]}', otherSystem],
  ['{"type":"Point","coordinates":["1","2"]}', invalid],
  ['{"type":"Point","coordinates":[1]}', invalid],
  ['{"type":"Point","coordinates":[1,null]}', invalid],
  ['{"type":"Point","coordinates":[1,2]', invalid],
  ['{"type":"Point","coordinates":[1,2]}}', invalid],
  ['{"type":"Point","coordinates":[[1,2]]}', invalid],
  ['{"type":"Point"}', invalid],
  ['{"type":"Circle","coordinates":[1,2]}', invalid],
  ['{"type":"LineString","coordinates":[[1,2]]}', invalid],
  ['{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1]]]}', ok],
  ['{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,0]],]}', invalid],
  [`{"type":"Polygon","coordinates":${'['.repeat(1_000_000)}`, invalid],
  ['{}', invalid],
  ['{', invalid],
];

describe('outcomes', () => {
  for (const [text, outcome] of outcomes) {
    test(`${text.slice(0, 90)} has outcome ${outcome}`, () => assert.equal(outcomeOf(text), outcome));
  }

  test('no prefix of a value is taken for the value', () => {
    for (const text of ['POLYGON((0 0,10 10,10 0,0 0))', '{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}']) {
      for (let end = 1; end < text.length; end++)
        assert.equal(outcomeOf(text.slice(0, end)), invalid, text.slice(0, end));
    }
  });

  test('a value ends where it is said to end, whatever follows in the buffer', () => {
    const bytes = Buffer.from('POINT(1 2)POINT(1 23456)');
    assert.equal(encodeOne((out) => encoder.text(bytes, 0, 10, out)).outcome, ok);
    assert.equal(encodeOne((out) => encoder.text(bytes, 10, 20, out)).outcome, invalid);
  });
});

/** JavaScript prints -0 as 0, so the texts of this file could not hold one. */
const ordinate = fc
  .oneof(
    fc.double({ min: -89, max: 89, noNaN: true }),
    fc.integer({ min: -89_000_000, max: 89_000_000 }).map((n) => n / 1e6),
  )
  .map((value) => value + 0);

/** Geometries that are valid, of every type and dimension. */
const geometries: fc.Arbitrary<DecodedGeometry> = fc
  .record({ hasZ: fc.boolean(), hasM: fc.boolean() })
  .chain(({ hasZ, hasM }) => {
    const width = 2 + Number(hasZ) + Number(hasM);
    const vertex = fc.array(ordinate, { minLength: width, maxLength: width });
    const line = fc.array(vertex, { minLength: 2, maxLength: 6 });
    const ring = fc.array(vertex, { minLength: 3, maxLength: 6 }).map((list) => [...list, list[0] ?? []]);
    const rings = fc.array(ring, { minLength: 1, maxLength: 3 });
    const of = (type: number, content: fc.Arbitrary<unknown[]>): fc.Arbitrary<DecodedGeometry> =>
      content.map((list) => ({ type, srid: null, hasZ, hasM, content: list }));
    const some = (part: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> =>
      fc.array(part, { minLength: 1, maxLength: 3 });
    const simple = [of(1, vertex), of(2, line), of(3, rings)] as const;
    const multi = simple.map((part, index) => of(4 + index, some(part)));
    const any = fc.oneof(...simple, ...multi);
    return fc.oneof(any, of(7, some(fc.oneof(any, of(7, some(any))))));
  });

const wktNames = [
  '',
  'POINT',
  'LINESTRING',
  'POLYGON',
  'MULTIPOINT',
  'MULTILINESTRING',
  'MULTIPOLYGON',
  'GEOMETRYCOLLECTION',
];

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isDecoded = (value: unknown): value is DecodedGeometry =>
  typeof value === 'object' && value !== null && 'content' in value;

function toWkt(geometry: DecodedGeometry): string {
  const vertex = (numbers: unknown): string => list(numbers).join(' ');
  const body = (one: DecodedGeometry): string => {
    if (one.type === 1) return `(${vertex(one.content)})`;
    const parts = one.content.map((part) => {
      if (one.type === 2) return vertex(part);
      if (one.type === 3) return `(${list(part).map(vertex).join(',')})`;
      if (!isDecoded(part)) return '';
      return one.type === 7 ? toWkt(part) : body(part);
    });
    return `(${parts.join(', ')})`;
  };
  const tag = `${geometry.hasZ ? 'Z' : ''}${geometry.hasM ? 'M' : ''}`;
  return `${wktNames[geometry.type]} ${tag} ${body(geometry)}`;
}

const jsonNames = ['', 'Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon'];

function toGeoJson(geometry: DecodedGeometry): object {
  const parts = geometry.content.filter(isDecoded);
  if (geometry.type === 7) return { type: 'GeometryCollection', geometries: parts.map(toGeoJson) };
  const coordinates = geometry.type > 3 ? parts.map((part) => part.content) : geometry.content;
  return { type: jsonNames[geometry.type], coordinates };
}

/** An encoder that keeps what the geometry has besides x and y. */
const solid = ({ hasZ, hasM }: DecodedGeometry): GeometryEncoder => {
  const extra = hasZ ? (hasM ? 'ZM' : 'Z') : hasM ? 'M' : undefined;
  return createGeometryEncoder({ srid: 4326, extra });
};

/** The geometry with all SRIDs as the encoder writes them. */
const withSrid = (geometry: DecodedGeometry): DecodedGeometry => ({ ...geometry, srid: 4326 });

describe('encoding and decoding is identity', () => {
  const check = (encode: (geometry: DecodedGeometry) => Buffer | null, only2dOrZ = false): void =>
    fc.assert(
      fc.property(geometries, (geometry) => {
        fc.pre(!only2dOrZ || !geometry.hasM);
        const bytes = encode(geometry);
        assert.ok(bytes);
        assert.deepEqual(decodeEwkb(bytes), withSrid(geometry));
      }),
      { seed, numRuns: 300 },
    );

  for (const isLittle of [true, false]) {
    for (const isIso of [true, false]) {
      test(`for ${isIso ? 'ISO' : 'extended'} WKB, ${isLittle ? 'little' : 'big'}-endian`, () =>
        check((geometry) => {
          const bytes = encodeWkb(geometry, { isLittle, isIso });
          return encodeOne((out) => solid(geometry).wkb(bytes, 0, bytes.length, out)).geometry;
        }));
    }
  }
  test('for hexadecimal EWKB', () =>
    check((geometry) => encodeText(solid(geometry), encodeWkb(withSrid(geometry)).toString('hex')).geometry));
  test('for WKT', () => check((geometry) => encodeText(solid(geometry), toWkt(geometry)).geometry));
  test('for GeoJSON', () =>
    check((geometry) => encodeText(solid(geometry), JSON.stringify(toGeoJson(geometry))).geometry, true));
  test('for GeoJSON with white space and the type behind the coordinates', () =>
    check((geometry) => {
      const members = Object.entries(toGeoJson(geometry)).reverse();
      return encodeText(solid(geometry), JSON.stringify(Object.fromEntries(members), null, 2)).geometry;
    }, true));
});

test('the_geom_webmercator has the structure of the_geom, its SRID 3857, and the formula of spherical mercator', () => {
  fc.assert(
    fc.property(geometries, (geometry) => {
      const bytes = encodeWkb(geometry);
      const { webmercator } = encodeOne((out) => solid(geometry).wkb(bytes, 0, bytes.length, out));
      assert.ok(webmercator);
      const decoded = decodeEwkb(webmercator);
      assert.equal(decoded.srid, 3857);
      const near = (value: unknown, source: unknown): void => {
        if (isDecoded(value) && isDecoded(source)) {
          near(value.content, source.content);
          return;
        }
        const [x, y, ...others] = list(value);
        const [longitude, latitude] = list(source);
        if (typeof x !== 'number') {
          list(source).forEach((part, n) => {
            near(list(value)[n], part);
          });
          return;
        }
        const radians = (Number(latitude) * Math.PI) / 180;
        assert.ok(Math.abs(x - (6378137 * Number(longitude) * Math.PI) / 180) < 1e-8);
        assert.ok(Math.abs(Number(y) - 6378137 * Math.asinh(Math.tan(radians))) < 1e-7);
        assert.deepEqual(others, []);
      };
      near(decoded, geometry);
    }),
    { seed, numRuns: 300 },
  );
});

const contentOf = (bytes: Buffer | null): unknown => (bytes === null ? null : decodeEwkb(bytes).content);

describe('projections', () => {
  test('a layer of 3857 keeps its coordinates in the_geom_webmercator and has degrees in the_geom', () => {
    const { geometry, webmercator } = encodeText(createGeometryEncoder({ srid: 3857 }), 'POINT(111319.49079327358 0)');
    assert.deepEqual(contentOf(webmercator), [111319.49079327358, 0]);
    assert.deepEqual(contentOf(geometry), [1, 0]);
  });

  test('900913 is 3857', () => {
    assert.deepEqual(contentOf(encodeText(encoder, 'SRID=900913;POINT(0 0)').geometry), [0, 0]);
  });

  test('a layer of another SRID has the_geom in that SRID and leaves the other to the database', () => {
    const { geometry, webmercator } = encodeText(
      createGeometryEncoder({ srid: 25830 }),
      'SRID=25830;POINT(440000 4470000)',
    );
    assert.equal(geometry && decodeEwkb(geometry).srid, 25830);
    assert.equal(webmercator, null);
  });

  test('a mercator coordinate beyond the antimeridian is out of range', () => {
    assert.equal(encodeText(createGeometryEncoder({ srid: 3857 }), 'POINT(30000000 0)').outcome, outOfRange);
  });
});

describe('the_geom_webmercator ends at 89 degrees of latitude', () => {
  const parts = (text: string): number[][] | null => {
    const { geometry, webmercator } = encodeText(encoder, text);
    assert.ok(geometry, 'the_geom is untouched');
    if (webmercator === null) return null;
    const flatten = (value: unknown): number[][] =>
      isDecoded(value)
        ? value.type === 1
          ? [value.content.map(Number)]
          : value.content.flatMap(flatten)
        : Array.isArray(value) && typeof value[0] === 'number'
          ? [value.map(Number)]
          : list(value).flatMap(flatten);
    return flatten(decodeEwkb(webmercator));
  };
  const edge = 30240971.958386146;

  test('a point beyond is NULL there, a point on it is not', () => {
    assert.equal(parts('POINT(0 89.0001)'), null);
    assert.equal(parts('POINT(0 -90)'), null);
    assert.equal(parts('POINT(0 89)')?.length, 1);
  });

  test('a polygon is cut and stays closed', () => {
    const ring = parts('POLYGON((0 80,10 80,10 90,0 90,0 80))') ?? [];
    assert.deepEqual(ring[0], ring.at(-1));
    assert.ok(ring.every(([, y]) => (y ?? 0) <= edge + 1e-6));
    assert.ok(ring.some(([, y]) => Math.abs((y ?? 0) - edge) < 1e-6));
  });

  test('what lies beyond altogether is NULL there', () => {
    assert.equal(parts('POLYGON((0 89.5,10 89.5,10 90,0 89.5))'), null);
    assert.equal(parts('LINESTRING(0 89.5,10 90)'), null);
    assert.equal(parts('MULTIPOINT(0 90,0 -90)'), null);
    assert.equal(parts('POLYGON((0 89,10 89,10 90,0 89))'), null);
  });

  test('a line that leaves and comes back is two lines, a multipoint loses the points beyond', () => {
    assert.equal(parts('LINESTRING(0 0,0 90,1 90,1 0)')?.length, 4);
    assert.equal(parts('MULTIPOINT(0 90,0 1)')?.length, 1);
  });
});

describe('rings of polygons that lack their last vertex', () => {
  const vertex = fc.tuple(fc.integer({ min: -80, max: 80 }), fc.integer({ min: -80, max: 80 }), fc.integer());
  const openRing = fc.uniqueArray(vertex, { minLength: 3, maxLength: 9, selector: ([x, y]) => `${x} ${y}` });
  const polygon = fc.array(fc.tuple(openRing, fc.boolean()), { minLength: 1, maxLength: 3 });

  test('are what they are with it, in every notation, and are counted', () => {
    fc.assert(
      fc.property(fc.array(polygon, { minLength: 1, maxLength: 3 }), fc.boolean(), (polygons, isFlat) => {
        const positions = (isClosed: boolean): number[][][][] =>
          polygons.map((rings) =>
            rings.map(([ring, isGood]) => {
              const all = isClosed || isGood ? [...ring, ...ring.slice(0, 1)] : ring;
              return all.map((ordinates) => ordinates.slice(0, isFlat ? 2 : 3));
            }),
          );
        const geojson = (coordinates: number[][][][]): string =>
          JSON.stringify({ type: 'GeometryCollection', geometries: [{ type: 'MultiPolygon', coordinates }] });
        const parts = (list: readonly string[]): string => `(${list.join(',')})`;
        const wkt = (coordinates: number[][][][]): string =>
          `MULTIPOLYGON${parts(coordinates.map((rings) => parts(rings.map((ring) => parts(ring.map((one) => one.join(' ')))))))}`;
        const open = polygons.flat().filter(([, isGood]) => !isGood).length;
        for (const write of [geojson, wkt]) {
          const before = encoder.closedRings;
          assert.deepEqual(encodeText(encoder, write(positions(false))), encodeText(encoder, write(positions(true))));
          assert.equal(encoder.closedRings - before, open);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  test('stay no geometry where another ring is none, and are not counted', () => {
    const before = encoder.closedRings;
    assert.equal(outcomeOf('MULTIPOLYGON(((0 0,1 1,1 0)),((5 5,6 6)))'), invalid);
    assert.equal(outcomeOf('POLYGON((0 0,400 1,1 0))'), outOfRange);
    assert.equal(encoder.closedRings, before);
  });
});

const srids: readonly (readonly [string, number])[] = [
  ['SRID=25830;POINT(1 2)', 25830],
  ['POINT(1 2)', 0],
  ['0101000020E6100000000000000000F03F0000000000000040', 4326],
  ['0101000000000000000000F03F0000000000000040', 0],
  ['{"type":"Point","crs":{"type":"name","properties":{"name":"EPSG:25830"}},"coordinates":[1,2]}', 25830],
  ['{"type":"Point","coordinates":[1,2]}', 0],
  ['', 0],
];

for (const [text, srid] of srids) {
  test(`the SRID that ${text} names itself is ${srid}`, () => {
    encodeText(encoder, text);
    assert.equal(encoder.ownSrid, srid);
  });
}

test('binary rubbish is invalid and never read beyond its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const framed = Buffer.concat([Buffer.from([1, (bytes[0] ?? 0) % 8, 0, 0, 0]), bytes]);
      const { outcome, geometry } = encodeOne((out) => encoder.wkb(framed, 0, framed.length, out));
      if (outcome === ok) assert.ok(geometry && decodeEwkb(geometry));
      encodeOne((out) => encoder.text(bytes, 0, bytes.length, out));
      encodeOne((out) => encoder.geojson(bytes, 0, bytes.length, out));
    }),
    { seed, numRuns: 1000 },
  );
});

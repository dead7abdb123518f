import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { createGeometryEncoder, GeometryOutcome } from '../../src/read/wkb.ts';
import { decodeEwkb, encodeOne, encodeText, encodeWkb, flat } from '../support/geometry.ts';

const serverUrl = process.env.TEST_DATABASE_URL;

/** Values that PostGIS's text parser and the encoder must read alike, coordinates within ±89 degrees. */
const texts = [
  'POINT(1 2)',
  'POINT(-179.999999999 -88.9999999)',
  'POINT(0 0)',
  'POINT(0.000001 -0.000001)',
  'POINT Z (1 2 3)',
  'POINTM(1 2 3)',
  'POINT ZM (1 2 3 4)',
  'LINESTRING(-3.7037902 40.4167754,2.1733977 41.3850639)',
  'LINESTRING Z (0 0 1,180 80.0000001 2)',
  'POLYGON((0 0,0 10,10 10,10 0,0 0),(1 1,1 2,2 2,1 1))',
  'MULTIPOINT((1 2),(3 4))',
  'MULTIPOINT(1 2,3 4)',
  'MULTIPOINT(1 2,EMPTY)',
  'MULTILINESTRING((0 0,1 1),(2 2,3 3))',
  'MULTIPOLYGON(((0 0,0 1,1 1,0 0)),((5 5,5 6,6 6,5 5)))',
  'GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1),GEOMETRYCOLLECTION(POINT(3 4)))',
  'GEOMETRYCOLLECTION Z(POINT Z(1 2 3),POLYGON Z((0 0 1,0 1 1,1 1 1,0 0 1)))',
  'GEOMETRYCOLLECTION(POINT EMPTY,POINT(1 2))',
  'GEOMETRYCOLLECTION(POLYGON EMPTY,MULTIPOINT EMPTY,POINT(1 2))',
];

const curves: readonly string[] = [
  'CIRCULARSTRING(0 0,1 1,2 0)',
  'COMPOUNDCURVE(CIRCULARSTRING(0 0,1 1,2 0),(2 0,3 0))',
  'CURVEPOLYGON(CIRCULARSTRING(0 0,4 0,4 4,0 4,0 0),(1 1,3 3,3 1,1 1))',
  'MULTICURVE((0 0,5 5),CIRCULARSTRING(4 0,4 4,8 4))',
  'MULTISURFACE(CURVEPOLYGON(CIRCULARSTRING(0 0,4 0,4 4,0 4,0 0)),((10 10,14 12,11 10,10 10)))',
];

/** Geometries that PostGIS refuses to read from COPY: one of them would end a whole load. */
const refused = {
  'a line of one vertex': flat(2, [[1, 1]], 4326),
  'a ring of three vertices': flat(
    3,
    [
      [
        [0, 0],
        [1, 1],
        [0, 0],
      ],
    ],
    4326,
  ),
  'an open ring': flat(
    3,
    [
      [
        [0, 0],
        [1, 1],
        [1, 0],
        [2, 2],
      ],
    ],
    4326,
  ),
  'a ring without vertices': flat(3, [[]], 4326),
  'an open ring in a MultiPolygon': flat(
    6,
    [
      flat(3, [
        [
          [0, 0],
          [1, 1],
          [1, 0],
          [2, 2],
        ],
      ]),
    ],
    4326,
  ),
  'a line of one vertex in a collection': flat(7, [flat(2, [[1, 1]])], 4326),
  'a line in a MultiPoint': flat(
    4,
    [
      flat(2, [
        [1, 1],
        [2, 2],
      ]),
    ],
    4326,
  ),
};

describe('geometries against PostGIS', {
  skip: serverUrl === undefined && 'needs PostgreSQL with PostGIS: npm run test:pg',
}, () => {
  let client: pg.Client;
  before(async () => {
    client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    await client.query('create extension if not exists postgis');
    await client.query('create temp table taken (n int, g geometry(geometry, 4326), w geometry(geometry, 3857))');
  });
  after(() => client.end());

  const one = async <T>(text: string, values: unknown[]): Promise<T> =>
    (await client.query(text, values)).rows[0].value;

  /** Sends rows of `n` and the two fields through COPY BINARY. */
  const copy = async (rows: readonly { geometry: Buffer | null; webmercator: Buffer | null }[]): Promise<void> => {
    const parts: Buffer[] = [Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')];
    const field = (value: Buffer | null): void => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(value?.length ?? -1);
      parts.push(length, value ?? Buffer.alloc(0));
    };
    rows.forEach((row, n) => {
      parts.push(Buffer.from([0, 3, 0, 0, 0, 4, 0, 0, n >> 8, n & 255]));
      field(row.geometry);
      field(row.webmercator);
    });
    parts.push(Buffer.from([0xff, 0xff]));
    await client.query('truncate taken');
    const stream = client.query(copyFrom('copy taken from stdin (format binary)'));
    await new Promise<void>((resolve, reject) => {
      stream.on('finish', resolve).on('error', reject);
      stream.end(Buffer.concat(parts));
    });
  };

  for (const text of texts) {
    test(`the_geom is ST_AsEWKB of ${text}, and the_geom_webmercator its ST_Transform`, async () => {
      const encoded = encodeText(createGeometryEncoder({ srid: 4326, extra: extraOf(text) }), text);
      assert.equal(encoded.outcome, GeometryOutcome.ok);
      const expected = await one<Buffer>(`select st_asewkb(st_setsrid($1::geometry, 4326), 'NDR') as value`, [text]);
      assert.equal(encoded.geometry?.toString('hex'), expected.toString('hex'));
      const transformed = await one<Buffer>(
        `select st_asewkb(st_force2d(st_transform(st_setsrid($1::geometry, 4326), 3857)), 'NDR') as value`,
        [text],
      );
      assert.ok(encoded.webmercator);
      assertClose(numbersOf(encoded.webmercator), numbersOf(transformed));
    });
  }

  test('ten thousand points agree with ST_Transform to 1e-9, both ways', async () => {
    const forward = createGeometryEncoder({ srid: 4326 });
    const inverse = createGeometryEncoder({ srid: 3857 });
    const points = Array.from(
      { length: 10_000 },
      (_, n) => [((n * 36.1) % 360) - 180, ((n * 17.77777) % 178) - 89] as const,
    );
    const { rows } = await client.query<{ x: number; y: number }>(
      `select st_x(g) as x, st_y(g) as y from (
         select st_transform(st_setsrid(st_makepoint(a, b), 4326), 3857) as g, n
         from unnest($1::float8[], $2::float8[]) with ordinality as t (a, b, n)) as s order by n`,
      [points.map(([x]) => x), points.map(([, y]) => y)],
    );
    points.forEach(([longitude, latitude], n) => {
      const { webmercator } = encodeOne((out) => forward.point(longitude, latitude, out));
      const { x, y } = rows[n]!;
      assertClose(numbersOf(webmercator!), [x, y]);
      const { geometry } = encodeOne((out) => inverse.point(x, y, out));
      assertClose(numbersOf(geometry!), [longitude, latitude]);
    });
  });

  test('everything that is encoded is taken by COPY BINARY, clipped geometries too', async () => {
    const encoder = createGeometryEncoder({ srid: 4326 });
    const clipped = [
      'POLYGON((-180 -90,-180 -60,180 -60,180 -90,-180 -90))',
      'LINESTRING(0 80,0 90,10 90,10 80)',
      'GEOMETRYCOLLECTION(POINT(0 90),LINESTRING(0 80,0 90,10 90,10 80),POLYGON((0 80,0 90,1 90,1 80,0 80)))',
      'MULTIPOLYGON(((0 80,0 90,1 90,1 80,0 80)),((0 89.5,0 90,1 90,0 89.5)))',
    ];
    const rows = [...texts, ...clipped].map((text) => encodeText(encoder, text));
    await copy(rows);
    assert.equal(
      await one(`select count(*)::int as value from taken where g is not null and w is not null`, []),
      rows.length,
    );
    const beyond = await one(
      `select count(*)::int as value from taken where st_ymax(w) > st_y(st_transform(st_setsrid(st_makepoint(0, 89), 4326), 3857)) + 1e-6`,
      [],
    );
    assert.equal(beyond, 0);
  });

  test('clipping a convex polygon and a line gives what ST_Intersection with the band gives', async () => {
    const encoder = createGeometryEncoder({ srid: 4326 });
    for (const text of [
      'POLYGON((-170 -90,-170 -60,170 -60,170 -90,-170 -90))',
      'LINESTRING(0 80,5 90,10 90,12 80)',
      'MULTILINESTRING((0 85,1 90),(3 3,4 4))',
    ]) {
      const { webmercator } = encodeText(encoder, text);
      const isEqual = await one(
        `select st_hausdorffdistance($2::geometry,
           st_transform(st_intersection(st_setsrid($1::geometry, 4326), st_makeenvelope(-180, -89, 180, 89, 4326)), 3857)) < 1e-3 as value`,
        [text, webmercator?.toString('hex')],
      );
      assert.equal(isEqual, true, text);
    }
  });

  for (const [name, geometry] of Object.entries(refused)) {
    test(`PostGIS refuses ${name} in a COPY, and here it is ${name.startsWith('an open') ? 'closed' : 'invalid'}`, async () => {
      const bytes = encodeWkb(geometry);
      await assert.rejects(copy([{ geometry: bytes, webmercator: null }]));
      const written = encodeOne((out) => createGeometryEncoder({ srid: 4326 }).wkb(bytes, 0, bytes.length, out));
      if (!name.startsWith('an open')) return assert.equal(written.outcome, GeometryOutcome.invalid);
      assert.equal(written.outcome, GeometryOutcome.ok);
      await copy([written]);
    });
  }

  for (const text of curves) {
    test(`${text} becomes what ST_CurveToLine makes of it, as text and as binary`, async () => {
      const binary = await one<Buffer>(`select st_asewkb($1::geometry, 'XDR') as value`, [text]);
      for (const form of [text, binary.toString('hex')]) {
        const encoder = createGeometryEncoder({ srid: 4326 });
        const { geometry } = encodeText(encoder, form);
        assert.ok(geometry);
        assert.equal(encoder.linearised, 1);
        const distance = await one<number>(
          `select st_hausdorffdistance($1::geometry, st_setsrid(st_curvetoline($2::geometry), 4326)) as value`,
          [geometry.toString('hex'), text],
        );
        assert.ok(distance < 1e-9, `${distance}`);
      }
    });
  }

  test('PostGIS refuses Z in the columns of an imported table, and here it is dropped and counted', async () => {
    const text = 'GEOMETRYCOLLECTION ZM (POINT ZM (1 2 3 4),POLYGON ZM ((0 0 1 1,0 1 1 1,1 1 1 1,0 0 1 1)))';
    const solid = encodeText(createGeometryEncoder({ srid: 4326, extra: 'ZM' }), text);
    await assert.rejects(copy([solid]), /Z dimension/);
    const encoder = createGeometryEncoder({ srid: 4326 });
    await copy([encodeText(encoder, text)]);
    assert.equal(
      await one(`select st_astext(g) as value from taken`, []),
      'GEOMETRYCOLLECTION(POINT(1 2),POLYGON((0 0,0 1,1 1,0 0)))',
    );
    assert.equal(encoder.flattened, 1);
  });
});

const extraOf = (text: string): 'Z' | 'M' | 'ZM' | undefined =>
  (['ZM', 'Z', 'M'] as const).find((tag) => new RegExp(`^[A-Z]+? ?${tag}\\b`).test(text));

/** All ordinates of a geometry, in order. */
const numbersOf = (ewkb: Buffer): number[] => {
  const flat = (value: unknown): number[] =>
    typeof value === 'number'
      ? [value]
      : Array.isArray(value)
        ? value.flatMap(flat)
        : typeof value === 'object' && value !== null && 'content' in value
          ? flat(value.content)
          : [];
  return flat(decodeEwkb(ewkb));
};

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, n) => {
    const other = expected[n] ?? Number.NaN;
    // A metre's 1e-9 is the rounding of the coordinates themselves near zero.
    const isClose = Object.is(value, other) || Math.abs(value - other) <= 1e-9 * Math.max(1, Math.abs(other));
    assert.ok(isClose, `${value} is not ${other}`);
  });
}

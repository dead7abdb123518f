import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv, readToEnd, withCsv } from '../../test/support/read-csv.ts';
import type { Layer } from '../domain/layer.ts';
import { defaultReading } from '../domain/reading.ts';
import { readLayer } from './read-layer.ts';

const values = async (text: string): Promise<readonly (readonly (string | null)[])[]> =>
  (await readCsv(text)).decoded.map((row) => row.values);

test('types are those that print every value back', async () => {
  const { types, decoded, passes } = await readCsv(
    'zip,id,price,exact,when,day,open,uuid,note\n' +
      '00501,9223372036854775807,1.5,0.12345678901234567890,2020-01-01T10:00:00,2020-02-29,true,' +
      '123e4567-e89b-12d3-a456-426614174000,"a ""b"""\n' +
      '10001,-1,-2.5e-7,7,2020-01-01,0001-01-01,false,00000000-0000-0000-0000-000000000000,\n',
  );
  assert.deepEqual(types, [
    'zip text',
    'id bigint',
    'price double precision',
    'exact numeric',
    '_when timestamp',
    'day date',
    'open boolean',
    'uuid uuid',
    'note text',
  ]);
  assert.equal(passes, 1);
  assert.deepEqual(
    decoded.map((row) => row.values),
    [
      [
        '00501',
        '9223372036854775807',
        '1.5',
        '0.12345678901234567890',
        '2020-01-01 10:00:00',
        '2020-02-29',
        'true',
        '123e4567-e89b-12d3-a456-426614174000',
        'a "b"',
      ],
      [
        '10001',
        '-1',
        '-2.5e-07',
        '7',
        '2020-01-01 00:00:00',
        '0001-01-01',
        'false',
        '00000000-0000-0000-0000-000000000000',
        null,
      ],
    ],
  );
  assert.deepEqual(
    decoded.map((row) => row.cartodbId),
    ['1', '2'],
  );
});

test('an empty cell is NULL, a quoted one is an empty text and NULL elsewhere', async () => {
  assert.deepEqual(await values('t,n\na,1\n,\n"",""\n'), [
    ['a', '1'],
    [null, null],
    ['', null],
  ]);
});

test('a column without values is text', async () => {
  assert.deepEqual((await readCsv('a,b\n,""\n,\n')).types, ['a text', 'b text']);
});

test('a header alone is a table without rows', async () => {
  const { types, rows, passes } = await readCsv('lon,lat,name\n');
  assert.deepEqual([types, rows, passes], [['lon text', 'lat text', 'name text'], 0, 1]);
});

test('without type guessing all is text, and coordinates still make points', async () => {
  const { types, decoded } = await readCsv('lon,lat,n\n1,2,3\n', { typeGuessing: false });
  assert.deepEqual(types, ['lon text', 'lat text', 'n text']);
  assert.notEqual(decoded[0]?.geometry, null);
});

test('without guessing of quoted fields a quoted value makes its column text', async () => {
  const { types } = await readCsv('a,b,c\n"1",2,""\n3,4,5\n', { quotedFieldsGuessing: false });
  assert.deepEqual(types, ['a text', 'b bigint', 'c text']);
});

const padding = 'x'.repeat(1000);
const longRows = 1300;

/** A file longer than what the sample sees, with a wide column at the front and one line of its own at the end. */
const long = (header: string, line: string, last: string): string =>
  `pad,${header}\n${`${padding},${line}\n`.repeat(longRows)}${padding},${last}\n`;

test('a value beyond the sample widens its column by exactly one repeat', async () => {
  const { types, passes, decoded, rows } = await readCsv(long('n,m', '1,2.5', '0017,2.5'));
  assert.deepEqual([types, passes, rows], [['pad text', 'n text', 'm double precision'], 2, longRows + 1]);
  assert.deepEqual(
    [decoded[0]?.values, decoded.at(-1)?.values],
    [
      [padding, '1', '2.5'],
      [padding, '0017', '2.5'],
    ],
  );
});

test('two surprises, the second behind the first, still cost one repeat', async () => {
  const { types, passes } = await readCsv(`${long('n,m', '1,2.5', 'x,2.5')}p,1,2020-01-01\n`);
  assert.deepEqual([types, passes], [['pad text', 'n text', 'm text'], 2]);
});

test('a column that is empty in the sample gets its type by one repeat', async () => {
  const { types, passes } = await readCsv(long('n,m', '1,', '2,2020-01-01'));
  assert.deepEqual([types, passes], [['pad text', 'n bigint', 'm date'], 2]);
});

test('a longitude and latitude pair becomes a point in both projections and is kept', async () => {
  const { schema, decoded, types } = await readCsv('Name,LNG,Lat\nMadrid,-3.7,40.4\nnowhere,,\n');
  assert.deepEqual(schema.geometry, { kind: 'lonlat', longitude: 1, latitude: 2 });
  assert.deepEqual(types, ['name text', 'lng double precision', 'lat double precision']);
  const point = Buffer.from(decoded[0]?.geometry ?? '', 'hex');
  assert.deepEqual([point.readDoubleLE(9), point.readDoubleLE(17)], [-3.7, 40.4]);
  assert.equal(Buffer.from(decoded[0]?.webmercator ?? '', 'hex').readUInt32LE(5), 3857);
  assert.equal(decoded[1]?.geometry, null);
});

test('coordinates out of range and other texts give no point and are told', async () => {
  const { warnings, decoded, types } = await readCsv('lon,lat\n1,2\n3,4\n181,0\n0,-91\nN/A,5\n6,\n');
  assert.deepEqual(types, ['lon text', 'lat bigint']);
  assert.deepEqual(
    decoded.map((row) => row.geometry !== null),
    [true, true, false, false, false, false],
  );
  assert.deepEqual(warnings, {
    out_of_range_coordinates: {
      count: 2,
      first: [
        { row: 3, line: 4, value: '181, 0' },
        { row: 4, line: 5, value: '0, -91' },
      ],
    },
    invalid_geometries: { count: 1, first: [{ row: 5, line: 6, value: 'N/A, 5' }] },
    rejects: { count: 3 },
  });
});

test('a geometry column is consumed, each value by its own notation', async () => {
  const { types, schema, decoded, warnings, rejects } = await readCsv(
    'name,geom,lon,lat\na,POINT(1 2),1,2\nb,"{""type"":""Point"",""coordinates"":[1,2]}",1,2\nc,broken,1,2\nd,,1,2\n' +
      'e,0101000000000000000000F03F0000000000000040,1,2\n',
  );
  assert.deepEqual(schema.geometry, { kind: 'column', column: 'geom' });
  assert.deepEqual(types, ['name text', 'lon bigint', 'lat bigint']);
  const [a, b, c, d, e] = decoded.map((row) => row.geometry);
  assert.deepEqual([b, c, d, e], [a, null, null, a]);
  assert.deepEqual(warnings, {
    invalid_geometries: { count: 1, first: [{ row: 3, line: 4, value: 'broken' }] },
    rejects: { count: 1 },
  });
  assert.deepEqual(rejects, [{ layer: 'table', row: 3, offset: 86, column: 'geom', raw: 'broken', rule: 'geometry' }]);
});

test('rings that lack their last vertex are closed and told, those that are no ring are rejects', async () => {
  const { decoded, warnings } = await readCsv(
    'name,geom\na,"POLYGON((0 0,1 1,1 0))"\nb,"POLYGON((0 0,1 1,1 0,0 0))"\nc,"POLYGON((0 0,1 1))"\n',
  );
  const [a, b, c] = decoded.map((row) => row.geometry);
  assert.deepEqual([a, c], [b, null]);
  assert.ok(a);
  assert.deepEqual(warnings, {
    invalid_geometries: { count: 1, first: [{ row: 3, line: 4, value: 'POLYGON((0 0,1 1))' }] },
    closed_rings: { count: 1 },
    rejects: { count: 1 },
  });
});

test('an empty geometry column does not beat a pair of coordinates', async () => {
  const { types, schema } = await readCsv('the_geom,lon,lat,the_geom_webmercator\n,1,2,\n');
  assert.equal(schema.geometry.kind, 'lonlat');
  assert.deepEqual(types, ['lon bigint', 'lat bigint']);
});

test('a the_geom that is no geometry is kept under another name', async () => {
  const { types, schema } = await readCsv('the_geom,n\nMadrid,1\nParis,2\n');
  assert.deepEqual([schema.geometry.kind, types], ['none', ['invalid_the_geom text', 'n bigint']]);
});

test('a column that only began like geometry is text after one repeat', async () => {
  const head = `geom,pad\n${`POINT(1 2),${padding}\n`.repeat(longRows)}`;
  const { types, passes, schema, warnings } = await readCsv(`${head}${'x,1\n'.repeat(longRows + 1)}`);
  assert.deepEqual([types, passes, schema.geometry.kind], [['geom text', 'pad text'], 2, 'none']);
  assert.deepEqual(warnings, {});
});

test("the source's cartodb_id is kept", async () => {
  const { schema, decoded, types } = await readCsv('name,CartoDB_ID\na,7\nb,3\n');
  assert.equal(schema.cartodbId, 'source');
  assert.deepEqual([decoded.map((row) => row.cartodbId), types], [['7', '3'], ['name text']]);
});

for (const [found, detail] of [
  ['', /Row 2 \(line 3\), column cartodb_id: there is no value/],
  ['-1', /Row 2 .*"-1" is not a whole number/],
  ['1.5', /"1\.5"/],
  ['9223372036854775808', /"9223372036854775808"/],
] as const) {
  test(`a cartodb_id of "${found}" is an error that names its row`, async () => {
    await assert.rejects(readCsv(`cartodb_id,n\n1,1\n${found},2\n`), { kind: 'badCartodbId', message: detail });
  });
}

test('rows shorter than the header end in NULL, longer ones have columns of their own', async () => {
  const { decoded, schema, warnings } = await readCsv('a,b\n1\n1,2,,x\n1,2,\n');
  assert.deepEqual(
    schema.columns.map(({ source }) => source),
    ['a', 'b', '_extra', '_extra_2'],
  );
  assert.deepEqual(
    decoded.map((row) => row.values),
    [
      ['1', null, null, null],
      ['1', '2', null, 'x'],
      ['1', '2', null, null],
    ],
  );
  assert.deepEqual(warnings, { short_rows: { count: 1, first: [{ row: 1, line: 2, value: '1' }] } });
});

test('where extra cells are to be rejects, the first hundred are told', async () => {
  const rows = `${'1,2\n'.repeat(260)}${'1,2,x\n'.repeat(250)}`;
  const { warnings, types } = await readCsv(`a,b\n${rows}`, { extraCells: 'reject' });
  const { count, first } = warnings.extra_cells as { count: number; first: unknown[] };
  assert.deepEqual([count, first.length, first[0]], [250, 100, { row: 261, line: 262, column: 3, value: 'x' }]);
  assert.equal(types.length, 2);
});

test('more rows than allowed are an error', async () => {
  await assert.rejects(readCsv('a\n1\n2\n3\n', { maxRows: 2 }), { kind: 'tooManyRows' });
  assert.equal((await readCsv('a\n1\n2\n', { maxRows: 2 })).rows, 2);
});

test('more columns than a table holds are an error', async () => {
  const header = (count: number): string => Array.from({ length: count }, (_, i) => `c${i}`).join(',');
  await assert.rejects(readCsv(`${header(1597)}\n`), { kind: 'tooManyColumns' });
  await assert.rejects(readCsv(`${header(10_000)}\n`), { kind: 'tooManyColumns' });
  assert.equal((await readCsv(`${header(1596)}\n`)).types.length, 1596);
});

test('columns without a name are called by their position', async () => {
  assert.deepEqual((await readCsv('a,,c, \n1,2,3,4\n')).types, [
    'a bigint',
    'field_2 bigint',
    'c bigint',
    'field_4 bigint',
  ]);
});

test('a text full of long cells grows the buffer and stays whole', async () => {
  const cell = 'é"x'.repeat(500_000);
  const { decoded } = await readCsv(`a,b\n"${cell.replaceAll('"', '""')}",${'y'.repeat(3_000_000)}\n1,2\n`);
  assert.equal(decoded[0]?.values[0], cell);
  assert.equal(decoded[0]?.values[1]?.length, 3_000_000);
});

for (const [title, header, row, expected, told] of [
  [
    'one bad byte in a file of UTF-8 is replaced and told',
    'naïve',
    `ñ${padding},1\n`,
    ['naïve', 'caf\ufffd', `ñ${padding}`],
    1,
  ],
  ['the first byte that is not ASCII tells the encoding', 'n1', `n${padding},1\n`, ['n1', 'café', `n${padding}`], 0],
] as const) {
  test(`${title}, wherever it stands`, async () => {
    const lines = row.repeat(longRows);
    const bad = Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9]), Buffer.from(',2\n')]);
    const names = Buffer.from(`${header},n\n`);
    const early = await readCsv(Buffer.concat([names, bad, Buffer.from(lines)]));
    const late = await readCsv(Buffer.concat([names, Buffer.from(lines), bad]));
    assert.deepEqual(early.types, late.types);
    const [source, first, last] = expected;
    assert.deepEqual(late.schema.columns[0]?.source, source);
    assert.deepEqual(
      [late.decoded.at(-1)?.values, early.decoded[0]?.values],
      [
        [first, '2'],
        [first, '2'],
      ],
    );
    assert.deepEqual([late.decoded[0]?.values[0], early.decoded.at(-1)?.values[0]], [last, last]);
    const count = (row: number, line: number): unknown => ({ count: 1, first: [{ row, line }] });
    const told1 = told === 0 ? undefined : count(1, 2);
    assert.deepEqual(early.warnings.invalid_characters, told1);
    assert.deepEqual(late.warnings.invalid_characters, told === 0 ? undefined : count(longRows + 1, longRows + 2));
  });
}

test('a column that appears while reading is a surprise with one repeat', async () => {
  await withCsv('a,b\n1,x\n2,y\n', async (csv) => {
    const columns = ['a'];
    const growing: Layer = {
      name: 'growing',
      srid: null,
      hasGeometry: false,
      columns,
      sample: async () => undefined,
      read: (onRecord) =>
        csv.read((record) => {
          if (record.row === 2 && columns.length === 1) columns.push('b');
          onRecord(record);
        }),
    };
    const { types, passes } = await readToEnd(growing);
    assert.deepEqual([types, passes], [['a bigint', 'b text'], 2]);
  });
});

test('what the layer throws goes through', async () => {
  await withCsv('a,b\n1,2\n3,4,"5\n6,7\n', async (layer) => {
    const sink = { begin: () => undefined, rows: () => undefined, abandon: () => undefined };
    const options = { ...defaultReading, maxRows: 10 };
    await assert.rejects(readLayer(layer, options, sink), { kind: 'malformedCsv', message: /line 3/ });
  });
});

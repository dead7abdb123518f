import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { columnNames, layerName, maxNameBytes, nextFreeName, tableName } from './naming.ts';

const identifier = /^[a-z_][a-z0-9_]*$/;
const long = 'longcolumn'.repeat(8).slice(0, 75);

/** Headers that are made to collide as well as any text. */
const header = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('a', 'A', '_', ' ', '1', '-', 'é', 'ж', '名', '<', '>', '&', ';', '.'),
    maxLength: 6,
  }),
  fc.constantFrom(
    'the_geom',
    'cartodb_id',
    'select',
    '_select',
    'xmin',
    'field_2',
    '',
    'a_1',
    'a_1_1',
    long,
    `${long}x`,
  ),
  fc.string({ unit: fc.constantFrom('a', '_', 'ß'), minLength: 58, maxLength: 70 }),
);

suite('column names', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['abc xyz', 'abc_xyz'],
    ['2abc', '_2abc'],
    ['CONVERT(BlueNumber USING utf8)', 'convert_bluenumber_using_utf8'],
    ['__5', '_5'],
    ['> min', 'min'],
    ['12_ schedule of visits.0', '_12_schedule_of_visits_0'],
    ['previous rent (£ per sq ft)', 'previous_rent_per_sq_ft'],
    ['description/名稱', 'description'],
    ['@relations', 'relations'],
    ['xmin', '_xmin'],
    ['SELECT', '_select'],
    ['1.0', '_1_0'],
    ['à', 'a'],
    ['Acadia 1.2.3', 'acadia_1_2_3'],
    ['_testingTesting', '_testingtesting'],
    ['Unnamed: 0', 'unnamed_0'],
    ['all', '_all'],
    ['Field: 2', 'field_2'],
    ['2 Items', '_2_items'],
    ['автотранспорта2', 'avtotransporta2'],
    ['Щёлочь', 'shcheloch'],
    ['Ελλάδα', 'ellada'],
    ['Straße Ærø Łódź İstanbul', 'strasse_aero_lodz_istanbul'],
    ['<b>total</b>', 'total'],
    ['a < b > c', 'a_b_c'],
    ['R&amp;D', 'r_d'],
    ['__proto__', '_proto'],
    ['名稱', 'field_1'],
    ['', 'field_1'],
    ['the_geom', 'the_geom_1'],
    ['CARTODB_ID', 'cartodb_id_1'],
    ['the geom webmercator', 'the_geom_webmercator_1'],
  ];
  for (const [original, expected] of cases) {
    test(`"${original}" becomes ${expected}`, () => assert.deepEqual(columnNames([original]), [expected]));
  }

  test('equal names are numbered in order', () => {
    assert.deepEqual(columnNames(['abc', 'Abc', 'aBc', 'ABC']), ['abc', 'abc_1', 'abc_2', 'abc_3']);
    assert.deepEqual(columnNames(['description', 'description/名稱']), ['description', 'description_1']);
    assert.deepEqual(columnNames(['a', 'a', 'a_1']), ['a', 'a_1', 'a_1_1']);
  });

  test('a column without a name is called after its position', () => {
    assert.deepEqual(columnNames(['a', '', 'field_2', '人口']), ['a', 'field_2', 'field_2_1', 'field_4']);
  });

  test('two names of 75 characters are cut to 63 bytes and kept apart', () => {
    assert.deepEqual(columnNames([long, long]), [long.slice(0, 63), `${long.slice(0, 61)}_1`]);
  });

  test('every table of names is valid, unique, within 63 bytes, and its own sanitised form', () => {
    fc.assert(
      fc.property(fc.array(header, { maxLength: 12 }), (headers) => {
        const names = columnNames(headers);
        assert.equal(names.length, headers.length);
        assert.equal(new Set([...names, 'cartodb_id', 'the_geom', 'the_geom_webmercator']).size, names.length + 3);
        for (const name of names) {
          assert.match(name, identifier);
          assert.ok(Buffer.byteLength(name) <= maxNameBytes, name);
        }
        assert.deepEqual(columnNames(names), names);
      }),
      { seed: 1, numRuns: 3000 },
    );
  });

  test('columns that appear later do not change the names before them', () => {
    fc.assert(
      fc.property(fc.array(header), fc.array(header), (first, later) => {
        assert.deepEqual(columnNames([...first, ...later]).slice(0, first.length), columnNames(first));
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});

suite('table names', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['all', 'all_t'],
    ['2012', 'table_2012'],
    ['política_agraria_común', 'politica_agraria_comun'],
    ['_penguins_below_80 (2)', 'table_penguins_below_80_2'],
    ['_penguins_below_80', 'table_penguins_below_80'],
    ['Weird Filename (2)', 'weird_filename_2'],
    ['a|b', 'a_b'],
    ['名稱', 'untitled_table'],
    ['', 'untitled_table'],
    ['spatial_ref_sys', 'spatial_ref_sys_t'],
    ['Table', 'table_t'],
  ];
  for (const [source, expected] of cases) {
    test(`"${source}" becomes ${expected}`, () => assert.equal(tableName(source), expected));
  }

  test('every table name is valid, begins with a letter, is within 63 bytes and its own sanitised form', () => {
    fc.assert(
      fc.property(header, (source) => {
        const name = tableName(source);
        assert.match(name, /^[a-z][a-z0-9_]*$/);
        assert.ok(Buffer.byteLength(name) <= maxNameBytes);
        assert.equal(tableName(name), name);
      }),
      { seed: 3, numRuns: 2000 },
    );
  });

  test('the next free name counts from 1 and stays within 63 bytes', () => {
    const taken = new Set(['t', 't_1', 'x'.repeat(63)]);
    assert.equal(
      nextFreeName('t', (name) => taken.has(name)),
      't_2',
    );
    assert.equal(
      nextFreeName('x'.repeat(63), (name) => taken.has(name)),
      `${'x'.repeat(61)}_1`,
    );
  });
});

test('a layer is called after its file without extensions and compression', () => {
  const cases = {
    'a.csv': 'a',
    'dir/a.b.csv.gz': 'a.b',
    'roads.geojson': 'roads',
    '2012.10': '2012.10',
    '.csv': '.csv',
  };
  for (const [file, expected] of Object.entries(cases)) assert.equal(layerName(file), expected);
});

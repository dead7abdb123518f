import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FileDescription } from './description.ts';
import { descriptionOf, isMetadataName, readDescriptions } from './read-descriptions.ts';

function read(document: unknown, name = 'csv-metadata.json'): readonly FileDescription[] | string {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-metadata-'));
  try {
    const path = join(folder, 'data');
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    writeFileSync(path, text);
    const found = readDescriptions({ path, name, sizeBytes: Buffer.byteLength(text), mediaType: null });
    return typeof found === 'string' ? found : found.files;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const none = { dialect: {}, encoding: null, decimal: null, nullValues: null, columns: [] };

test('CSVW says dialect, encoding, names, types, formats and NULL of a table', () => {
  const files = read({
    '@context': 'http://www.w3.org/ns/csvw',
    url: 'https://example.org/data/trees%20old.csv?x#y',
    dialect: { delimiter: ';', quoteChar: "'", doubleQuote: false, headerRowCount: 2, skipRows: 1, encoding: 'latin1' },
    null: ['NA', '-'],
    tableSchema: {
      columns: [
        { name: 'id', titles: ['ID', 'Nr'], datatype: 'string' },
        { name: 'planted', titles: { de: 'gepflanzt' }, datatype: { base: 'date', format: 'dd.MM.yyyy' } },
        { titles: 'height', datatype: { base: 'decimal', format: { decimalChar: ',' } } },
        { name: 'count', datatype: { base: 'integer', format: { groupChar: '.' } } },
        { name: 'alive', datatype: { base: 'boolean', format: 'J|N' } },
        { name: 'secret', suppressOutput: true, null: '' },
        { name: 'seen', datatype: 'dateTime' },
        { name: 'made', virtual: true },
      ],
    },
  });
  assert.deepEqual(files, [
    {
      file: 'trees old.csv',
      dialect: { delimiter: ';', quote: "'", escape: '\\', header: 2, skipRows: 1 },
      encoding: 'latin1',
      decimal: ',',
      nullValues: ['NA', '-'],
      columns: [
        { names: ['ID', 'Nr', 'id'], wish: { rename: 'id', type: 'text' } },
        { names: ['gepflanzt', 'planted'], wish: { rename: 'planted', dateFormat: 'dd.MM.yyyy' } },
        { names: ['height'], wish: { type: 'numeric' } },
        { names: ['count'], wish: { rename: 'count' } },
        { names: ['alive'], wish: { rename: 'alive' } },
        { names: ['secret'], wish: { rename: 'secret', drop: true, nullValues: [''] } },
        { names: ['seen'], wish: { rename: 'seen' } },
      ],
    },
  ]);
});

test('a group of tables describes each, and NAME-metadata.json without a URL is about NAME', () => {
  const group = read({ '@context': ['http://www.w3.org/ns/csvw'], tables: [{ url: 'a.csv' }, { url: 'sub/b.csv' }] });
  assert.deepEqual(group, [
    { ...none, file: 'a.csv' },
    { ...none, file: 'b.csv' },
  ]);
  const own = read({ tableSchema: {} }, 'trees.csv-metadata.json');
  assert.ok(typeof own !== 'string');
  assert.equal(descriptionOf(own, 'TREES.CSV', false)?.file, 'trees.csv');
  assert.equal(descriptionOf(own, 'other.csv', false), null);
  const stem = read({ tableSchema: {} }, 'trees-metadata.json');
  assert.ok(typeof stem !== 'string');
  assert.equal(descriptionOf(stem, 'trees.csv', false)?.file, 'trees');
});

test('a data package says the same of its resources', () => {
  const files = read(
    {
      resources: [
        {
          path: 'data/t.csv',
          encoding: 'utf-8',
          dialect: { csv: { delimiter: '|', quoteChar: null }, headerRows: [1, 2] },
          schema: {
            missingValues: ['', 'n/a'],
            fields: [
              { name: 'day', type: 'date', format: '%d/%m/%Y' },
              { name: 'at', type: 'datetime', format: '%Y-%m-%dT%H:%M:%SZ' },
              { name: 'when', type: 'date', format: '%j' },
              { name: 'price', title: 'Preis', type: 'number', decimalChar: ',' },
              { name: 'key', type: 'string', format: 'uuid' },
              { name: 'shape', type: 'geojson' },
              { name: 'open', type: 'boolean', trueValues: ['ja'] },
            ],
          },
        },
        { path: ['a.csv', 'b.csv'] },
      ],
    },
    'datapackage.json',
  );
  assert.ok(typeof files !== 'string');
  assert.deepEqual(
    files.map(({ file }) => file),
    ['t.csv', 'a.csv', 'b.csv'],
  );
  assert.deepEqual(files[0], {
    file: 't.csv',
    dialect: { delimiter: '|', quote: '', header: 2 },
    encoding: 'utf-8',
    decimal: ',',
    nullValues: ['', 'n/a'],
    columns: [
      { names: ['day'], wish: { rename: 'day', dateFormat: 'dd/MM/yyyy' } },
      { names: ['at'], wish: { rename: 'at', dateFormat: "yyyy-MM-dd'T'HH:mm:ss'Z'" } },
      { names: ['when'], wish: { rename: 'when' } },
      { names: ['price', 'Preis'], wish: { rename: 'price', type: 'double precision' } },
      { names: ['key'], wish: { rename: 'key', type: 'uuid' } },
      { names: ['shape'], wish: { rename: 'shape', role: 'geometry' } },
      { names: ['open'], wish: { rename: 'open' } },
    ],
  });
  const schema = read({ fields: [{ name: 'a', type: 'integer' }], missingValues: [''] });
  assert.deepEqual(schema, [
    { ...none, file: null, columns: [{ names: ['a'], wish: { rename: 'a', type: 'bigint' } }] },
  ]);
  assert.ok(typeof schema !== 'string');
  assert.notEqual(descriptionOf(schema, 'any.csv', true), null);
  assert.equal(descriptionOf(schema, 'any.csv', false), null);
});

test('metadata that cannot be read say nothing, and why', () => {
  assert.match(String(read('{')), /is not valid JSON/);
  assert.match(String(read('{}')), /words that are not known/);
  assert.match(String(read('[]')), /words that are not known/);
  assert.match(String(read('"tableSchema"')), /words that are not known/);
  assert.match(String(read(`{"fields":"${'x'.repeat(5_000_000)}"}`)), /longer than/);
});

const csvw = (rest: object): object => ({ '@context': 'http://www.w3.org/ns/csvw', ...rest });
const column = (rest: object): object => csvw({ tableSchema: { columns: [rest] } });
const field = (rest: object): object => ({ fields: [rest] });
const deep = (open: string, close: string): string => open.repeat(500_000) + close.repeat(500_000);

/** Documents that a careless person or an enemy wrote, what they still say, and what is told of the rest. */
const odd: readonly (readonly [what: string, document: unknown, says: object, told: RegExp | null])[] = [
  ['fields that are none', { fields: 7 }, { columns: [{ names: [], wish: {} }] }, null],
  ['a delimiter that ends lines', csvw({ dialect: { delimiter: '\n' } }), {}, /delimiter of its dialect/],
  ['a delimiter that is a book', csvw({ dialect: { delimiter: ';'.repeat(99) } }), {}, /delimiter of its dialect/],
  ['a delimiter that is a list', csvw({ dialect: { delimiter: [';'] } }), {}, /delimiter .* is a list/],
  ['a quote of two bytes', csvw({ dialect: { quoteChar: 'é' } }), {}, /quoteChar .* "é"/],
  ['a quote that ends lines', csvw({ dialect: { quoteChar: '\n' } }), {}, /quoteChar/],
  ['a quote that is a letter', csvw({ dialect: { quoteChar: 'a' } }), {}, /quoteChar/],
  [
    'a quote that delimits',
    csvw({ dialect: { delimiter: '|', quoteChar: '|' } }),
    { dialect: { delimiter: '|' } },
    /part/,
  ],
  ['an escape of NUL', csvw({ dialect: { escapeChar: '\0' } }), {}, /escapeChar/],
  ['a dialect that is a text', csvw({ dialect: 'http://127.0.0.1/d.json' }), {}, /dialect is only named.*not followed/],
  ['a billion rows of names', csvw({ dialect: { headerRowCount: 1e9 } }), {}, /rows of names.*1000000000/],
  ['half a row of names', csvw({ dialect: { headerRowCount: 0.5 } }), {}, /rows of names/],
  ['1e300 skipped rows', csvw({ dialect: { skipRows: 1e300 } }), {}, /skipRows/],
  ['fewer than no skipped rows', csvw({ dialect: { skipRows: -1 } }), {}, /skipRows/],
  ['a schema elsewhere', csvw({ tableSchema: '../../../etc/passwd' }), {}, /tableSchema is only named.*passwd/],
  [
    'a datatype of its own',
    column({ titles: 'a', datatype: 'foo' }),
    { columns: [{ names: ['a'], wish: {} }] },
    /"foo"/,
  ],
  ['a datatype that is a list', column({ titles: 'a', datatype: [] }), { columns: [{ names: ['a'], wish: {} }] }, null],
  [
    'a pattern that explodes',
    column({ titles: 'a', datatype: { base: 'string', format: '(a+)+$' } }),
    { columns: [{ names: ['a'], wish: { type: 'text' } }] },
    null,
  ],
  [
    'titles of titles',
    column({ titles: { a: { b: 1 } }, datatype: { base: {} }, null: {} }),
    { columns: [{ names: [], wish: { nullValues: [], type: 'text' } }] },
    null,
  ],
  ['a million texts for NULL', csvw({ null: new Array(1_000_000).fill('') }), {}, /texts for NULL/],
  ['a text for NULL of a megabyte', csvw({ null: 'x'.repeat(1 << 20) }), {}, /texts for NULL/],
  ['no tables', csvw({ tables: [null] }), {}, null],
  ['tables elsewhere', csvw({ tables: 'tables.json' }), 'nothing' as never, /tables is only named/],
  ['a context nested 500,000 deep', `{"@context":${deep('[', ']')},"tableSchema":{}}`, {}, null],
  ['a schema nested 500,000 deep', `{"tableSchema":${deep('{"columns":', '').slice(0, 3_000_000)}`, {}, /JSON/],
  [
    'a prototype',
    '{"fields":[{"__proto__":{"type":"date"},"name":"__proto__","constructor":{"prototype":{}}}]}',
    { columns: [{ names: ['__proto__'], wish: { rename: '__proto__' } }] },
    null,
  ],
  [
    'a type that is a number',
    field({ name: 'a', type: 7 }),
    { columns: [{ names: ['a'], wish: { rename: 'a' } }] },
    /"7"/,
  ],
  ['a name that is a number', field({ name: 7, type: {} }), { columns: [{ names: [], wish: {} }] }, /an object/],
  [
    'a name of a megabyte',
    field({ name: 'n'.repeat(1 << 20) }),
    { columns: [{ names: ['n'.repeat(1 << 20)], wish: {} }] },
    /longer than 250/,
  ],
  ['a name of blanks', field({ name: '  ' }), { columns: [{ names: ['  '], wish: {} }] }, null],
  ['a NUL in a name', field({ name: 'a\0' }), { columns: [{ names: [], wish: {} }] }, null],
  [
    'half a character in a name',
    field({ name: '\ud800' }),
    { columns: [{ names: ['\ufffd'], wish: { rename: '\ufffd' } }] },
    null,
  ],
  [
    'a decimal character of three',
    field({ name: 'a', decimalChar: '...' }),
    { columns: [{ names: ['a'], wish: { rename: 'a' } }] },
    null,
  ],
  ['resources elsewhere', { resources: 'http://169.254.169.254/' }, 'nothing' as never, /resources is only named/],
  ['a resource elsewhere', { resources: ['r.json'] }, 'nothing' as never, /resource is only named/],
  ['a resource without a path', { resources: [{ data: [] }] }, 'nothing' as never, null],
  [
    'a schema named by a resource',
    { resources: [{ path: 'a.csv', schema: 's.json' }] },
    { file: 'a.csv' },
    /schema is only named/,
  ],
  ['a path out of the archive', { resources: [{ path: '../../../../etc/passwd' }] }, { file: 'passwd' }, null],
  ['paths of other kinds', { resources: [{ path: [{}], dialect: 7, schema: [] }] }, { file: null }, null],
];

for (const [what, document, says, told] of odd) {
  test(`metadata with ${what} say what they can, and the rest is told`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'landfall-metadata-'));
    try {
      const path = join(folder, 'data');
      const text = typeof document === 'string' ? document : JSON.stringify(document);
      writeFileSync(path, text);
      const found = readDescriptions({ path, name: 'csv-metadata.json', sizeBytes: text.length, mediaType: null });
      if (typeof found === 'string') {
        assert.match(found, told ?? /nothing/);
        return;
      }
      assert.deepEqual(found.files, typeof says === 'string' ? [] : [{ file: null, ...none, ...says }]);
      assert.deepEqual(found.problems.length, told === null ? 0 : 1, String(found.problems));
      if (told !== null) assert.match(String(found.problems), told);
      for (const problem of found.problems) assert.ok(problem.length < 300, problem);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('metadata of more files and columns than there can be are heeded as far as there can be, at once', () => {
  const schema = { columns: Array.from({ length: 100_000 }, (_, at) => ({ name: `c${at}` })) };
  const tables = Array.from({ length: 100_000 }, (_, at) => ({ url: `${at}` }));
  const group = read(csvw({ tables, tableSchema: schema }));
  assert.ok(typeof group !== 'string');
  assert.equal(group.length, 1000);
  // The schema of a group is read once.
  assert.equal(group[0]?.columns, group[999]?.columns);
  assert.equal(group[0]?.columns.length, 5000);
  const path = Array.from({ length: 300_000 }, (_, at) => `${at}.csv`);
  const fields = Array.from({ length: 100_000 }, () => ({}));
  const many = read({ resources: [{ path, schema: { fields } }] }, 'datapackage.json');
  assert.ok(typeof many !== 'string');
  assert.equal(many.length, 1000);
  assert.equal(many[0]?.columns, many[999]?.columns);
});

test('files are known as metadata by their names', () => {
  for (const name of ['csv-metadata.json', 'a.csv-metadata.json', 'x/datapackage.json', 'metadata.json']) {
    assert.ok(isMetadataName(name), name);
  }
  for (const name of ['mymetadata.json', 'data.json', 'metadata.csv']) assert.ok(!isMetadataName(name), name);
});

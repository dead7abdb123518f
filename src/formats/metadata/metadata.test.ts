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

test('damaged and hostile metadata say nothing, and why', () => {
  assert.match(String(read('{')), /is not valid JSON/);
  assert.match(String(read('{}')), /words that are not known/);
  assert.match(String(read('[]')), /words that are not known/);
  assert.match(String(read(`{"fields":"${'x'.repeat(5_000_000)}"}`)), /longer than/);
  for (const document of [
    { fields: 7 },
    { fields: [null, 7, 'x', [], { name: 7, type: {} }] },
    { resources: { path: {} } },
    { resources: [{ path: [7, null, '\0'], dialect: 7, schema: [] }] },
    { '@context': 'http://www.w3.org/ns/csvw', tables: [null], dialect: { delimiter: '\n', skipRows: -1 } },
    { tableSchema: { columns: [{ titles: { a: { b: 1 } }, datatype: { base: {} }, null: {} }] } },
    JSON.parse('{"fields":[{"__proto__":{"type":"date"},"name":"__proto__"}]}'),
  ]) {
    assert.notEqual(typeof read(document), 'string', JSON.stringify(document));
  }
});

test('files are known as metadata by their names', () => {
  for (const name of ['csv-metadata.json', 'a.csv-metadata.json', 'x/datapackage.json', 'metadata.json']) {
    assert.ok(isMetadataName(name), name);
  }
  for (const name of ['mymetadata.json', 'data.json', 'metadata.csv']) assert.ok(!isMetadataName(name), name);
});

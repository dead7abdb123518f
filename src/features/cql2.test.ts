import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReadableTable } from '../store/readable-table.ts';
import { BadFeatureRequest } from './bad-request.ts';
import { parseFilter } from './cql2.ts';
import { crs84 } from './reference-systems.ts';

const table: ReadableTable = {
  id: '11111111-1111-4111-8111-111111111111',
  name: 'data',
  schema: 'demo',
  role: 'reader',
  privacy: 'private',
  raster: null,
  columns: [
    { name: 'cartodb_id', type: 'int8' },
    { name: 'the_geom', type: 'geometry' },
    { name: 'name', type: 'text' },
    { name: 'odd "name"', type: 'text' },
    { name: 'day', type: 'date' },
    { name: 'yes', type: 'bool' },
  ],
  hasGeometry: true,
  rows: 0,
  bytes: 0,
  updatedAt: new Date(0),
  version: '0',
};

test('values of a filter are bound, and names are quoted', () => {
  const { text, values } = parseFilter(`"odd ""name""" = 'it''s; drop' AND cartodb_id > -1.5`, table, crs84);
  assert.equal(text, '((b."odd ""name""" = $1::text) and (b."cartodb_id" > (- $2::text::numeric)))');
  assert.deepEqual(values, ["it's; drop", '1.5']);
});

test('AND binds closer than OR, and NOT closer than both', () => {
  const { text } = parseFilter('NOT yes OR yes AND yes = TRUE', table, crs84);
  assert.equal(text, '((not b."yes") or (b."yes" and (b."yes" = true)))');
});

test('nothing of a text ever stands in the statement, whatever it says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (value) => {
      fc.pre(!value.includes('\0'));
      const { text, values } = parseFilter(`name = '${value.replaceAll("'", "''")}'`, table, crs84);
      assert.equal(text, '(b."name" = $1::text)');
      assert.deepEqual(values, [value]);
    }),
    { seed: 29, numRuns: 300 },
  );
});

test('any text is a condition or is refused with a place, and quickly', () => {
  const pieces = [
    'name',
    'yes',
    'day',
    '(',
    ')',
    '=',
    '<>',
    'AND',
    'NOT',
    "'x'",
    '1e9',
    'IN',
    ',',
    'POINT(1 2)',
    '"',
    'T_AFTER',
    '-',
  ];
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 })), { maxLength: 30 }),
      (words) => {
        try {
          parseFilter(words.join(' '), table, crs84);
        } catch (error) {
          assert.ok(error instanceof BadFeatureRequest, String(error));
        }
      },
    ),
    { seed: 29, numRuns: 1_000 },
  );
});

test('what is too long, too deep or too much is refused before it costs anything', () => {
  const startedAt = performance.now();
  const long = [
    `name = '${'x'.repeat(100_000)}'`,
    `${'('.repeat(30_000)}yes`,
    'NOT '.repeat(16_000),
    '-'.repeat(60_000),
    'yes OR '.repeat(9_000),
  ];
  for (const filter of long) assert.throws(() => parseFilter(filter, table, crs84), BadFeatureRequest);
  assert.ok(performance.now() - startedAt < 2_000);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ReadResult, readToEnd } from '../../test/support/read-csv.ts';
import { CellKind, GeometryKind, type Layer } from '../domain/layer.ts';

const scalar = /^(true|false|-?\d.*)$/;

/** The kind and the inside of a JSON value as a format hands it on. */
function cellOf(json: string): { readonly kind: number; readonly text: string } {
  if (json === 'null') return { kind: CellKind.null, text: '' };
  if (scalar.test(json)) return { kind: CellKind.jsonScalar, text: json };
  if (!json.startsWith('"')) return { kind: CellKind.json, text: json };
  const text = json.slice(1, -1);
  return { kind: text.includes('\\') ? CellKind.jsonEscaped : CellKind.jsonString, text };
}

/** A layer of one column `v` with these JSON values. */
function jsonLayer(values: readonly string[]): Layer {
  const read: Layer['read'] = async (onRecord) => {
    values.forEach((value, i) => {
      const { kind, text } = cellOf(value);
      const bytes = Buffer.from(text);
      onRecord({
        bytes,
        count: 1,
        kinds: Uint8Array.of(kind),
        starts: Int32Array.of(0),
        ends: Int32Array.of(bytes.length),
        quote: 34,
        geometryKind: GeometryKind.none,
        geometryStart: 0,
        geometryEnd: 0,
        row: i + 1,
        line: 0,
      });
    });
  };
  return { name: 'json', srid: null, columns: ['v'], hasGeometry: true, sample: read, read };
}

const readJson = (values: readonly string[], typeGuessing = true): Promise<ReadResult> =>
  readToEnd(jsonLayer(values), { typeGuessing });

const columnOf = ({ decoded }: ReadResult): (string | null)[] => decoded.map((row) => row.values[0] ?? null);

for (const [values, type] of [
  [['1', '2'], 'bigint'],
  [['1', '2.5', '1.25e2'], 'double precision'],
  [['1e5', '-3E-2'], 'double precision'],
  [['1.0e23', '1'], 'numeric'],
  [['12345678901234567890'], 'text'],
  [['true', 'false', 'null'], 'boolean'],
  [['true', '1'], 'text'],
  [['"1"', '"2"'], 'text'],
  [['1', '"2"'], 'text'],
  [['"true"'], 'text'],
  [['"10:30"'], 'text'],
  [['"2020-01-01"', '""'], 'date'],
  [['"2020-01-01T10:00:00Z"'], 'timestamptz'],
  [['"123e4567-e89b-12d3-a456-426614174000"'], 'uuid'],
  [['{"a":1}', '[1]', 'null'], 'jsonb'],
  [['true', '5', '{"a":1}'], 'jsonb'],
  [['{"a":1}', '"x"'], 'text'],
  [['{"a":1}', '"2020-01-01"'], 'text'],
  [['{"a":1e9999}'], 'text'],
  [[`${'['.repeat(600)}${']'.repeat(600)}`], 'text'],
] as const) {
  test(`JSON values ${values.join(' ').slice(0, 60)} make a column of ${type}, in any order`, async () => {
    for (const order of [values, values.toReversed()]) {
      assert.equal((await readJson(order)).schema.columns[0]?.type, type);
    }
  });
}

test('without type guessing JSON objects stay jsonb and all else is text', async () => {
  assert.equal((await readJson(['{"a":1}'], false)).schema.columns[0]?.type, 'jsonb');
  assert.equal((await readJson(['1', 'true'], false)).schema.columns[0]?.type, 'text');
});

test('escapes of JSON strings are undone', async () => {
  const result = await readJson([
    '"a\\"b\\\\c\\/d\\b\\f\\n\\r\\t"',
    '"\\u00e9\\u65e5\\ud83d\\ude00"',
    '"x\\ud83dy\\udc00\\ud83d\\u0041"',
    '"n\\u0000ul\\u0000"',
  ]);
  assert.deepEqual(columnOf(result), ['a"b\\c/d\b\f\n\r\t', 'é日😀', 'x\ufffdy\ufffd\ufffdA', 'nul']);
  assert.deepEqual(result.warnings, { nul_characters: { count: 2 } });
});

test('jsonb has neither NUL characters nor lone surrogates, and keeps escaped backslashes', async () => {
  const result = await readJson(['{"a":"x\\u0000\\ud800\\ud83d\\ude00\\\\u0000"}', '{"b":"é"}']);
  assert.deepEqual(columnOf(result), ['{"a":"x\\ufffd\\ud83d\\ude00\\\\u0000"}', '{"b":"é"}']);
  assert.deepEqual(result.warnings, { nul_characters: { count: 1 } });
});

test('any JSON string comes back as JSON.parse reads it', async () => {
  const text = fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed() && !one.includes('\0'));
  const escaped = (one: string): string =>
    `"${[...one]
      .map((c) =>
        c
          .split('')
          .map((u) => `\\u${u.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
      )
      .join('')}"`;
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), fc.boolean(), async (texts, isEscaped) => {
      const sources = ['x', ...texts].map((one) => (isEscaped ? escaped(one) : JSON.stringify(one)));
      assert.deepEqual(columnOf(await readJson(sources)), ['x', ...texts]);
    }),
    { numRuns: 100, seed: 6 },
  );
});

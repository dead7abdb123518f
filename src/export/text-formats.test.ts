import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { csv } from './csv.ts';
import type { ExportContext, ExportFormat, Fields, Row } from './format.ts';
import { isExportFormat } from './formats.ts';
import { geojson, json, ndjson } from './json.ts';

const options = { seed: 7, numRuns: 300 };

const context: ExportContext = {
  name: 'test',
  decimals: null,
  safeCells: false,
  startedMs: 0,
  maxLength: 1_000_000,
  explain: (error) => (error instanceof Error ? error.message : null),
  openFolder: () => Promise.reject(new Error('text needs no folder')),
  findSystem: async () => null,
};

/** What a format writes of rows; `error` comes after them. */
async function written(
  format: ExportFormat,
  fields: Fields,
  rows: readonly Row[],
  given: Partial<ExportContext> & { readonly error?: Error } = {},
): Promise<string> {
  let text = '';
  let isClosed = false;
  const result = {
    fields,
    async *batches() {
      yield rows;
      if (given.error !== undefined) throw given.error;
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
    },
  };
  try {
    for await (const piece of format.write(async () => result, { ...context, ...given })) text += piece;
  } finally {
    assert.ok(isClosed);
  }
  return text;
}

describe('text of a result', () => {
  const cell = fc.option(fc.string({ unit: 'binary' }), { nil: null });

  test('JSON of any text reads back as that text, whatever the columns are called', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), cell, cell, async (name, first, second) => {
        const fields = [{ name, typeName: 'text' }];
        const wanted = `[${[first, second].map((value) => `{${JSON.stringify(name)}:${JSON.stringify(value)}}`).join()}]`;
        assert.equal(JSON.stringify(JSON.parse(await written(json, fields, [[first], [second]])).rows), wanted);
        const lines = (await written(ndjson, fields, [[first], [second]])).split('\n');
        assert.equal(JSON.stringify(lines.slice(0, -1).map((line) => JSON.parse(line))), wanted);
      }),
      options,
    );
  });

  test('of two columns with one name JSON has the last, CSV both', async () => {
    const fields = [
      { name: 'a', typeName: 'int4' },
      { name: 'a', typeName: 'text' },
    ];
    assert.equal(await written(ndjson, fields, [['1', 'x']]), '{"a":"x"}\n');
    assert.equal(await written(csv, fields, [['1', 'x']]), 'a,a\r\n1,x\r\n');
  });

  test('CSV of any text reads back as that text, and no value is not an empty text', async () => {
    const unquote = (field: string): string | null => {
      if (field === '') return null;
      return field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
    };
    await fc.assert(
      fc.asyncProperty(cell, async (value) => {
        const text = await written(csv, [{ name: 'a', typeName: 'text' }], [[value]]);
        const field = text.slice('a\r\n'.length, -2);
        assert.equal(unquote(field), value);
        if (!field.startsWith('"')) assert.ok(!/[",\r\n]/.test(field));
      }),
      options,
    );
  });

  test('with safe cells no text of CSV begins as a formula does, and numbers stay numbers', async () => {
    const fields = ['text', 'text', 'text', 'int4', 'timestamp'].map((typeName, at) => ({ name: `${at}`, typeName }));
    const row = ['=1+1', '\t@x', 'a=b', '-5', '-infinity'];
    const [, plain] = (await written(csv, fields, [row])).split('\r\n');
    assert.equal(plain, '=1+1,"\t@x",a=b,-5,-infinity');
    const [, safe] = (await written(csv, fields, [row], { safeCells: true })).split('\r\n');
    assert.equal(safe, "'=1+1,'\t@x,a=b,-5,-infinity");
  });

  test('GeoJSON has as many decimals as are asked for', async () => {
    const fields = [{ name: 'the_geom', typeName: 'geometry' }];
    const point = '0101000020E61000009A9999999999B93F9A9999999999F1BF';
    const coordinates = async (decimals: number | null): Promise<unknown> =>
      JSON.parse(await written(geojson, fields, [[point]], { decimals })).features[0].geometry.coordinates;
    assert.deepEqual(await coordinates(null), [0.1, -1.1]);
    assert.deepEqual(await coordinates(0), [0, -1]);
  });

  test('an error after the first rows is said in JSON and GeoJSON; other text breaks off', async () => {
    const fields = [{ name: 'the_geom', typeName: 'geometry' }];
    const error = new Error('gone');
    assert.match(await written(json, fields, [[null]], { error }), /"error":\["gone"\]\}$/);
    assert.match(await written(geojson, fields, [[null]], { error }), /\],"error":\["gone"\]\}$/);
    await assert.rejects(written(csv, fields, [[null]], { error }), /gone/);
    await assert.rejects(written(ndjson, fields, [[null]], { error }), /gone/);
  });

  test('names that every object has are no formats', () => {
    assert.deepEqual(['json', 'csv', 'shp', 'constructor', '__proto__', ''].map(isExportFormat), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

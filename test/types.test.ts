import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCsv } from './support/read-csv.ts';

const text = readFileSync(join(import.meta.dirname, '../docs/types.md'), 'utf8');
const rows = [...text.matchAll(/^\| `(.*?)` \| ([a-z ]+) \| `(.*?)` \| ([a-z ]+) \|$/gm)];

test('the table of docs/types.md is found', () => {
  assert.equal(rows.length, text.split('\n').filter((line) => line.startsWith('| `')).length);
  assert.ok(rows.length > 40);
});

for (const [, values = '', type, first, said] of rows) {
  test(`${values} is ${type}, in either order`, async () => {
    const cells = values.split(' ; ');
    const csv = (list: readonly string[]): string => `id,v\n${list.map((one, i) => `${i},"${one}"\n`).join('')}`;
    const found = await readCsv(csv(cells));
    assert.deepEqual([found.schema.columns[1]?.type, found.decoded[0]?.values[1]], [type, first]);
    assert.equal((await readCsv(csv(cells.toReversed()))).schema.columns[1]?.type, type);
    const asked = await readCsv(csv(cells), { dateOrder: 'dmy', decimal: ',' });
    assert.equal(asked.schema.columns[1]?.type, said);
  });
}

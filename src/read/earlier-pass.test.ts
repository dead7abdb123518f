/** Passes that rely on an earlier one for the rows that are known. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { csvSession } from '../../test/support/csv-session.ts';
import type { Fingerprints, FingerprintWish } from '../domain/fingerprints.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-earlier-'));
after(() => rmSync(folder, { recursive: true }));

const key = '0123456789abcdef';

/** One run over a text; `known` is for the next one, where the table holds exactly these rows. */
async function run(text: string, known: FingerprintWish['known'] = null) {
  await using session = await csvSession(folder, 'a', text, 0);
  let given = 0;
  const result = await session.read(
    0,
    async (_schema, chunks) => {
      for await (const chunk of chunks) given += chunk.length;
    },
    { key, known },
  );
  const { report, warnings, rows, schema } = result;
  const { entries, shape, reading } = result.fingerprints as Fingerprints;
  const path = join(folder, 'known');
  if (known === null) writeFileSync(path, entries);
  return {
    given,
    rows,
    warnings,
    columns: report?.columns,
    asBefore: report?.source.rows_as_before,
    types: schema.columns.map(({ name, type }) => `${name} ${type}`),
    entries: entries.length / 20,
    age: (JSON.parse(reading ?? 'null') as { readonly age: number } | null)?.age ?? null,
    known: { path, shape, reading },
  };
}

test('rows that are known are counted and not looked at, and the evidence for the columns is that of before', async () => {
  const first = await run('id,name,day\n1,a,03/04/2021\n2,"b, ""b""",05/06/2021\n3,c,\n');
  const second = await run('id,name,day\n3,c,\n2,"b, ""b""",05/06/2021\n4,d,07/08/2021\n', first.known);
  assert.deepEqual([second.rows, second.asBefore, second.entries], [3, 2, 1]);
  assert.deepEqual(second.columns, first.columns);
  assert.deepEqual(second.warnings, first.warnings);
  assert.deepEqual(Object.keys(second.warnings), ['ambiguous_dates']);
});

test('a value that shows a column to be something else makes all rows looked at', async () => {
  const first = await run('id,day\n1,03/04/2021\n2,05/06/2021\n');
  assert.deepEqual(first.types, ['id bigint', 'day text']);
  const second = await run('id,day\n1,03/04/2021\n2,05/06/2021\n3,13/06/2021\n', first.known);
  assert.deepEqual([second.types, second.asBefore, second.entries], [['id bigint', 'day date'], undefined, 3]);
});

test('what is told of a row is told in every run', async () => {
  const text = 'id,name\n1,a\n2\n3,c\n';
  const first = await run(text);
  assert.equal(first.age, null);
  const second = await run(text, first.known);
  assert.deepEqual([second.asBefore, second.entries, second.warnings], [undefined, 0, first.warnings]);
  const clean = await run('id,name\n1,a\n2,b\n');
  const later = await run('id,name\n1,a\n2,b\n3\n', clean.known);
  assert.deepEqual([later.asBefore, later.age, Object.keys(later.warnings)], [2, null, ['short_rows']]);
});

test('lines that are read in another way are not known', async () => {
  const first = await run('a;b\n1;2,5\n2;3,5\n');
  const second = await run('a,b\n1;2,5\n2;3,5\n', first.known);
  assert.deepEqual([second.asBefore, second.entries], [undefined, 2]);
});

test('of many passes one looks at all rows again', async () => {
  let last = await run('id,name\n1,a\n2,b\n');
  const ages: unknown[] = [];
  for (let pass = 0; pass < 26; pass++) {
    const next = await run('id,name\n1,a\n2,b\n', last.known);
    assert.deepEqual([next.entries, next.rows], [0, 2]);
    ages.push(next.age);
    last = next;
  }
  assert.deepEqual(ages, [...Array.from({ length: 24 }, (_, age) => age + 1), 0, 1]);
});

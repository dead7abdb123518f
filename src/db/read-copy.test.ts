import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CopyCommand } from '../domain/copy.ts';
import { copyInStatement } from './copy-statement.ts';
import { DatabaseError } from './database.ts';
import { readCopy } from './read-copy.ts';

const table = (name: string, schema: string | null = null): CopyCommand['table'] => ({ name, schema });

const understood: readonly (readonly [string, Partial<CopyCommand>])[] = [
  ['COPY t FROM STDIN', { direction: 'from', table: table('t'), columns: null, options: { format: 'text' } }],
  [
    "copy \"Ä b\".t (a, \"B\") from stdin with (format csv, header true, delimiter ';', null '-', encoding 'LATIN1')",
    {
      table: table('t', 'Ä b'),
      columns: ['a', 'B'],
      options: { format: 'csv', header: true, delimiter: ';', null: '-', encoding: 'LATIN1' },
    },
  ],
  [
    "COPY t FROM STDIN CSV HEADER QUOTE '''' FORCE NOT NULL a, b;",
    { options: { format: 'csv', header: true, quote: "'", forceNotNull: ['a', 'b'] } },
  ],
  ['copy t to stdout (format csv, force_quote *)', { direction: 'to', options: { format: 'csv', forceQuote: '*' } }],
  ['copy t from stdin (format csv, header match)', { options: { format: 'csv', header: 'match' } }],
  ["copy (select '(é', 1) to stdout", { direction: 'to', table: null, query: "select '(é', 1" }],
  ['copy /* ( */ (select 1 -- )\n) to stdout', { query: 'select 1 -- )\n' }],
  ["copy (select ') to stdout') to stdout (null ') to')", { query: "select ') to stdout'" }],
  ["copy (select '\u0001\v') to stdout", { query: "select '\u0001\v'" }],
  ['copy (select (1), (select 2)) to stdout csv', { query: 'select (1), (select 2)' }],
  ['copy t from stdin binary', { options: { format: 'binary' } }],
];

for (const [text, expected] of understood) {
  test(`understood: ${text}`, async () => {
    const read = await readCopy(text);
    assert.deepEqual({ ...read, ...expected }, read);
  });
}

const refused: readonly (readonly [string, string])[] = [
  ['', '42601'],
  ['select 1', '42601'],
  ['copy t from stdin; drop table t', '42601'],
  ["copy t from program 'id'", '42501'],
  ["copy (select 1) to program 'id'", '42501'],
  ["copy t from '/etc/passwd'", '42501'],
  ["copy t to '/tmp/x'", '42501'],
  ["copy (select 1) to program 'id' --) to stdout", '42501'],
  ['copy t from stdin where a > 1', '0A000'],
  ['copy t from stdin (freeze)', '0A000'],
  ['copy t from stdin (on_error ignore)', '0A000'],
  ['copy t from stdin (format xml)', '22023'],
  ["copy t from stdin (delimiter 'é')", '0A000'],
  ["copy t from stdin (delimiter ',,')", '0A000'],
  ["copy t from stdin (delimiter 'a')", '22023'],
  ["copy t from stdin (quote '\"')", '0A000'],
  ["copy t from stdin (format csv, null '\"')", '22023'],
  ['copy t from stdin (format csv, format csv)', '42601'],
  ["copy t from stdin (format binary, delimiter ',')", '0A000'],
  ['copy t to stdout (format csv, header match)', '22023'],
  ["copy t from stdin (encoding 'a; drop table t')", '22023'],
  ['copy a.b.t from stdin', '0A000'],
];

for (const [text, code] of refused) {
  test(`refused with ${code}: ${text}`, async () => {
    await assert.rejects(readCopy(text), (error) => error instanceof DatabaseError && error.code === code);
  });
}

test('a statement made anew says the same, with every name and value quoted', async () => {
  const text = `copy s."t;""x" ("a""b", c) from stdin (format csv, header match, delimiter '''', null '\\', quote '|',
    escape '\\', encoding 'UTF8', force_not_null ("a""b"), force_null *)`;
  const read = await readCopy(text);
  const target = { schema: 's', table: read.table?.name ?? '', columns: read.columns };
  assert.deepEqual(await readCopy(copyInStatement(target, read.options).text), read);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DatabaseError } from './database.ts';
import { readStatement } from './read-statement.ts';

test('a statement is told by what the parser makes of it, without what stands around it', async () => {
  const own = { schema: null, name: 't' };
  for (const [text, expected] of [
    ['/* é */ select 1 ; -- end', { kind: 'select', text: 'select 1 ' }],
    ['values (1)', { kind: 'select', text: 'values (1)' }],
    ['insert into T values (1);', { kind: 'insert', table: own, text: 'insert into T values (1)' }],
    ['update only demo."T" x set a = 1', { kind: 'update', table: { schema: 'demo', name: 'T' } }],
    ['with a as (select 1) delete from t using a', { kind: 'delete', table: own }],
    ['drop table if exists demo.t cascade', { kind: 'drop', ifExists: true, cascade: true }],
    ['alter table if exists demo.t rename to "U v"', { kind: 'rename', name: 'U v', ifExists: true }],
    ['alter table T rename to U;', { kind: 'rename', table: own, name: 'u', ifExists: false }],
    ['drop table t', { kind: 'drop', table: own, ifExists: false, cascade: false }],
    [
      'create table if not exists t as table other;',
      { kind: 'create', table: own, query: 'table other', ifNotExists: true },
    ],
  ] as const) {
    const { ...found } = await readStatement(text);
    assert.deepEqual({ ...found, ...expected }, found, text);
  }
});

test('the query of CREATE TABLE … AS is what was written, whatever stands before it', async () => {
  const gap = fc.constantFrom(' ', '\n', ' /* as select 2 */ ', ' -- as é\n', '\t/* a /* as */ b */ ');
  const name = fc.constantFrom('t', '"as"', '"é as "', 'demo.t', '"a""b"');
  const query = fc.constantFrom(
    'select 1 as a, 2 as "as"',
    "(select 'é as select' as b)",
    'with x as (select 1) select * from x as y',
    'values (1), (2)',
    'select $$ as $$ as c -- as',
  );
  await fc.assert(
    fc.asyncProperty(gap, name, gap, gap, query, async (first, table, second, third, text) => {
      const found = await readStatement(`create${first}table ${table}${second}as${third}${text}`);
      assert.ok(found.kind === 'create');
      assert.ok(found.query.endsWith(text), found.query);
      assert.doesNotMatch(found.query.slice(0, -text.length).replaceAll(/\/\*.*\*\/|--.*\n/g, ''), /\S/);
    }),
    { numRuns: 60, seed: 36 },
  );
});

test('any text is read or refused as an error of SQL', async () => {
  const word = fc.constantFrom(
    'select',
    'create table',
    'as',
    't',
    '(',
    ')',
    ';',
    "'a'",
    '--',
    '\n',
    'drop',
    'é',
    '$$',
    'into',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 12 }), async (words) => {
      const error: unknown = await readStatement(words.join(' ')).catch((reason: unknown) => reason);
      if (error instanceof Error)
        assert.ok(error instanceof DatabaseError && /^(42601|0A000)$/.test(error.code), String(error));
    }),
    { numRuns: 200, seed: 36 },
  );
});

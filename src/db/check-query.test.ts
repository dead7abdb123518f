import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadModule } from 'libpg-query';
import { checkQuery, checkWrite } from './check-query.ts';
import { DatabaseError } from './database.ts';

before(() => loadModule());

const allowed = new Set(['count', 'st_buffer', 'repeat', 'lower', 'st_minimumboundingcircle', 'json_array_elements']);
const codeOf = (text: string, check = checkQuery): string | null => {
  try {
    check(text, (name) => allowed.has(name));
    return null;
  } catch (error) {
    assert.ok(error instanceof DatabaseError);
    return error.code;
  }
};

test('queries that read pass, however they are dressed', () => {
  for (const text of [
    'select 1',
    'select 1;',
    '-- a\nselect /* b */ 1 ; -- c',
    'values (1), (2)',
    'table t',
    'with a as (select 1) select * from a union all select count(*) from t',
    'select lower(x), pg_catalog.lower(y), public.st_buffer(g, 1) from t, lateral json_array_elements(j) e',
    "select st_buffer(g, 1, 8), st_buffer(g, 1, 'quad_segs=8 join=mitre'), repeat('x', 1000), repeat('x', n) from t",
    "select 'a -- b; c', $$ ; $$, U&'\\0041'",
  ]) {
    assert.equal(codeOf(text), null, text);
  }
});

test('everything else is refused', () => {
  for (const [text, code] of [
    ['', '42601'],
    ['-- nothing', '42601'],
    ['select 1; select 2', '42601'],
    ['selec', '42601'],
    ['commit', '42501'],
    ['select 1 into t', '42501'],
    ['select 1 from t for update', '42501'],
    ['select (with x as (delete from t returning 1) select 1 from x)', '42501'],
    ['with x as (insert into t values (1) returning 1) select * from x', '42501'],
    ['select nope()', '42501'],
    ['select other.lower(x)', '42501'],
    ['select a.b.lower(x)', '42501'],
    ['select * from nope() as x', '42501'],
    ['select 1 order by (select nope())', '42501'],
    ['select count(*) filter (where nope()) over (partition by nope())', '42501'],
    ["select st_buffer(g, 1, 'quad_segs=200000000')", '42501'],
    ["select st_buffer(g, 1, 'quad_segs=' || '200000000')", '42501'],
    ['select st_buffer(g, 1, 200000000)', '42501'],
    ['select st_buffer(g, 1, n) from t', '42501'],
    ["select st_buffer(g, 1, params => 'quad_segs=1e9')", '42501'],
    ['select st_minimumboundingcircle(g, 100000000)', '42501'],
    ["select repeat('x', 1000000000)", '42501'],
    ['explain select 1', '42501'],
    ['create table t (a int)', '42501'],
  ] as const) {
    assert.equal(codeOf(text), code, text);
  }
});

test('nesting without end is an error and not a crash', () => {
  assert.equal(codeOf(`select ${'('.repeat(60_000)}1${')'.repeat(60_000)}`), '42601');
  assert.equal(codeOf(`select ${'- '.repeat(60_000)}1`), '42601');
  assert.equal(codeOf('select 1'), null);
});

test('a statement that writes passes alone, and may only read inside', () => {
  for (const text of [
    'insert into t values (1), (default)',
    'insert into t (a) select lower(x) from u on conflict (a) do update set a = excluded.a;',
    'with x as (select 1 as a) update t set a = x.a from x where t.b in (select count(*) from u)',
    'delete from t using u where t.a = u.a',
  ]) {
    assert.equal(codeOf(text, checkWrite), null, text);
  }
  for (const [text, code] of [
    ['select 1', '42501'],
    ['merge into t using u on true when matched then delete', '42501'],
    ['truncate t', '42501'],
    ['delete from t returning *', '42501'],
    ['with x as (delete from t returning a) insert into u select a from x', '42501'],
    ['insert into t select * from u for update', '42501'],
    ['update t set a = nope()', '42501'],
    ["insert into t values (repeat('x', 1000000000))", '42501'],
    ['delete from t; delete from u', '42601'],
    ['delete from t), x as (delete from u', '42601'],
  ] as const) {
    assert.equal(codeOf(text, checkWrite), code, text);
  }
});

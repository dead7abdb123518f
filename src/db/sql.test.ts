import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { identifier, join, literal, sql, trusted } from './sql.ts';

test('values become parameters, in the order of the text', () => {
  const statement = sql`select ${1}, ${'a'} from t where x = ${null}`;
  assert.equal(statement.text, 'select $1, $2 from t where x = $3');
  assert.deepEqual(statement.values, [1, 'a', null]);
});

test('a statement inside a statement is renumbered', () => {
  const inner = sql`x = ${'in'} or y = ${'ner'}`;
  const outer = sql`select ${'out'} where (${inner}) and z = ${'er'}`;
  assert.equal(outer.text, 'select $1 where (x = $2 or y = $3) and z = $4');
  assert.deepEqual(outer.values, ['out', 'in', 'ner', 'er']);
});

test('joining keeps the values of all', () => {
  const all = join([sql`a = ${1}`, trusted('b'), sql`c = ${2}`], ' and ');
  assert.equal(all.text, 'a = $1 and b and c = $2');
  assert.deepEqual(all.values, [1, 2]);
  assert.equal(join([]).text, '');
});

test('no name can end its quotes', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }).filter((name) => !name.includes('\0')),
      (name) => {
        const { text } = identifier(name);
        assert.equal(text.slice(1, -1).replaceAll('""', '"'), name);
        assert.ok(!text.slice(1, -1).replaceAll('""', '').includes('"'));
      },
    ),
    { seed: 1 },
  );
  assert.throws(() => identifier(''));
  assert.throws(() => identifier('a\0b'));
  assert.equal(identifier('a', 'b c').text, '"a"."b c"');
});

test('no text can end its quotes', () => {
  assert.equal(literal("it's").text, "'it''s'");
  assert.equal(literal("\\'").text, "E'\\\\'''");
  assert.throws(() => literal('\0'));
});

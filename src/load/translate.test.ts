import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseError } from '../db/database.ts';
import { ImportError } from '../errors.ts';
import { toLoadError } from './translate.ts';

const cases: readonly (readonly [string, string, number])[] = [
  ['53100', 'could not extend file "base/1/2": No space left on device', 1000],
  ['57014', 'canceling statement due to statement timeout', 6667],
  ['54011', 'tables can have at most 1600 columns', 2004],
  ['42701', 'column "a" specified more than once', 2005],
  ['22021', 'invalid byte sequence for encoding "UTF8": 0x00', 2006],
  ['53200', 'out of memory', 6666],
  ['XX000', 'geometry requires more points', 2014],
  ['XX000', 'LinearRing must be closed', 2014],
  ['22P02', 'invalid input syntax for type uuid: "a string"', 2001],
  ['22P03', 'incorrect binary data format', 2001],
];
for (const [sqlstate, message, code] of cases) {
  test(`${sqlstate} "${message}" is told as ${code}, with the layer and the server's word`, () => {
    const cause = new DatabaseError(message, { code: sqlstate });
    const error = toLoadError(cause, 'cities');
    assert.ok(error instanceof ImportError);
    assert.equal(error.code, code);
    assert.match(error.message, /^Layer "cities": /);
    assert.equal(error.cause, cause);
  });
}

test('what trying again can help passes as it is, and so do errors of others', () => {
  for (const code of ['08006', '57P01', '40P01', '40001', '53300', '55P03']) {
    const error = new DatabaseError('gone', { code });
    assert.equal(toLoadError(error, 'cities'), error);
  }
  const other = new ImportError('emptyFile');
  assert.equal(toLoadError(other, 'cities'), other);
});

test('an empty cartodb_id is told as 2011', () => {
  const error = toLoadError(new DatabaseError('null value', { code: '23502', column: 'cartodb_id' }), 'cities');
  assert.ok(error instanceof ImportError && error.code === 2011);
});

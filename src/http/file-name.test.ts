import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanFileName, nameInUrl } from './file-name.ts';

test('a file name loses its path and its spaces, and nothing else', () => {
  assert.equal(cleanFileName('Weird Filename (2).tgz'), 'Weird_Filename_(2).tgz');
  assert.equal(cleanFileName('C:\\fakepath\\a.csv'), 'a.csv');
  assert.equal(cleanFileName('../../etc/passwd'), 'passwd');
  assert.equal(cleanFileName('política_agraria_común.csv'), 'política_agraria_común.csv');
  assert.equal(cleanFileName('數據.csv'), '數據.csv');
  assert.equal(cleanFileName('a\0b\n.csv'), 'a_b_.csv');
  for (const nothing of ['', '/', '..', 'a/..', '.']) assert.equal(cleanFileName(nothing), 'upload');
});

test('a long name is cut to 255 bytes between characters, and keeps its extension', () => {
  const name = cleanFileName(`${'ñ'.repeat(300)}.geojson`);
  assert.equal(Buffer.byteLength(name), 254);
  assert.ok(name.endsWith('ñ.geojson'));
});

test('every cleaned name is valid, at most 255 bytes, and cleaning it again changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (raw) => {
      const name = cleanFileName(raw);
      assert.ok(Buffer.byteLength(name) <= 255 && name.length > 0 && name.isWellFormed());
      assert.doesNotMatch(name, /[/\\\0\s]/);
      assert.equal(cleanFileName(name), name);
    }),
    { seed: 1, numRuns: 1000 },
  );
});

test('the name in a URL is its last path segment, decoded', () => {
  assert.equal(nameInUrl('https://example.org/x/clubb%20ing.csv?x=1#y'), 'clubb ing.csv');
  assert.equal(nameInUrl('https://example.org/a/b/'), 'b');
  assert.equal(nameInUrl('https://example.org/'), '');
  assert.equal(nameInUrl('https://example.org/%E9.csv'), '%E9.csv');
  assert.equal(nameInUrl('not a url'), '');
});

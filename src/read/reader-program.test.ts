import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { readerProgram } from './reader-program.ts';

test('the built reader is taken unless a file of the source is newer', () => {
  const root = mkdtempSync(join(tmpdir(), 'landfall-program-'));
  const write = (name: string, seconds: number): void => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    utimesSync(path, seconds, seconds);
  };
  try {
    const source = { entry: join(root, 'src/read/reader.main.ts'), folder: join(root, 'src') };
    write('src/read/reader.main.ts', 1000);
    assert.deepEqual(readerProgram(root), { ...source, version: 'source-1000000' });
    write('dist/reader/reader.main.js', 2000);
    write('src/formats/csv/scan.ts', 1999);
    const built = { entry: join(root, 'dist/reader/reader.main.js'), folder: join(root, 'dist/reader') };
    assert.deepEqual(readerProgram(root), { ...built, version: 'built-2000000' });
    write('src/formats/csv/scan.ts', 2001);
    assert.deepEqual(readerProgram(root), { ...source, version: 'source-2001000' });
  } finally {
    rmSync(root, { recursive: true });
  }
});

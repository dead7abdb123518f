import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCodeCache } from './code-cache.ts';

test('compiled code is kept for its version of the program alone', async () => {
  const root = mkdtempSync(join(tmpdir(), 'landfall-code-'));
  const made = (name: string, file: string): string => {
    const folder = join(root, name);
    mkdirSync(join(folder, 'v8'), { recursive: true });
    writeFileSync(join(folder, 'v8', file), file);
    return folder;
  };
  try {
    const cache = openCodeCache(join(root, 'kept'));
    assert.equal(await cache.find('1'), null);
    await cache.keep('1', made('first', 'a'));
    const kept = (await cache.find('1')) ?? '';
    assert.equal(readFileSync(join(kept, 'v8/a'), 'utf8'), 'a');
    assert.equal(await cache.find('2'), null);
    await cache.keep('2', made('second', 'b'));
    assert.equal(await cache.find('1'), null);
    assert.ok(!existsSync(kept));
    assert.equal(readFileSync(join((await cache.find('2')) ?? '', 'v8/b'), 'utf8'), 'b');
    // What cannot be read or written leaves what is there.
    await cache.keep('3', join(root, 'missing'));
    assert.notEqual(await cache.find('2'), null);
  } finally {
    rmSync(root, { recursive: true });
  }
});

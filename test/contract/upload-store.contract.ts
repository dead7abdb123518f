import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { UploadStore } from '../../src/sources/uploads/upload-store.ts';

/** A store to be tried, and the folder from which it takes files over. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: UploadStore;
  readonly spoolFolder: string;
}

const never = new AbortController().signal;

/** A file alone in a folder of the spool, as the HTTP surface leaves it. */
export async function spooled(spoolFolder: string, bytes: Uint8Array): Promise<string> {
  const folder = join(spoolFolder, randomBytes(16).toString('hex'));
  await mkdir(folder);
  await writeFile(join(folder, 'data'), bytes);
  return join(folder, 'data');
}

/** An empty folder that ends with the scope. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'landfall-store-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** What every store of uploads promises. */
export function uploadStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`uploads in ${name}`, () => {
    let opened: OpenedStore;
    let store: UploadStore;
    before(async () => {
      opened = await open();
      store = opened.store;
    });
    after(() => opened[Symbol.asyncDispose]());

    const put = async (bytes: Uint8Array, description?: object): Promise<string> =>
      store.put(await spooled(opened.spoolFolder, bytes), description);
    async function bytesOf(key: string): Promise<Buffer | null> {
      await using folder = await temporaryFolder();
      const path = await store.fetch(key, folder.path, never);
      return path === null ? null : await readFile(path);
    }

    test('what is put comes back byte for byte, as often as one likes', async () => {
      for (const size of [0, 1, 70_000]) {
        const bytes = randomBytes(size);
        const key = await put(bytes);
        assert.match(key, /^[0-9a-f]{20}$/);
        assert.deepEqual(await bytesOf(key), bytes);
        assert.deepEqual(await bytesOf(key), bytes);
        await store.remove(key);
      }
    });

    test('what is removed, or was never there, is gone; removing it again is no error', async () => {
      const key = await put(Buffer.from('a'), { name: 'a' });
      await store.remove(key);
      await store.remove(key);
      for (const gone of [key, '0'.repeat(20)]) {
        assert.equal(await bytesOf(gone), null);
        assert.equal(await store.describe(gone), null);
      }
    });

    test('a description is kept with its upload alone', async () => {
      const description = { accountId: 'ann', name: 'Städte "1".csv', sizeBytes: 1, mediaType: null };
      const key = await put(Buffer.from('a'), description);
      const other = await put(Buffer.from('b'));
      assert.deepEqual(await store.describe(key), description);
      assert.equal(await store.describe(other), null);
      await store.remove(key);
      await store.remove(other);
    });

    test('the list has every upload, when it came and whether it is described, and nothing else', async () => {
      await store.check();
      const began = Date.now();
      const keys = [
        await put(Buffer.from('a')),
        await put(Buffer.from('b'), { name: 'b' }),
        await put(Buffer.from('c')),
      ];
      const listed = await store.list();
      assert.deepEqual(
        listed.map(({ key, isDescribed }) => [key, isDescribed]).toSorted(),
        keys.map((key, index) => [key, index === 1]).toSorted(),
      );
      for (const { changedAt } of listed) assert.ok(Math.abs(changedAt.getTime() - began) < 60_000);
      for (const key of keys) await store.remove(key);
      assert.deepEqual(await store.list(), []);
    });

    test('puts at once do not meet', async () => {
      const all = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => [await put(Buffer.from(`file ${index}`)), index] as const),
      );
      for (const [key, index] of all) assert.equal(String(await bytesOf(key)), `file ${index}`);
      await Promise.all(all.map(([key]) => store.remove(key)));
      assert.deepEqual(await store.list(), []);
    });
  });
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ImportError } from '../../src/errors.ts';
import { openStorage } from '../../src/sources/uploads/open-store.ts';
import { PART_BYTES } from '../../src/sources/uploads/part-hash.ts';
import { createHttpClient } from '../../src/util/http-client.ts';
import { KEY_ID, type ObjectStandIn, SECRET, startObjectStandIn } from '../support/object-stand-in.ts';
import { type OpenedStore, spooled, temporaryFolder, uploadStoreContract } from './upload-store.contract.ts';

const never = new AbortController().signal;

interface OpenedBucket extends OpenedStore {
  readonly s3: ObjectStandIn;
}

async function openStandIn(prefix = '/some (odd)&prefix', secret = SECRET): Promise<OpenedBucket> {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const s3 = stack.use(await startObjectStandIn());
  const client = stack.adopt(createHttpClient({ allowNetworks: ['127.0.0.0/8'] }), (opened) => opened.close());
  const { store } = openStorage(
    {
      url: `s3://data${encodeURI(prefix)}?endpoint=${encodeURIComponent(s3.url)}`,
      accessKeyId: KEY_ID,
      secretAccessKey: secret,
      sessionToken: null,
      region: null,
      ownFolder: folder.path,
    },
    client,
    1,
  );
  return { store, s3, spoolFolder: folder.path, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

uploadStoreContract('a bucket', () => openStandIn());

const isIoError = (detail: RegExp) => (error: unknown) =>
  error instanceof ImportError && error.code === 1000 && detail.test(error.message) && error.hint !== undefined;

test('a long file goes in parts, and comes back whole where its transfer breaks', async () => {
  await using opened = await openStandIn('');
  const bytes = randomBytes(2 * PART_BYTES + 12_345);
  opened.s3.busy = 2;
  const key = await opened.store.put(await spooled(opened.spoolFolder, bytes));
  assert.equal(opened.s3.calls.filter((call) => /partNumber=\d.* 200$/.test(call)).length, 3);
  assert.equal(opened.s3.unfinished.size, 0);
  opened.s3.cuts.push(1_000_000, PART_BYTES);
  const path = await opened.store.fetch(key, opened.spoolFolder, never);
  assert.ok(path !== null && bytes.equals(await readFile(path)));
  assert.equal(opened.s3.calls.filter((call) => call.startsWith(`GET /data/${key}/data`)).length, 3);
});

test('bytes that are not those that were stored are refused', async () => {
  await using opened = await openStandIn('');
  const key = await opened.store.put(await spooled(opened.spoolFolder, Buffer.from('a,b\n1,2\n')));
  opened.s3.objects.set(`${key}/data`, 'a,b\n1,3\n');
  await assert.rejects(opened.store.fetch(key, opened.spoolFolder, never), isIoError(/other bytes than were stored/));
});

test('a bucket in another region is asked for there', async () => {
  await using opened = await openStandIn();
  opened.s3.region = 'eu-north-1';
  await opened.store.check();
  assert.equal(opened.s3.objects.size, 0);
});

test('a store that is busy for long, refuses or is gone ends in 1000, which tells no secret', async () => {
  const opened = await openStandIn('', 'another secret');
  const path = await spooled(opened.spoolFolder, Buffer.from('a'));
  await assert.rejects(opened.store.put(path), isIoError(/answered PUT with 400/));
  opened.s3.busy = 100;
  await assert.rejects(opened.store.put(path), isIoError(/answered PUT with 503 SlowDown/));
  await opened.s3[Symbol.asyncDispose]();
  await assert.rejects(opened.store.put(path), (error) => {
    assert.ok(isIoError(/cannot be reached/)(error));
    for (let one: unknown = error; one instanceof Error; one = one.cause) {
      assert.ok(!`${one.stack} ${JSON.stringify(one)}`.includes('another secret'));
    }
    return true;
  });
  await assert.rejects(opened.store.check(), isIoError(/cannot be reached/));
});

test('what a dead server left in parts is given up after a day', async () => {
  await using opened = await openStandIn('/up');
  const { s3 } = opened;
  const key = 'a'.repeat(20);
  const day = 24 * 3_600_000;
  s3.unfinished.set('old', { key: `up/${key}/data`, initiated: new Date(Date.now() - day - 60_000), parts: new Map() });
  s3.unfinished.set('new', { key: `up/${key}/data`, initiated: new Date(Date.now() - day + 60_000), parts: new Map() });
  s3.unfinished.set('other', { key: 'up/backup/data', initiated: new Date(0), parts: new Map() });
  s3.objects.set(`up/x/${key}/data`, 'of somebody else');
  assert.deepEqual(await opened.store.list(), []);
  assert.deepEqual([...s3.unfinished.keys()], ['new', 'other']);
});

test('settings that name no bucket, or lack its keys, are refused with their name', () => {
  const client = { send: () => Promise.reject(new Error('nothing is asked')) };
  const settings = { accessKeyId: 'a', secretAccessKey: null, sessionToken: null, region: null, ownFolder: '/x' };
  const open = (url: string, secretAccessKey: string | null) => () =>
    openStorage({ ...settings, url, secretAccessKey }, client);
  assert.throws(open('s3://data/up', null), /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
  assert.throws(open('s3:///up', 'b'), /^Error: STORAGE_URL: no name of a bucket/);
  assert.throws(open('ftp://data/up', 'b'), /^Error: STORAGE_URL: expected/);
  assert.throws(open('s3://data/up?endpoint=nothing', 'b'), /^Error: STORAGE_URL: /);
});

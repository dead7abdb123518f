import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upload } from 'tus-js-client';
import { startTestApp } from '../support/app.ts';
import { anyEngine } from '../support/database.ts';
import { startHttpApp } from '../support/http-app.ts';

const TUS = { 'tus-resumable': '1.0.0' };
const ANN = { ...TUS, authorization: 'Bearer ann-key' };

async function begin(url: string, length: number, headers: Record<string, string> = ANN): Promise<Response> {
  return fetch(`${url}/api/v1/files`, {
    method: 'POST',
    headers: { ...headers, 'upload-length': String(length), 'upload-metadata': `filename ${btoa('a.csv')}` },
  });
}

const send = (url: string, offset: number, body: string, headers: Record<string, string> = ANN): Promise<Response> =>
  fetch(url, {
    method: 'PATCH',
    headers: { ...headers, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    body,
  });

test('bytes that have arrived are kept, and the upload goes on behind them', async () => {
  await using app = await startHttpApp();
  const begun = await begin(app.url, 8);
  assert.equal(begun.status, 201);
  const at = app.url + begun.headers.get('location');
  assert.equal((await send(at, 0, 'a,b\n')).headers.get('upload-offset'), '4');
  const head = await fetch(at, { method: 'HEAD', headers: ANN });
  assert.deepEqual([head.headers.get('upload-offset'), head.headers.get('upload-length')], ['4', '8']);
  assert.equal((await send(at, 0, '1,2\n')).status, 409, 'a wrong offset writes nothing');
  assert.equal((await send(at, 4, '1,2\n1,2\n')).status, 413, 'more than was said is refused');
  assert.equal((await fetch(at, { method: 'DELETE', headers: ANN })).status, 204);
  assert.equal((await fetch(at, { method: 'HEAD', headers: ANN })).status, 404);
});

test('an upload is seen by its account alone, and by clients that speak its protocol', async () => {
  await using app = await startHttpApp();
  const at = app.url + (await begin(app.url, 4)).headers.get('location');
  const bob = { ...TUS, authorization: 'Bearer bob+key/' };
  assert.equal((await fetch(at, { method: 'HEAD', headers: bob })).status, 404);
  assert.equal((await send(at, 0, 'x', bob)).status, 404);
  assert.equal((await begin(app.url, 4, TUS)).status, 401);
  assert.equal((await begin(app.url, 4, { authorization: 'Bearer ann-key' })).status, 412);
  assert.equal((await begin(app.url, 2_001, bob)).status, 413, "more than the account's limit");
  for (const id of ['..', '%2e%2e%2f', 'a'.repeat(32), '.'.repeat(32)]) {
    assert.equal((await fetch(`${app.url}/api/v1/files/${id}`, { method: 'HEAD', headers: ANN })).status, 404, id);
  }
});

test('an import takes a complete upload once, and no other', async () => {
  await using app = await startTestApp(anyEngine);
  const key = { ...TUS, authorization: `Bearer ${app.key}` };
  const at = app.url + (await begin(app.url, 8, key)).headers.get('location');
  const ask = (id: string): Promise<Response> =>
    fetch(`${app.url}/api/v1/imports?${new URLSearchParams({ api_key: app.key, upload_id: id })}`, { method: 'POST' });
  const id = at.split('/').at(-1) ?? '';
  assert.equal((await ask(id)).status, 400, 'nothing has come yet');
  await send(at, 0, 'a,b\n1,2\n', key);
  const accepted = await ask(id);
  assert.equal(accepted.status, 200);
  const { item_queue_id } = (await accepted.json()) as { item_queue_id: string };
  const done = await app.waitFor(item_queue_id);
  assert.deepEqual([done.state, done.table_name, done.display_name], ['complete', 'a', 'a.csv']);
  assert.equal((await ask(id)).status, 400);
});

test('the published client of the protocol gets its file across', async () => {
  await using app = await startHttpApp();
  const bytes = Buffer.from('a,b\n'.repeat(50_000));
  const url = await new Promise<string>((resolve, reject) => {
    const upload: Upload = new Upload(bytes, {
      endpoint: `${app.url}/api/v1/files`,
      headers: { authorization: 'Bearer ann-key' },
      chunkSize: 64 * 1024,
      metadata: { filename: 'große Städte.csv' },
      onSuccess: () => resolve(upload.url ?? ''),
      onError: reject,
    });
    upload.start();
  });
  const head = await fetch(url, { method: 'HEAD', headers: ANN });
  assert.equal(head.headers.get('upload-offset'), String(bytes.length));
  const imported = await app.post(`?upload_id=${url.split('/').at(-1)}`, null, { authorization: 'Bearer ann-key' });
  assert.equal(imported.status, 200);
  assert.equal(app.created[0]?.displayName, 'große_Städte.csv');
});

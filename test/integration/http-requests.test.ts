import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { people, startHttpApp } from '../support/http-app.ts';

const annBasic = { authorization: `Basic ${Buffer.from('ann:ann-key').toString('base64')}` };
const accepted = /^\{"item_queue_id":"[0-9a-f-]{36}","success":true\}$/;

test('the key counts wherever the contract lets it stand', async () => {
  await using app = await startHttpApp({ slots: 100 });
  const form = new FormData();
  form.set('api_key', 'bob+key/');
  const answers = [
    await app.post('?api_key=ann-key', null),
    await app.post('?api_key=bob%2Bkey/', null),
    await app.post('', '{"api_key":"ann-key","client":"x"}', { 'content-type': 'application/json' }),
    await app.post('', new URLSearchParams({ api_key: 'bob+key/' })),
    await app.post('', form),
    await app.post('', null, annBasic),
    await app.post('', null, { authorization: 'Bearer bob+key/' }),
    await app.post('/?api_key=ann-key', null),
    await app.post('.json?api_key=ann-key', null),
  ];
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    assert.match(answer.text, accepted);
  }
  assert.equal(app.created.length, answers.length);
});

test('the key counts in the body of a GET and a DELETE too', async () => {
  await using app = await startHttpApp();
  const { json } = await app.post('?api_key=ann-key', null);
  let { item_queue_id: id } = json as { item_queue_id: string };
  const send = async (method: string, type: string, body: string): Promise<number | undefined> => {
    const sent = request(`${app.url}/api/v1/imports/${id}`, {
      method,
      headers: { 'content-type': type, 'content-length': body.length },
    });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
  assert.equal(await send('GET', 'application/json', '{"api_key":"ann-key"}'), 200);
  assert.equal(await send('GET', 'application/json', '{"api_key":"wrong"}'), 401);
  assert.equal(await send('GET', 'text/plain', '{"api_key":"ann-key"}'), 401);
  id = randomUUID();
  assert.equal(await send('DELETE', 'application/x-www-form-urlencoded', 'api_key=ann-key'), 404);
  assert.equal(await send('DELETE', 'application/x-www-form-urlencoded', 'api_key=wrong'), 401);
});

test('a missing, wrong or foreign key gets 401 with an empty body everywhere', async () => {
  await using app = await startHttpApp();
  const { json } = await app.post('?api_key=ann-key', null);
  const id = (json as { item_queue_id: string }).item_queue_id;
  for (const path of ['/api/v1/imports', `/api/v1/imports/${id}`]) {
    for (const answer of [
      await app.get(path),
      await app.get(`${path}?api_key=wrong`),
      await app.get(`${path}?api_key=`),
      await app.get(`${path}?api_key=${'k'.repeat(5_000)}`),
      await app.get(`/user/bob${path}?api_key=ann-key`),
      await app.get(`/u/bob${path}?api_key=ann-key`),
      await app.get(`/user/bob${path}`, annBasic),
      await app.get(`${path}?api_key=ann-key`, { authorization: 'Bearer wrong' }),
    ]) {
      assert.deepEqual([answer.status, answer.text], [401, '']);
      assert.equal(answer.headers.get('content-type'), null);
    }
  }
  for (const answer of [
    await app.post('', null),
    await app.post('?api_key=wrong', '{}'),
    await app.post('', '{"url":"http://x/"}', { 'content-type': 'application/json' }),
  ]) {
    assert.deepEqual([answer.status, answer.text], [401, '']);
  }
});

test('an unknown account is 404, an import of another account too, and neither has a body', async () => {
  await using app = await startHttpApp();
  const { json } = await app.post('?api_key=ann-key', null);
  const id = (json as { item_queue_id: string }).item_queue_id;
  for (const path of [
    `/user/nobody/api/v1/imports/${id}?api_key=ann-key`,
    '/user/%00/api/v1/imports?api_key=ann-key',
    '/user/%zz/api/v1/imports?api_key=ann-key',
    `/api/v1/imports/${id}?api_key=bob%2Bkey/`,
    '/api/v1/imports/99999999-9999-4999-8999-999999999999?api_key=ann-key',
    '/api/v1/imports/1?api_key=ann-key',
    `/api/v1/imports/${'x'.repeat(3_000)}?api_key=ann-key`,
    '/api/v1/nothing?api_key=ann-key',
  ]) {
    const answer = await app.get(path);
    assert.deepEqual([answer.status, answer.text], [404, ''], path);
  }
  assert.equal((await app.get(`/u/ann/api/v1/imports/${id.toUpperCase()}.json/?api_key=ann-key`)).status, 200);
});

test('with a base domain the host names the account, and no host is ever repeated', async () => {
  await using app = await startHttpApp({ baseDomain: 'example.org' });
  const ask = async (host: string, path: string): Promise<string> => {
    const socket = connect(app.port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return (await socket.toArray()).join('');
  };
  assert.match(await ask('ann.example.org', '/api/v1/imports?api_key=ann-key'), /^HTTP\/1.1 200/);
  assert.match(await ask('bob.example.org', '/api/v1/imports?api_key=ann-key'), /^HTTP\/1.1 401/);
  assert.match(await ask('nobody.example.org', '/api/v1/imports?api_key=ann-key'), /^HTTP\/1.1 404/);
  assert.match(await ask('org.example.org', '/u/ann/api/v1/imports?api_key=ann-key'), /^HTTP\/1.1 200/);
  for (const path of ['/', '/docs', '/openapi.json', '/x', '/api/v1/imports?api_key=ann-key']) {
    assert.doesNotMatch(await ask('evil.invalid', path), /evil/, path);
  }
});

test('the list holds the ids of unfinished imports, newest first', async () => {
  await using app = await startHttpApp();
  const first = (await app.post('?api_key=ann-key', null)).json as { item_queue_id: string };
  const second = (await app.post('?api_key=ann-key', null)).json as { item_queue_id: string };
  await app.post('?api_key=bob%2Bkey/', null);
  const { json, headers } = await app.get('/api/v1/imports/?api_key=ann-key&callback=ignored');
  assert.deepEqual(json, { imports: [second.item_queue_id, first.item_queue_id], success: true });
  assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
});

test('one import more than allowed is 429 with the sentence and the headers, before its body is read', async () => {
  await using app = await startHttpApp({ slots: 2 });
  await app.post('?api_key=ann-key', null);
  await app.post('?api_key=ann-key', null);
  const form = new FormData();
  form.set('file', new Blob(['a\n1\n']), 'a.csv');
  const answer = await app.post('?api_key=ann-key', form);
  assert.equal(answer.status, 429);
  assert.deepEqual(answer.json, {
    errors: { imports: "We're sorry but you're already using your allowed 2 import slots" },
  });
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  assert.equal(answer.headers.get('carto-rate-limit-limit'), '2');
  assert.equal(answer.headers.get('carto-rate-limit-remaining'), '0');
  assert.ok(Number(answer.headers.get('carto-rate-limit-reset')) > 0);
  assert.deepEqual(await app.spooled(), []);
  assert.equal((await app.post('?api_key=bob%2Bkey/', null)).status, 200);
});

test('a POST with callback answers as JSONP, with any status', async () => {
  await using app = await startHttpApp();
  const good = await app.post('?api_key=ann-key&callback=$cb_1', null);
  assert.match(good.text, /^\$cb_1\(\{"item_queue_id":"[^"]+","success":true\}\)$/);
  assert.equal(good.headers.get('content-type'), 'text/javascript; charset=utf-8');
  const bad = await app.post('?api_key=ann-key&callback=cb&privacy=x', null);
  assert.deepEqual([bad.status, bad.text.startsWith('cb({"errors":')], [400, true]);
  for (const callback of ['a.b', '1a', 'alert(1)//', '%3Cscript%3E', '%C3%A1']) {
    const answer = await app.post(`?api_key=ann-key&callback=${callback}`, null);
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.json, { errors: { callback: 'Invalid callback format' } });
  }
});

test('any page may call the API, without cookies', async () => {
  await using app = await startHttpApp();
  const preflight = await fetch(`${app.url}/user/ann/api/v1/imports/`, { method: 'OPTIONS' });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /\bPUT\b/);
  const { headers } = await app.get('/api/v1/imports?api_key=ann-key', { origin: 'https://evil.invalid' });
  assert.equal(headers.get('access-control-allow-origin'), '*');
  assert.equal(headers.get('access-control-allow-credentials'), null);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
});

test('a request id is taken over where it is a plain word, and made otherwise', async () => {
  await using app = await startHttpApp();
  const idOf = async (id: string) => (await app.get('/healthz', { 'x-request-id': id })).headers.get('x-request-id');
  assert.equal(await idOf('trace-1:a.b'), 'trace-1:a.b');
  assert.match((await idOf('not a word')) ?? '', /^[0-9a-f-]{36}$/);
});

test('readiness is 503 as soon as one check fails', async () => {
  await using app = await startHttpApp();
  assert.equal((await app.get('/readyz')).status, 200);
  app.checks.draining = { ok: false, detail: 'stopping' };
  const answer = await app.get('/readyz');
  assert.equal(answer.status, 503);
  assert.deepEqual(answer.json, {
    ready: false,
    checks: { database: { ok: true }, draining: { ok: false, detail: 'stopping' } },
  });
  assert.equal((await app.get('/healthz')).status, 200);
});

test('neither log nor metrics hold a key, a query or a path that a client typed', async () => {
  await using app = await startHttpApp({ slots: 100 });
  const secret = 'SECRETSECRET';
  const form = new FormData();
  form.set('api_key', secret);
  form.set('file', new Blob(['a']), 'a.csv');
  await app.get(`/api/v1/imports?api_key=${secret}`);
  await app.get(`/api/v1/imports/${secret}?api_key=${secret}`);
  await app.get(`/user/${secret}/api/v1/imports`);
  await app.get(`/${secret}?x=${secret}`);
  await app.get(`/%zz${secret}`);
  await app.get('/api/v1/imports', { authorization: `Bearer ${secret}`, 'x-request-id': `${secret} !` });
  await app.post('', form);
  await app.post('', `{"api_key":"${secret}"`, { 'content-type': 'application/json' });
  await app.post(`?api_key=ann-key&url=https://u:${secret}@example.org/`, null);
  assert.doesNotMatch(app.logLines.join(''), new RegExp(secret));
  const metrics = await app.get('/metrics');
  assert.doesNotMatch(metrics.text, new RegExp(secret));
  assert.match(metrics.text, /http_requests_total\{route="\/api\/v1\/imports\/:id",method="GET",status="401"\} 1/);
  const line = JSON.parse(app.logLines.find((text) => text.includes('"account_id":"1')) ?? '{}');
  assert.equal(line.account_id, people.ann.id);
  assert.equal(line.route, '/api/v1/imports');
});

test('while the database does not answer, requests get 503 and when to come back', async () => {
  await using app = await startHttpApp();
  app.outage = true;
  for (const answer of [
    await app.get('/api/v1/imports?api_key=ann-key'),
    await app.post('?api_key=ann-key', null),
    await app.get('/user/ann/api/v1/imports'),
  ]) {
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
    assert.match(answer.text, /"errors":\["The database/);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHttpApp } from '../support/http-app.ts';

const signIn = (url: string, account: string, key: string): Promise<Response> =>
  fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ account, api_key: key }),
  });

const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? '';

test('a session stands for the key it was opened with, on every route', async () => {
  await using app = await startHttpApp();
  const opened = await signIn(app.url, 'ann', 'ann-key');
  assert.equal(opened.status, 200);
  assert.deepEqual(await opened.json(), { account: 'ann' });
  assert.match(opened.headers.get('set-cookie') ?? '', /; HttpOnly; SameSite=Strict$/);

  const cookie = cookieOf(opened);
  assert.doesNotMatch(cookie, /ann-key/);
  const who = await app.get('/api/v1/session', { cookie });
  assert.deepEqual([who.status, who.json], [200, { account: 'ann' }]);
  assert.equal((await app.get('/api/v1/imports', { cookie })).status, 200);
  const made = await app.post('', JSON.stringify({ url: 'http://example.org/a.csv' }), {
    cookie,
    'content-type': 'application/json',
  });
  assert.equal(made.status, 200);
});

test('a session opens nothing that its key does not', async () => {
  await using app = await startHttpApp();
  const cookie = cookieOf(await signIn(app.url, 'ann', 'ann-key'));
  assert.equal((await app.get('/user/bob/api/v1/imports', { cookie })).status, 401);
  const other = { cookie, authorization: 'Bearer wrong' };
  assert.equal((await app.get('/api/v1/imports', other)).status, 401, 'a header is the only place looked at');
});

test('a wrong key, the key of another account and a made-up cookie open nothing', async () => {
  await using app = await startHttpApp();
  for (const [account, key] of [
    ['ann', 'wrong'],
    ['bob', 'ann-key'],
    ['ann', ''],
  ] as const) {
    const refused = await signIn(app.url, account, key);
    assert.deepEqual([refused.status, refused.headers.get('set-cookie')], [401, null], `${account} ${key}`);
  }
  const cookie = cookieOf(await signIn(app.url, 'ann', 'ann-key'));
  for (const forged of [`${cookie.slice(0, -4)}AAAA`, 'landfall_session=', 'landfall_session=sealed1:AAAA', 'x=y']) {
    assert.equal((await app.get('/api/v1/imports', { cookie: forged })).status, 401, forged);
  }
});

test('a page of another site cannot use the session', async () => {
  await using app = await startHttpApp();
  const cookie = cookieOf(await signIn(app.url, 'ann', 'ann-key'));
  for (const site of ['cross-site', 'same-site']) {
    assert.equal((await app.get('/api/v1/imports', { cookie, 'sec-fetch-site': site })).status, 401, site);
  }
  assert.equal((await app.get('/api/v1/imports', { cookie, 'sec-fetch-site': 'same-origin' })).status, 200);
});

test('signing out takes the cookie away', async () => {
  await using app = await startHttpApp();
  const ended = await fetch(`${app.url}/api/v1/session`, { method: 'DELETE' });
  assert.equal(ended.status, 204);
  assert.match(ended.headers.get('set-cookie') ?? '', /^landfall_session=; Path=\/; Max-Age=0/);
});

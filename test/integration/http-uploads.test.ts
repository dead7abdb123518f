import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { type HttpApp, startHttpApp } from '../support/http-app.ts';

const csv = 'name,pop\nÁvila,58000\n';
const part = (disposition: string, content: string, type = 'text/csv'): string =>
  `--XX\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
const multipart = { 'content-type': 'multipart/form-data; boundary=XX' };

function lastFile(app: HttpApp) {
  const { request } = app.created.at(-1) ?? assert.fail('nothing was created');
  assert.ok(request.kind === 'upload');
  return { ...request.file, path: path.join(app.uploadsFolder, request.key, 'data') };
}

/** Sends exact bytes; the answer, or '' where the connection was closed without one. */
async function raw(app: HttpApp, head: string, body: string | Buffer, end = true): Promise<string> {
  const socket: Socket = connect(app.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`POST /api/v1/imports?api_key=ann-key HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n\r\n`);
  socket.write(body);
  if (end) socket.end();
  return (await socket.toArray().catch(() => [])).join('');
}

async function isEmptySoon(app: HttpApp): Promise<void> {
  for (let tries = 0; tries < 100 && (await app.spooled()).length > 0; tries++) await delay(20);
  assert.deepEqual(await app.spooled(), []);
}

test('a multipart file reaches the spool byte for byte, under a name of ours and the mode 0600', async () => {
  await using app = await startHttpApp();
  const form = new FormData();
  form.set('file', new Blob([csv]), 'política agraria (2).csv');
  form.set('privacy', 'Public');
  form.set('collision_strategy', 'overwrite');
  assert.equal((await app.post('?api_key=ann-key', form)).status, 200);
  const file = lastFile(app);
  assert.equal(file.name, 'política_agraria_(2).csv');
  assert.equal(await readFile(file.path, 'utf8'), csv);
  assert.equal(file.sizeBytes, Buffer.byteLength(csv));
  assert.equal((await stat(file.path)).mode & 0o777, 0o600);
  assert.equal((await stat(path.dirname(file.path))).mode & 0o777, 0o700);
  assert.equal(path.dirname(path.dirname(file.path)), app.uploadsFolder);
  const created = app.created.at(-1);
  assert.deepEqual([created?.options.privacy, created?.options.collisionStrategy], ['public', 'overwrite']);
  assert.deepEqual([created?.originalUrl, created?.displayName], ['', 'política_agraria_(2).csv']);
});

test('names survive every way in which clients write them', async () => {
  await using app = await startHttpApp({ slots: 100 });
  for (const [disposition, name] of [
    ['name="file"; filename="a b.csv"', 'a_b.csv'],
    ['name=file; filename=plain.csv', 'plain.csv'],
    ['name="file"; filename="../../x.csv"', 'x.csv'],
    ['name="file"; filename="C:\\\\fakepath\\\\x.csv"', 'x.csv'],
    ['name="file"; filename*=UTF-8\'\'pol%C3%ADtica.csv', 'política.csv'],
    ['name="filename"; filename="數據.csv"', '數據.csv'],
    [`name="file"; filename="${'x'.repeat(300)}.csv"`, `${'x'.repeat(251)}.csv`],
  ] as const) {
    const answer = await app.post('?api_key=ann-key', `${part(disposition, csv)}--XX--\r\n`, multipart);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(lastFile(app).name, name);
    assert.equal(await readFile(lastFile(app).path, 'utf8'), csv);
  }
});

test('the part filename wins over file, and only one file is kept', async () => {
  await using app = await startHttpApp();
  const file = part('name="file"; filename="a.csv"', 'a');
  const filename = part('name="filename"; filename="b.csv"', 'b');
  for (const body of [file + filename, filename + file]) {
    assert.equal((await app.post('?api_key=ann-key', `${body}--XX--\r\n`, multipart)).status, 200);
    assert.equal(lastFile(app).name, 'b.csv');
  }
  await delay(50);
  assert.equal((await app.spooled()).length, 2);
});

test('with filename in the query the body is the file, whatever its type says', async () => {
  await using app = await startHttpApp({ slots: 100 });
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/csv', 'nonsense', '']) {
    const body = new TextEncoder().encode('{"a": [1,2');
    const answer = await app.post(
      '?filename=x%20y.csv&api_key=ann-key',
      body,
      type === '' ? {} : { 'content-type': type },
    );
    assert.equal(answer.status, 200, `${type}: ${answer.text}`);
    assert.equal(lastFile(app).name, 'x_y.csv');
    assert.equal(await readFile(lastFile(app).path, 'utf8'), '{"a": [1,2');
  }
});

test('a file over the limit is accepted and has failed with 6666, and nothing of it is kept', async () => {
  await using app = await startHttpApp({ maxFileBytes: 100_000, slots: 100 });
  const big = new Uint8Array(3_000_000);
  const form = () => {
    const filled = new FormData();
    filled.set('file', new Blob([big]), 'big.csv');
    return filled;
  };
  const keyAfter = form();
  keyAfter.set('api_key', 'bob+key/');
  keyAfter.set('file', new Blob([new Uint8Array(5_000)]), 'big.csv');
  const answers = [
    await app.post('?api_key=ann-key', form()),
    await app.post('?api_key=ann-key&filename=big.csv', big),
    await app.post('', keyAfter),
  ];
  for (const [index, { status, json }] of answers.entries()) {
    assert.equal(status, 200);
    assert.equal(app.created[index]?.failure?.kind, 'fileTooBig');
    const id = (json as { item_queue_id: string }).item_queue_id;
    const key = index === 2 ? 'bob%2Bkey/' : 'ann-key';
    const shown = (await app.get(`/api/v1/imports/${id}?api_key=${key}`)).json as Record<string, unknown>;
    assert.deepEqual([shown.state, shown.success, shown.error_code], ['failure', false, 6666]);
    assert.equal(shown.display_name, 'big.csv');
  }
  await isEmptySoon(app);
});

test('a file whose key comes behind it is kept only if the key is right', async () => {
  await using app = await startHttpApp();
  const file = part('name="file"; filename="a.csv"', csv);
  const key = (text: string) => `--XX\r\nContent-Disposition: form-data; name="api_key"\r\n\r\n${text}\r\n--XX--\r\n`;
  assert.equal((await app.post('', file + key('ann-key'), multipart)).status, 200);
  assert.equal((await app.spooled()).length, 1);
  const wrong = await app.post('', file + key('wrong'), multipart);
  assert.deepEqual([wrong.status, wrong.text], [401, '']);
  const none = await app.post('', `${file}--XX--\r\n`, multipart);
  assert.deepEqual([none.status, none.text], [401, '']);
  await delay(50);
  assert.equal((await app.spooled()).length, 1);
});

test('a client that waits for 100-continue sends no body where the answer is no', async () => {
  await using app = await startHttpApp();
  const ask = async (key: string): Promise<string> => {
    const socket = connect(app.port, '127.0.0.1');
    socket.write(
      `POST /api/v1/imports?filename=a.csv&api_key=${key} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`,
    );
    const [first] = (await new Promise<Buffer>((resolve) => socket.once('data', resolve))).toString().split('\r\n');
    socket.destroy();
    return first ?? '';
  };
  assert.equal(await ask('ann-key'), 'HTTP/1.1 100 Continue');
  assert.equal(await ask('wrong'), 'HTTP/1.1 401 Unauthorized');
});

test('a broken multipart body is 400 or a closed connection, and leaves no file', async () => {
  await using app = await startHttpApp({ slots: 1_000 });
  const file = part('name="file"; filename="a.csv"', csv);
  const bodies: readonly string[] = [
    '',
    '--XX',
    '--XX--',
    '--XX\r\n',
    '\r\n\r\n',
    'no boundary at all',
    file,
    `${file}--XX`,
    `${file}--XX-`,
    file.slice(0, 40),
    file.slice(0, -10),
    '--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n',
    '--XX\r\nContent-Disposition\r\n\r\nx\r\n--XX--\r\n',
    '--XX\r\n\r\nx\r\n--XX--\r\n',
    `--XX\r\n${'x: y\r\n'.repeat(5_000)}\r\nx\r\n--XX--\r\n`,
    `--XX\r\nContent-Disposition: form-data; name="${'n'.repeat(100_000)}"\r\n\r\nx\r\n--XX--\r\n`,
    `--XX\r\nContent-Disposition: form-data; name="f"\r\n\r\n${'v'.repeat(100_000)}\r\n--XX--\r\n`,
    `${'--XX\r\nContent-Disposition: form-data; name="f"\r\n\r\nv\r\n'.repeat(500)}--XX--\r\n`,
    `${file.repeat(2)}--XX--\r\n`,
    `${part('name="other"; filename="a.csv"', 'x')}--XX--\r\n`,
    `--XX\nContent-Disposition: form-data; name="file"; filename="a.csv"\n\nx\n--XX--\n`,
    `--YY\r\n${file.slice(4)}--YY--\r\n`,
  ];
  const alright = /^HTTP\/1\.1 (200|400) /;
  for (const [index, body] of bodies.entries()) {
    const head = `Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: ${Buffer.byteLength(body)}`;
    assert.match(await raw(app, head, body, false), alright, `body ${index}`);
    const chunked = `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n${body === '' ? '' : '0\r\n\r\n'}`;
    const type = 'Content-Type: multipart/form-data; boundary=XX\r\nTransfer-Encoding: chunked';
    assert.match(await raw(app, type, chunked, false), alright, `chunked body ${index}`);
    const short = await raw(
      app,
      head.replace(/\d+$/, (length) => String(Number(length) + 50)),
      body,
    );
    assert.ok(short === '' || / 400 /.test(short), `short body ${index}: ${short.slice(0, 200)}`);
  }
  for (const type of ['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary="']) {
    const head = `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(file)}`;
    assert.match(await raw(app, head, file, false), / 400 /, type);
  }
  for (const { request } of app.created) {
    assert.deepEqual(request, { kind: 'nothing' }, 'a broken body made an upload');
  }
  await isEmptySoon(app);
  assert.equal((await app.get('/healthz')).status, 200);
});

test('an upload that its client cuts off leaves no file and no import', async () => {
  await using app = await startHttpApp();
  for (const body of [part('name="file"; filename="a.csv"', 'x'.repeat(200_000)), 'x'.repeat(200_000)]) {
    const socket = connect(app.port, '127.0.0.1');
    const query = body.startsWith('--XX') ? '' : 'filename=a.csv&';
    socket.write(
      `POST /api/v1/imports?${query}api_key=ann-key HTTP/1.1\r\nHost: x\r\nContent-Type: ${multipart['content-type']}\r\nContent-Length: 9000000\r\n\r\n`.replace(
        query === '' ? '\0' : multipart['content-type'],
        'text/csv',
      ),
    );
    socket.write(body);
    for (let tries = 0; tries < 100 && (await app.spooled()).length === 0; tries++) await delay(10);
    assert.equal((await app.spooled()).length, 1);
    socket.destroy();
    await isEmptySoon(app);
  }
  assert.equal(app.created.length, 0);
});

test('a body that comes too slowly is given up', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  await using app = await startHttpApp();
  for (const [head, body] of [
    ['Content-Type: multipart/form-data; boundary=XX', part('name="file"; filename="a.csv"', 'x'.repeat(9_000))],
    ['Content-Type: application/json', '{"a":'],
  ]) {
    const answer = raw(app, `${head}\r\nContent-Length: 900000`, body ?? '', false);
    await delay(200);
    t.mock.timers.tick(15_000);
    await delay(50);
    t.mock.timers.tick(15_000);
    assert.match(await answer, / 400 [\s\S]*too slowly/);
  }
  await isEmptySoon(app);
});

test('an upload that is announced as too big is answered before it is sent', async () => {
  await using app = await startHttpApp({ maxFileBytes: 10_000_000 });
  const start = part('name="file"; filename="big.csv"', 'x'.repeat(1_000));
  for (const [query, head, body] of [
    ['&filename=big.csv', 'Content-Type: text/csv', 'x'],
    ['', 'Content-Type: multipart/form-data; boundary=XX', start],
  ] as const) {
    const socket = connect(app.port, '127.0.0.1');
    socket.write(`POST /api/v1/imports?api_key=ann-key${query} HTTP/1.1\r\nHost: x\r\n${head}\r\n`);
    socket.write(`Content-Length: 99000000000\r\n\r\n${body}`);
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.destroy();
    assert.match(answer.toString(), /^HTTP\/1.1 200 OK/);
    assert.equal(app.created.at(-1)?.failure?.kind, 'fileTooBig');
    assert.equal(app.created.at(-1)?.displayName, 'big.csv');
  }
  await isEmptySoon(app);
});

test('closing the server waits for an upload, but not for ever', async (t) => {
  await using app = await startHttpApp();
  const answer = raw(
    app,
    'Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: 900000',
    part('name="file"; filename="a.csv"', 'x'),
    false,
  );
  for (let tries = 0; tries < 100 && (await app.spooled()).length === 0; tries++) await delay(10);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let isClosed = false;
  const closed = app.close().then(() => {
    isClosed = true;
  });
  for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
  assert.equal(isClosed, false);
  t.mock.timers.tick(10_000);
  await closed;
  t.mock.timers.reset();
  assert.equal(await answer, '');
  await isEmptySoon(app);
});

test('a multipart body cut into pieces anywhere gives the same file', async () => {
  await using app = await startHttpApp({ slots: 1_000 });
  const content = 'a\r\n--X\r\n--XY\r\n\r\n-'.repeat(20);
  const body = Buffer.from(`${part('name="file"; filename="a.csv"', content)}--XX--\r\n`);
  const cuts = fc.uniqueArray(fc.nat(body.length), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const sorted = [0, ...places.toSorted((a, b) => a - b), body.length];
      const pieces = sorted.slice(1).map((end, index) => body.subarray(sorted[index], end));
      const stream = ReadableStream.from(pieces.filter((piece) => piece.length > 0));
      const response = await fetch(`${app.url}/api/v1/imports?api_key=ann-key`, {
        method: 'POST',
        body: stream,
        headers: multipart,
        duplex: 'half',
      });
      assert.equal(response.status, 200, await response.text());
      assert.equal(await readFile(lastFile(app).path, 'utf8'), content);
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('a request cut off at any byte, by end or by reset, costs neither the server nor a file', async () => {
  await using app = await startHttpApp({ slots: 1_000_000, maxFileBytes: 30_000 });
  const file = `${part('name="file"; filename="a.csv"', 'x'.repeat(20_000))}--XX--\r\n`;
  const big = 'x'.repeat(60_000);
  const requests = [
    ['?api_key=ann-key', 'multipart/form-data; boundary=XX', file],
    ['', 'multipart/form-data; boundary=XX', file],
    ['?api_key=ann-key', 'multipart/form-data; boundary=XX', part('name="file"; filename="a.csv"', big)],
    ['?api_key=ann-key&filename=a.csv', 'text/csv', big],
    ['?api_key=ann-key&filename=a.csv', 'text/csv', 'a\n1\n'],
    ['?api_key=wrong&filename=a.csv', 'text/csv', big],
    ['?api_key=ann-key', 'application/json', '{"url":"http://example.org/a.csv"}'],
  ] as const;
  const framed = requests.flatMap(([query, type, body]) => {
    const head = `POST /api/v1/imports${query} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\n`;
    const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    return [
      `${head}Content-Length: ${body.length}\r\n\r\n${body}`,
      `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`,
      `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.slice(0, -9)}zz\r\n`,
    ];
  });
  const cut = fc.constantFrom(...framed).chain((text) => fc.tuple(fc.constant(text), fc.nat(text.length)));
  await fc.assert(
    fc.asyncProperty(cut, fc.constantFrom('end', 'reset', 'wait'), async ([text, length], how) => {
      const socket = connect(app.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      await new Promise<void>((resolve) => socket.write(text.slice(0, length), () => resolve()));
      if (how === 'wait') await delay(3);
      if (how === 'end') socket.end();
      else socket.resetAndDestroy();
      await new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
    }),
    { seed: 7, numRuns: 300 },
  );
  const kept = () => app.created.filter(({ request, failure }) => request.kind === 'upload' && !failure).length;
  for (let tries = 0; tries < 200 && (await app.spooled()).length !== kept(); tries++) await delay(20);
  assert.equal((await app.spooled()).length, kept());
  assert.equal((await app.get('/healthz')).status, 200);
  assert.doesNotMatch(app.logLines.join(''), /request failed/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type ErrorKind, ImportError } from '../../src/errors.ts';
import type { Fetched } from '../../src/sources/source.ts';
import type { DownloadLimits } from '../../src/sources/url/download.ts';
import { createUrlSource } from '../../src/sources/url/index.ts';
import { createHttpClient } from '../../src/util/http-client.ts';
import { startFetch } from '../support/fetch-context.ts';
import { type Origin, startOrigin } from '../support/origin.ts';

/** 300,000 bytes in which every position can be told from the others. */
const body = Buffer.from(Array.from({ length: 30_000 }, (_, i) => `${String(i).padStart(9, '0')}\n`).join(''));

interface Stage extends AsyncDisposable {
  readonly origin: Origin;
  /** Fetches and hands over what is on disk then. */
  fetch(url: string, maxBytes?: number): Promise<{ fetched: Fetched; bytes: Buffer; progress: readonly number[] }>;
  /** The failure of a fetch, which has to be of this kind. */
  fail(url: string, kind: ErrorKind, options?: { maxBytes?: number; signal?: AbortSignal }): Promise<ImportError>;
}

async function startStage(limits: Partial<DownloadLimits> = {}): Promise<Stage> {
  const origin = await startOrigin();
  const client = createHttpClient({ allowNetworks: ['127.0.0.0/8'], connectTimeoutMs: 500, headersTimeoutMs: 500 });
  const source = createUrlSource({ client, limits: { retryDelayMs: 5, ...limits } });
  return {
    origin,
    async fetch(url, maxBytes) {
      await using job = await startFetch(maxBytes === undefined ? {} : { maxBytes });
      const fetched = await source.fetch(url, job.context);
      assert.equal((await job.files()).length, 1);
      const bytes = await job.read(fetched.files[0]?.path ?? '');
      assert.equal(bytes.length, fetched.files[0]?.sizeBytes);
      return { fetched, bytes, progress: job.progress };
    },
    async fail(url, kind, options) {
      await using job = await startFetch(options);
      const error = await source.fetch(url, job.context).then(
        () => assert.fail(`${url} was fetched`),
        (found: unknown) => found,
      );
      assert.ok(error instanceof ImportError, String(error));
      assert.equal(error.kind, kind, error.message);
      return error;
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await origin[Symbol.asyncDispose]();
    },
  };
}

const rangesOf = (origin: Origin): (string | undefined)[] => origin.requests.map(({ headers }) => headers.range);

test('a file arrives whole, with its name, type and validators', async () => {
  await using stage = await startStage();
  const url = stage.origin.serve('/d/places.csv?key=1', {
    body,
    headers: {
      'content-type': 'Text/CSV; charset=utf-8',
      etag: '"v1"',
      'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT',
    },
  });
  const { fetched, bytes, progress } = await stage.fetch(url);
  assert.deepEqual(bytes, body);
  assert.equal(fetched.files[0]?.name, 'places.csv');
  assert.equal(fetched.files[0]?.mediaType, 'text/csv');
  assert.doesNotMatch(fetched.files[0]?.path ?? 'places', /places/, 'the path is ours');
  assert.deepEqual(fetched.fingerprint, { etag: '"v1"', lastModified: 'Mon, 01 Jan 2024 00:00:00 GMT' });
  assert.equal(progress.at(-1), body.length);
});

test('the name follows Content-Disposition and the address that answered', async () => {
  await using stage = await startStage();
  const named = stage.origin.serve('/x', {
    body,
    headers: { 'content-disposition': 'attachment; filename="médias.csv"' },
  });
  assert.equal((await stage.fetch(named)).fetched.files[0]?.name, 'médias.csv');
  stage.origin.serve('/real.geojson', { body });
  assert.equal(
    (await stage.fetch(stage.origin.serve('/go', { redirect: '/real.geojson' }))).fetched.files[0]?.name,
    'real.geojson',
  );
});

test('every content coding is undone', async () => {
  await using stage = await startStage();
  for (const encoding of ['gzip', 'br', 'deflate', 'raw-deflate'] as const) {
    const { bytes } = await stage.fetch(stage.origin.serve('/a.csv', { body, encoding }));
    assert.deepEqual(bytes, body, encoding);
  }
  const twice = { body: gzipSync(deflateSync(body)), headers: { 'content-encoding': 'deflate, x-gzip' } };
  assert.deepEqual((await stage.fetch(stage.origin.serve('/a.csv', twice))).bytes, body);
  const unknown = stage.origin.serve('/a.csv', { body, headers: { 'content-encoding': 'compress' } });
  assert.match((await stage.fail(unknown, 'downloadFailed')).message, /Content-Encoding that is not known/);
});

test('a compressed file keeps its compression unless the server undid it in the name of a coding', async () => {
  await using stage = await startStage();
  const packed = gzipSync(body);
  const file = await stage.fetch(stage.origin.serve('/a.csv.gz', { body: packed }));
  assert.equal(file.fetched.files[0]?.name, 'a.csv.gz');
  assert.deepEqual(file.bytes, packed);

  const coded = await stage.fetch(
    stage.origin.serve('/a.csv.gz', { body: packed, headers: { 'content-encoding': 'gzip' } }),
  );
  assert.equal(coded.fetched.files[0]?.name, 'a.csv');
  assert.deepEqual(coded.bytes, body);

  const both = await stage.fetch(stage.origin.serve('/a.csv.gz', { body: packed, encoding: 'gzip' }));
  assert.equal(both.fetched.files[0]?.name, 'a.csv.gz');
  assert.deepEqual(both.bytes, packed);
});

test('damaged and cut compressed bodies are told apart', async () => {
  await using stage = await startStage();
  const headers = { 'content-encoding': 'gzip' };
  await stage.fail(stage.origin.serve('/a.csv', { body, headers }), 'downloadFailed');
  const short = gzipSync(body).subarray(0, 5000);
  await stage.fail(stage.origin.serve('/a.csv', { body: short, headers }), 'partialDownload');
});

test('a broken transfer goes on where it broke, when the server proves that the file is the same', async () => {
  await using stage = await startStage();
  const { bytes, progress } = await stage.fetch(
    stage.origin.serve('/a.csv', { body, ranges: true, cutAt: 120_000, cuts: 2 }),
  );
  assert.deepEqual(bytes, body);
  // What was still in a buffer when the connection broke may be asked for again.
  const [first, second, third] = stage.origin.requests.map(({ headers }) =>
    Number(headers.range?.match(/^bytes=(\d+)-$/)?.[1]),
  );
  assert.ok(Number.isNaN(first) && second !== undefined && third !== undefined);
  assert.ok(second > 0 && second <= 120_000 && third > second && third <= second + 120_000, `${second}, ${third}`);
  assert.deepEqual(
    stage.origin.requests.map(({ status }) => status),
    [200, 206, 206],
  );
  assert.ok(
    progress.every((value, i) => value >= (progress[i - 1] ?? 0)),
    'progress never falls back',
  );
});

test('a broken compressed transfer goes on in the middle of the coding', async () => {
  await using stage = await startStage();
  const { bytes } = await stage.fetch(
    stage.origin.serve('/a.csv', { body, encoding: 'gzip', ranges: true, cutAt: 30_000, cuts: 1 }),
  );
  assert.deepEqual(bytes, body);
  assert.match(rangesOf(stage.origin).join(), /^,bytes=[1-9]\d*-$/);
});

test('a file that changed between two tries is fetched from its beginning', async () => {
  await using stage = await startStage();
  const changed = Buffer.from(body.toString().replaceAll('0', 'x'));
  let asked = 0;
  const url = stage.origin.serve('/a.csv', () => {
    asked += 1;
    return asked === 1 ? { body, ranges: true, cutAt: 120_000 } : { body: changed, ranges: true, headers: {} };
  });
  const { bytes } = await stage.fetch(url);
  assert.deepEqual(bytes, changed);
  assert.deepEqual(
    stage.origin.requests.map(({ status }) => status),
    [200, 200],
  );
});

test('parts that are shorter than what was asked for are put together, and never taken for the whole', async () => {
  await using stage = await startStage({ tries: 4 });
  const file = { body, ranges: true, cutAt: 100_000, cuts: 1 };
  const { bytes } = await stage.fetch(stage.origin.serve('/a.csv', { ...file, maxRange: 150_000 }));
  assert.deepEqual(bytes, body);
  assert.ok(stage.origin.requests.length >= 3);
  await stage.fail(stage.origin.serve('/b.csv', { ...file, maxRange: 1000 }), 'partialDownload');
});

test('a body without a length, and one whose parts are compressed otherwise, begin again', async () => {
  await using stage = await startStage();
  const chunked = { body, ranges: true, cutAt: 120_000, cuts: 1, headers: { 'content-length': null } };
  assert.deepEqual((await stage.fetch(stage.origin.serve('/chunked.csv', chunked))).bytes, body);
  assert.deepEqual(rangesOf(stage.origin), [undefined, undefined]);

  const url = stage.origin.serve('/mixed.csv', ({ headers }) =>
    headers.range === undefined
      ? { body, ranges: true, encoding: 'gzip', cutAt: 30_000, cuts: 1, headers: { etag: '"same"' } }
      : { body, ranges: true, headers: { etag: '"same"' } },
  );
  assert.deepEqual((await stage.fetch(url)).bytes, body);
});

test('a server without Range, or with an answer that does not fit, is asked again from the beginning', async () => {
  await using stage = await startStage();
  const { bytes } = await stage.fetch(stage.origin.serve('/plain.csv', { body, cutAt: 120_000, cuts: 2 }));
  assert.deepEqual(bytes, body);
  assert.deepEqual(rangesOf(stage.origin), [undefined, undefined, undefined]);

  let asked = 0;
  const url = stage.origin.serve('/lying.csv', () => {
    asked += 1;
    if (asked === 1) return { body, ranges: true, cutAt: 120_000 };
    if (asked === 2) return { body, ranges: true, headers: { 'content-range': 'bytes 0-299999/300000' } };
    return { body };
  });
  assert.deepEqual((await stage.fetch(url)).bytes, body);
  assert.equal(asked, 3);
});

test('a file arrives whole wherever its transfer breaks', async () => {
  await using stage = await startStage({ retryDelayMs: 1 });
  let broken = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.nat(body.length), fc.constantFrom(0, 1, 65_535, 65_536, 65_537, body.length - 1)),
      fc.boolean(),
      fc.constantFrom(undefined, 'gzip', 'br', 'deflate'),
      fc.integer({ min: 1, max: 2 }),
      async (cutAt, ranges, encoding, cuts) => {
        const before = stage.origin.requests.length;
        const file = { body, cutAt, ranges, cuts, ...(encoding === undefined ? {} : { encoding }) };
        assert.deepEqual((await stage.fetch(stage.origin.serve('/a.csv', file))).bytes, body);
        if (stage.origin.requests.length - before > 1) broken += 1;
      },
    ),
    { numRuns: 60, seed: 20 },
  );
  assert.ok(broken >= 20, `${broken} transfers were broken`);
});

test('a transfer that breaks three times is a partial download', async () => {
  await using stage = await startStage();
  for (const path of ['/a.csv', '/b.csv?k=secret']) {
    const error = await stage.fail(stage.origin.serve(path, { body, cutAt: 120_000 }), 'partialDownload');
    assert.match(error.message, /^127\.0\.0\.1:\d+\/[ab]\.csv broke off after \d+ of 300000 bytes, and 3 tries/);
  }
  assert.equal(stage.origin.requests.length, 6);
  const announcedMore = { body, headers: { 'content-length': '400000' } };
  assert.match(
    (await stage.fail(stage.origin.serve('/c.csv', { ...announcedMore, cutAt: 300_000 }), 'partialDownload')).message,
    /after \d+ of 400000 bytes/,
  );
});

test('each refusal of a server has its code and keeps its status', async () => {
  await using stage = await startStage();
  for (const [status, kind] of [
    [404, 'notFound'],
    [401, 'forbidden'],
    [403, 'downloadFailed'],
    [410, 'downloadFailed'],
    [429, 'downloadFailed'],
    [500, 'downloadFailed'],
    [503, 'downloadFailed'],
    [204, 'downloadFailed'],
    [202, 'downloadFailed'],
    [300, 'downloadFailed'],
    [206, 'downloadFailed'],
  ] as const) {
    const error = await stage.fail(stage.origin.serve('/a.csv?key=secret', { status, body: 'x' }), kind);
    assert.equal(error.httpStatus, status);
    assert.ok(error.message.includes('127.0.0.1') && error.message.includes('/a.csv') && error.hint !== undefined);
    assert.ok(!error.message.includes('secret'));
  }
  assert.equal(stage.origin.requests.length, 11, 'a refusal is not tried again');
});

test('the reason that a server gives is told; too many nodes of OpenStreetMap are an error of their own', async () => {
  await using stage = await startStage();
  const refused = (path: string, reason: string) =>
    stage.origin.serve(path, { status: 400, headers: { error: reason } });
  const error = await stage.fail(refused('/a', 'The latitude must be between -90 and 90.'), 'downloadFailed');
  assert.match(error.message, /HTTP status 400: The latitude must be between -90 and 90\.$/);
  const nodes = await stage.fail(refused('/map', 'You requested too many nodes (limit is 50000).'), 'tooManyNodes');
  assert.match(nodes.message, /HTTP status 400: You requested too many nodes \(limit is 50000\)\.$/);
  assert.equal(nodes.code, 1007);
});

test('basic credentials in the address open a protected file', async () => {
  await using stage = await startStage();
  stage.origin.serve('/a.csv', { body, basic: 'me:secret' });
  const url = `http://me:secret@127.0.0.1:${stage.origin.port}/a.csv`;
  assert.deepEqual((await stage.fetch(url)).bytes, body);
  const error = await stage.fail(url.replace('secret', 'wrong-one'), 'forbidden');
  assert.ok(!error.message.includes('wrong-one'));
});

test('a file over the limit is refused: by its announcement, as it is sent, as it unpacks', async () => {
  await using stage = await startStage();
  const maxBytes = body.length;
  assert.deepEqual((await stage.fetch(stage.origin.serve('/fits.csv', { body }), maxBytes)).bytes, body);
  assert.deepEqual(
    (await stage.fetch(stage.origin.serve('/fits.csv', { body, encoding: 'gzip' }), maxBytes)).bytes,
    body,
  );

  const announced = stage.origin.serve('/announced.csv', {
    body: 'x',
    headers: { 'content-length': String(10 * 2 ** 30) },
  });
  const started = performance.now();
  assert.match((await stage.fail(announced, 'fileTooBig', { maxBytes })).message, /announced with 10737418240 bytes/);
  assert.ok(performance.now() - started < 1000);

  const chunked = stage.origin.serve('/chunked.csv', {
    body: Buffer.concat([body, body]),
    headers: { 'content-length': null },
  });
  assert.match((await stage.fail(chunked, 'fileTooBig', { maxBytes })).message, /sends more than 300000 bytes/);
  const packed = stage.origin.serve('/packed.csv', { body: Buffer.concat([body, Buffer.from('x')]), encoding: 'gzip' });
  assert.match((await stage.fail(packed, 'fileTooBig', { maxBytes })).message, /unpacks to more than 300000 bytes/);
});

test('bodies without end stop at the limit, compressed ones long before, in bounded memory', async () => {
  await using stage = await startStage();
  let peak = 0;
  const before = process.memoryUsage().rss;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10);
  const started = performance.now();
  await stage.fail(stage.origin.serve('/endless.csv', { endless: true }), 'fileTooBig');
  const bomb = stage.origin.serve('/bomb.csv', { endless: true, encoding: 'gzip' });
  const error = await stage.fail(bomb, 'fileTooBig', { maxBytes: 10 * 2 ** 30 });
  assert.match(error.message, /unpacks to more than 200 times/);
  clearInterval(sampler);
  assert.ok(performance.now() - started < 5000);
  // The origin that makes the zeros is in this process too.
  assert.ok(peak - before < 128 * 2 ** 20, `${Math.round((peak - before) / 2 ** 20)} MiB`);
});

test('a server that stalls, drips or never ends is given up in time', async () => {
  const window = 200;
  await using stage = await startStage({ minBytesPerSecond: 1000, rateWindowMs: window, totalTimeoutMs: 3000 });
  for (const file of [
    { body, stallAt: 0 },
    { body, stallAt: 120_000 },
    { body, dripMs: 20 },
    { body, dripMs: 20, headers: { 'content-length': null } },
    { body, headersAfterMs: Infinity },
  ]) {
    const started = performance.now();
    const error = await stage.fail(stage.origin.serve('/slow.csv', file), 'downloadTimeout');
    assert.match(error.message, /\/slow\.csv (sent only \d+ bytes in|did not answer in time)/);
    assert.ok(performance.now() - started < 2000, error.message);
  }
});

test('a fast enough transfer ends at the total time all the same', async () => {
  await using stage = await startStage({ minBytesPerSecond: 1, rateWindowMs: 400, totalTimeoutMs: 500 });
  const started = performance.now();
  const error = await stage.fail(stage.origin.serve('/drip.csv', { body, dripMs: 10 }), 'downloadTimeout');
  assert.match(error.message, /was not downloaded within/);
  assert.ok(performance.now() - started < 1500);
});

test('slow beginnings and waits before a retry do not count as a slow transfer', async () => {
  await using stage = await startStage({ minBytesPerSecond: 1000, rateWindowMs: 50, retryDelayMs: 120 });
  const url = stage.origin.serve('/a.csv', { body, headersAfterMs: 200, ranges: true, cutAt: 120_000 });
  assert.deepEqual((await stage.fetch(url)).bytes, body);
});

test('a cancelled fetch ends at once with the reason of the cancellation', async () => {
  await using stage = await startStage({ retryDelayMs: 10_000 });
  for (const file of [
    { body, stallAt: 1000 },
    { body, headersAfterMs: Infinity },
    { body, cutAt: 10 },
  ]) {
    const controller = new AbortController();
    const reason = new ImportError('stuck');
    setTimeout(() => controller.abort(reason), 100);
    const started = performance.now();
    const error = await stage.fail(stage.origin.serve('/a.csv', file), 'stuck', { signal: controller.signal });
    assert.equal(error, reason);
    assert.ok(performance.now() - started < 1000);
  }
});

test('text that is no address, and schemes that are not fetched, reach nothing', async () => {
  await using stage = await startStage();
  for (const text of ['/etc/passwd', 'file:///etc/passwd', '\\\\host\\x', 'data:,a', 'ftp://127.0.0.1/a', '']) {
    await stage.fail(text, 'unknownHost');
  }
});

test('an empty file is fetched as an empty file', async () => {
  await using stage = await startStage();
  assert.equal((await stage.fetch(stage.origin.serve('/a.csv', { body: '' }))).fetched.files[0]?.sizeBytes, 0);
});

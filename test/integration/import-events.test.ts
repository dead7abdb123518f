import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ImportView, startTestApp } from '../support/app.ts';
import { anyEngine } from '../support/database.ts';

/** The imports that a stream tells of, until `enough` of them have come. */
async function listen(url: string, enough: (seen: readonly ImportView[]) => boolean): Promise<readonly ImportView[]> {
  const stop = AbortSignal.timeout(60_000);
  const response = await fetch(url, { signal: stop });
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const seen: ImportView[] = [];
  let text = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) if (event.startsWith('data: ')) seen.push(JSON.parse(event.slice(6)) as ImportView);
    if (enough(seen)) return seen;
  }
  return seen;
}

test('a stream begins with the last imports and tells of each that comes, to its end', async () => {
  await using app = await startTestApp(anyEngine);
  const before = await app.importFile('before.csv', 'a\n1\n');
  const stream = listen(`${app.url}/api/v1/imports/events?api_key=${app.key}`, (seen) =>
    seen.some(({ display_name, state }) => display_name === 'large.csv' && state === 'complete'),
  );
  const later = await app.importFile('large.csv', `a,b\n${'1,some text\n'.repeat(300_000)}`);
  const seen = await stream;
  assert.deepEqual([seen[0]?.id, seen[0]?.state], [before.id, 'complete']);
  assert.deepEqual(seen.at(-1), later, 'the last event is what the import itself answers');
});

test('a stream needs a key, and ends when the server does', async () => {
  const app = await startTestApp(anyEngine);
  assert.equal((await fetch(`${app.url}/api/v1/imports/events`)).status, 401);
  const open = fetch(`${app.url}/api/v1/imports/events?api_key=${app.key}`).then((response) => response.text());
  await app.importFile('a.csv', 'a\n1\n');
  const began = performance.now();
  await app[Symbol.asyncDispose]();
  await open;
  assert.ok(performance.now() - began < 9_000, 'it does not hold the server open');
});

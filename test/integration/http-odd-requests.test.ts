import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { startHttpApp } from '../support/http-app.ts';
import { sendOddRequests } from '../support/odd-requests.ts';

test('no request, however odd, is answered with a 500 or kills the server', async () => {
  await using app = await startHttpApp({ slots: 1_000_000 });
  await sendOddRequests(app.url, 600);
  for (const { request: source, displayName, originalUrl } of app.created) {
    const stored = JSON.stringify([source, displayName, originalUrl]);
    assert.doesNotMatch(stored, /\\u0000|\\ud[89a-f]/, 'PostgreSQL stores neither NUL nor lone surrogates');
  }
  assert.equal((await app.get('/healthz')).status, 200);
});

for (const engine of oneEngine) {
  test(`no odd request upsets a true store (${engine})`, async () => {
    await using app = await startTestApp(engine, {
      LANDFALL_ACCOUNT: 'ann',
      LANDFALL_API_KEY: 'ann-key',
      LANDFALL_CONCURRENT_IMPORTS: '1000000',
    });
    await sendOddRequests(app.url, 300);
    const answer = await fetch(`${app.url}/api/v1/imports?api_key=ann-key`);
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
  });

  test(`a file over the limit is stored as an import that failed with 6666 (${engine})`, async () => {
    await using app = await startTestApp(engine, { LANDFALL_MAX_FILE_BYTES: '1000' });
    const shown = await app.importFile('big.csv', 'a\n'.repeat(5_000));
    assert.deepEqual(
      [shown.state, shown.success, shown.error_code, shown.display_name, shown.tables_created_count],
      ['failure', false, 6666, 'big.csv', null],
    );
    assert.equal(shown.get_error_text?.title, 'Dataset too big');
    assert.match(shown.get_error_text?.what_about ?? '', /big\.csv is larger than the 1000 bytes/);
  });
}

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { badFiles } from '../support/bad-files.ts';
import { oneEngine } from '../support/database.ts';

for (const engine of oneEngine) {
  describe(`bad input on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
    });
    after(() => app[Symbol.asyncDispose]());

    for (const file of badFiles) {
      test(`${file.title} ${file.codes.length === 0 ? 'loads' : `fails with ${file.codes.join(' or ')}`}`, async () => {
        const ended = await app.importFile(file.name, file.content());
        if (file.codes.length > 0) {
          assert.equal(ended.state, 'failure', JSON.stringify(ended));
          assert.ok(file.codes.includes(ended.error_code ?? 0), JSON.stringify(ended.get_error_text));
          assert.ok((ended.get_error_text?.what_about.length ?? 0) > 30, 'the text says what happened');
        } else {
          assert.equal(ended.state, 'complete', JSON.stringify(ended.get_error_text));
          const { rows } = await app.sql(`select count(*)::int as n from ${ended.table_name}`);
          assert.equal(rows[0]?.n, file.rows);
        }
        assert.equal((await app.api('/healthz')).status, 200);
      });
    }
  });
}

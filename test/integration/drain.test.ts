import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientOf } from '../support/app.ts';
import { createTestDatabase, oneEngine } from '../support/database.ts';
import { startProgram } from '../support/program.ts';

const KEY = 'drain-key-0123456789';
const ROWS = 300_000;

/** Big enough that a stop comes in the middle of it. */
const bigCsv = (): string => {
  let text = 'id,name,longitude,latitude\n';
  for (let i = 0; i < ROWS; i++) text += `${i},name ${i},${(i % 360) - 180},${(i % 170) - 85}\n`;
  return text;
};

for (const engine of oneEngine) {
  test(`SIGTERM in the middle of an import ends with status 0 in time, and the import is not lost (${engine})`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'landfall-drain-'));
    const database = await createTestDatabase(engine, join(folder, 'data'));
    const env = {
      DATA_DIR: join(folder, 'data'),
      DATABASE_URL: database.url ?? '',
      LANDFALL_API_KEY: KEY,
      LANDFALL_LOG_LEVEL: 'warn',
      PORT: '0',
    };
    const first = await startProgram(['serve'], env);
    const form = new FormData();
    form.append('file', new Blob([bigCsv()]), 'big.csv');
    const posted = await fetch(`${first.url}/api/v1/imports?api_key=${KEY}`, { method: 'POST', body: form });
    const { item_queue_id: id } = (await posted.json()) as { item_queue_id: string };
    await sleep(300);
    const began = performance.now();
    assert.equal(await first.stop(), 0, first.output());
    assert.ok(performance.now() - began < 25_000);

    const second = await startProgram(['serve'], env);
    const client = clientOf(second.url, KEY);
    const ended = await client.waitFor(id);
    assert.equal(ended.state, 'complete', JSON.stringify(ended.get_error_text));
    const { rows } = await client.sql('select count(*)::int as n from big');
    assert.equal(rows[0]?.n, ROWS);
    assert.equal(await second.stop(), 0);
    await database[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
}

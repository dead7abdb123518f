import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '../support/database.ts';
import { type Program, startProgram } from '../support/program.ts';

/** Two imports and a query; the first start of all, with an empty folder, is that of the README's commands. */
const SHOWN_WITHIN_MS = 90_000;

async function shown(demo: Program): Promise<string> {
  const until = Date.now() + SHOWN_WITHIN_MS;
  while (!demo.output().includes('Serving until')) {
    assert.ok(Date.now() < until, demo.output());
    await sleep(100);
  }
  return demo.output();
}

test('the demo shows two tables and an answer, serves what it prints, works again, and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-demo-test-'));
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const env = { PORT: '0', DATA_DIR: join(folder, 'data'), TMPDIR: temporary };
  try {
    await createTestDatabase('pglite', env.DATA_DIR);
    for (const run of ['first', 'second']) {
      const demo = await startProgram(['demo'], env);
      try {
        const output = await shown(demo);
        assert.match(output, /is table cities: 135,233 rows in/, run);
        assert.match(output, /is table countries: 241 rows in/, run);
        assert.match(output, /^ {2}iso_numeric +text +004$/m, run);
        assert.match(output, /^ {2}China +\d+ cities +[\d,]+ people$/m, run);
        assert.match(output, /^The web app +http:\S+\/ {2}\(sign in as demo with the key [0-9a-f]{32}\)$/m, run);
        const address = /curl '(http[^']+\/api\/v2\/sql[^']+)'/.exec(output)?.[1] ?? '';
        const answer = (await (await fetch(address)).json()) as { rows: unknown[] };
        assert.deepEqual(answer.rows[0], { name: 'Shanghai', population: 22315474 });
      } finally {
        assert.equal(await demo.stop(), 0);
      }
      assert.deepEqual(await readdir(temporary), [], run);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

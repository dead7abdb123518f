/** Runs that read the file of a synchronization while it still comes. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { zip } from '../support/archives.ts';
import { oneEngine } from '../support/database.ts';
import { found } from '../support/found.ts';
import { type Origin, type OriginFile, startOrigin } from '../support/origin.ts';

/** Rows that are not looked at when they are known begin with 50,000, files that are read ahead with 4 MiB. */
const ROWS = 60_000;

type Texts = ReadonlyMap<number, string>;

/** A file of which these rows have other texts. */
const fileOf = (changed: Texts = new Map(), encoding: BufferEncoding = 'utf8'): Buffer => {
  let text = 'id,name,more\n';
  for (let id = 1; id <= ROWS; id++) {
    text += `${id},${changed.get(id) ?? `old ${id}`},"some words, which make the line of row ${id} longer than it was"\n`;
  }
  return Buffer.from(text, encoding);
};

for (const engine of oneEngine) {
  suite(`Reading ahead on ${engine}`, () => {
    let app: TestApp;
    let origin: Origin;
    let id: string;
    let url: string;
    before(async () => {
      app = await startTestApp(engine, { LANDFALL_SYNC_FORCE_GUARD: '0', LANDFALL_SYNC_MIN_INTERVAL: '1' });
      origin = await startOrigin();
      url = origin.serve('/far.csv', { body: fileOf() });
      ({ id } = (await call('POST', '', { url, key: 'id' })) as { id: string });
      assert.equal((await settled()).state, 'success');
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    });

    const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const response = await app.api(`/api/v1/synchronizations${path}?api_key=${app.key}`, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      return response.json();
    };

    interface Settled {
      readonly state: string;
      readonly error_code: number | null;
    }
    const settled = (): Promise<Settled> =>
      found(async () => {
        const now = (await call('GET', `/${id}`)) as Settled;
        return now.state === 'success' || now.state === 'failure' ? now : null;
      }, 'the run did not end');

    /** A run over what the source serves from now on; `while`: what happens when half of it has come. */
    async function run(
      file: OriginFile,
    ): Promise<Settled & { readonly counts: readonly unknown[]; readonly asBefore: unknown }> {
      origin.serve('/far.csv', file);
      assert.equal(((await call('PUT', `/${id}/sync_now`)) as { enqueued: boolean }).enqueued, true);
      const end = await settled();
      await found(async () => (reading().length === 0 ? true : null), 'a reader stayed', 10);
      const { runs } = (await call('GET', `/${id}/runs`)) as { runs: readonly Record<string, unknown>[] };
      const [last] = runs;
      const report = await app.api(`/api/v1/imports/${last?.id}/report?api_key=${app.key}`);
      const { tables = [] } = (await report.json()) as { tables?: readonly { source: { rows_as_before?: number } }[] };
      return {
        ...end,
        counts: [last?.outcome, last?.rows_inserted, last?.rows_updated, last?.rows_deleted, last?.rows_unchanged],
        asBefore: tables[0]?.source.rows_as_before,
      };
    }

    const named = async (...ids: readonly number[]): Promise<readonly unknown[]> =>
      (await app.sql(`select name from far where id in (${ids.join(',')}) order by id`)).rows.map(({ name }) => name);

    /** Readers that have been given what is known. */
    const reading = (): readonly string[] =>
      globSync(`${app.folder}/data/scratch/*/**/known-*`).filter((path) => path.includes('reader-'));

    const untilRead = (): Promise<unknown> =>
      found(async () => (reading().length > 0 ? true : null), 'nobody reads what has come', 30);

    test('rows are read while the rest of the file is still on its way', async () => {
      const changed = new Map([
        [10, 'new'],
        [59_000, 'newer'],
      ]);
      const ended = await run({ body: fileOf(changed), halfway: untilRead });
      assert.deepEqual(ended.counts, ['changed', 0, 2, 0, ROWS - 2]);
      assert.equal(ended.asBefore, ROWS - 2);
      assert.deepEqual(await named(10, 11, 59_000), ['new', 'old 11', 'newer']);
    });

    test('the same bytes write nothing, although they were read', async () => {
      await run({ body: fileOf() });
      const traces = `select md5(string_agg(ctid::text || xmin::text, ',' order by id)) as all from far`;
      const before = (await app.sql(traces)).rows;
      const ended = await run({ body: fileOf(), halfway: untilRead });
      assert.deepEqual(ended.counts.slice(0, 4), ['unchanged', 0, 0, 0]);
      assert.deepEqual((await app.sql(traces)).rows, before);
    });

    test('a file that begins anew because its connection broke is read anew', async () => {
      const body = fileOf(new Map([[70, 'after the break']]));
      const ended = await run({ body, cutAt: 3_000_000, cuts: 1, halfway: untilRead });
      assert.deepEqual(ended.counts, ['changed', 0, 1, 0, ROWS - 1]);
      assert.deepEqual(await named(70), ['after the break']);
    });

    test('a file whose end never comes fails the run and leaves no reader behind', async () => {
      const ended = await run({ body: fileOf(new Map([[5, 'lost']])), cutAt: 3_000_000 });
      assert.equal(ended.state, 'failure');
      assert.deepEqual(await named(5, 70), ['old 5', 'after the break']);
    });

    test('what is read otherwise when all of the file is there comes out so', async () => {
      // Windows-1252 behind the place from which the encoding is told while the file comes.
      const changed = new Map([[50_000, 'Köln']]);
      const ended = await run({ body: fileOf(changed, 'latin1'), halfway: untilRead });
      assert.deepEqual(ended.counts, ['changed', 0, 2, 0, ROWS - 2]);
      assert.deepEqual(await named(70, 50_000), ['old 70', 'Köln']);
      const zipped = zip([{ name: 'far.csv', content: fileOf(new Map([[3, 'packed']])), isStored: true }]);
      assert.deepEqual((await run({ body: zipped })).counts, ['changed', 0, 2, 0, ROWS - 2]);
      assert.deepEqual(await named(3, 50_000), ['packed', 'old 50000']);
    });
  });
}

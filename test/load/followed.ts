/** Tables that follow sources on loopback, on the program as an operator runs it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../src/db/database.ts';
import { sql } from '../../src/db/sql.ts';
import { createTestDatabase, type Engine, openExisting } from '../support/database.ts';
import { startOrigin } from '../support/origin.ts';
import { startProgram } from '../support/program.ts';

const apiKey = 'refresh-test-key-0123456789';

/** Runs that are told at once, at most. */
const PAGE = 100;

/** A run as `GET …/runs` shows it. */
interface RunView {
  readonly rows_inserted: number;
  readonly rows_updated: number;
  readonly rows_unchanged: number;
}

interface SyncView {
  readonly id: string;
  readonly state: string;
  readonly error_message: string | null;
  readonly enqueued?: boolean;
  readonly runs?: readonly RunView[];
}

/** A table and its synchronization. */
export interface Followed {
  /** Serves this, has it fetched, and waits as a client does, with a look in each tenth of a second. */
  refresh(source: Buffer): Promise<void>;
  /** The latest first. */
  runs(): Promise<readonly RunView[]>;
}

export interface Server extends AsyncDisposable {
  readonly db: Database;
  /** Of the database. */
  readonly url: string;
  readonly account: { readonly name: string };
  /** Makes a table of a CSV. Its rows are told apart by the column `key`; null: by their content. */
  follow(name: string, source: Buffer, key: string | null): Promise<Followed>;
}

/** Starts the program on a database of its own. */
export async function startServer(engine: Engine): Promise<Server> {
  await using ends = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'landfall-refresh-'));
  ends.defer(() => rm(folder, { recursive: true, force: true }));
  const database = ends.use(await createTestDatabase(engine, folder));
  const origin = ends.use(await startOrigin());
  const server = await startProgram(['serve'], {
    PORT: '0',
    DATA_DIR: folder,
    DATABASE_URL: database.url ?? '',
    LANDFALL_API_KEY: apiKey,
    LANDFALL_ALLOW_NETWORKS: '127.0.0.0/8',
    LANDFALL_SYNC_FORCE_GUARD: '0',
    LANDFALL_LOG_LEVEL: 'warn',
  });
  ends.defer(async () => void (await server.stop()));
  const db = await openExisting(database.url, folder);
  ends.defer(() => db.close());

  const ask = async (method: string, path: string, body?: object, page = 1): Promise<SyncView> => {
    const paging = `per_page=${PAGE}&page=${page}`;
    const response = await fetch(`${server.url}/api/v1/synchronizations${path}?api_key=${apiKey}&${paging}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  };
  const success = async (id: string): Promise<void> => {
    const until = performance.now() + 60_000;
    for (;;) {
      const { state, error_message } = await ask('GET', `/${id}`);
      if (state === 'success') return;
      assert.ok(state !== 'failure' && performance.now() < until, `${state}: ${error_message}`);
      await sleep(100);
    }
  };

  const [account] = await db.query<{ name: string }>(sql`select name from landfall.accounts`);
  if (account === undefined) throw new Error('there is no account');
  const all = ends.move();
  return {
    db,
    url: database.url ?? '',
    account,
    async follow(name, source, key) {
      const path = `/${name}.csv`;
      const url = origin.serve(path, { body: source });
      const { id } = await ask('POST', '', { url, interval: 86_400, ...(key === null ? {} : { key }) });
      await success(id);
      return {
        async refresh(next) {
          origin.serve(path, { body: next });
          assert.equal((await ask('PUT', `/${id}/sync_now`)).enqueued, true);
          await success(id);
        },
        async runs() {
          const all: RunView[] = [];
          for (let page = 1; ; page++) {
            const { runs = [] } = await ask('GET', `/${id}/runs`, undefined, page);
            all.push(...runs);
            if (runs.length < PAGE) return all;
          }
        },
      };
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

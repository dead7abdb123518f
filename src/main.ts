import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from './config.ts';
import type { Database } from './db/database.ts';
import { createServerOf } from './main/create-server.ts';
import { createLogger, prepareAccount } from './main/open-parts.ts';
import { openMigrated, type StartOptions, startParts } from './main/start-parts.ts';
import { selfTest } from './store/self-test.ts';

/** The running server. */
export interface App {
  readonly url: string;
  /** The master key of `account`, where this process knows it. */
  readonly apiKey: string | null;
  readonly account: string;
  /** Stops accepting, lets running work finish or hands it back, closes everything. */
  close(): Promise<void>;
}

/** The database of the settings, migrated, with the rights of its public closed. */
export async function openDatabase(config: Config, options: StartOptions = {}): Promise<Database> {
  return openMigrated(config, createLogger(config), options);
}

/** Starts a worker beside other processes on one PostgreSQL. Throws where the database is embedded. */
export async function startWorker(config: Config): Promise<{ close(): Promise<void> }> {
  if (config.DATABASE_URL === null) {
    throw new Error('a worker needs DATABASE_URL: the embedded database belongs to one process, which works by itself');
  }
  const workers = Math.max(1, config.LANDFALL_WORKERS);
  const parts = await startParts({ ...config, LANDFALL_WORKERS: workers }, {});
  return { close: async () => parts[Symbol.asyncDispose]() };
}

/** Starts the server, with workers in the same process unless LANDFALL_WORKERS is 0; resolves when it listens. */
export async function startApp(config: Config, options: StartOptions = {}): Promise<App> {
  await mkdir(resolve(config.DATA_DIR), { recursive: true });
  const parts = await startParts(config, options);
  try {
    const apiKey = await prepareAccount(config, parts.db, parts.logger);
    const acl = await selfTest(parts.db, { name: config.LANDFALL_ACCOUNT });
    for (const failure of acl.failures) parts.logger.error({ failure }, 'the rights of the account roles are too wide');

    const state = { draining: false };
    const server = await createServerOf(parts, { isDraining: () => state.draining, isClosedOff: acl.ok });
    const url = await server.listen({ host: config.HOST, port: config.PORT });
    return {
      url,
      apiKey,
      account: config.LANDFALL_ACCOUNT,
      async close() {
        state.draining = true;
        await server.close();
        await parts[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
}

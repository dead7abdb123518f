/** Parts of the composition root that need nothing but the settings. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Logger, pino } from 'pino';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { redactedPaths } from '../http/observe.ts';
import { createDatabaseSource, type DatabaseSource } from '../sources/database/index.ts';
import { openStorage, type Storage } from '../sources/uploads/open-store.ts';
import { accountByName, ensureAccount, newKey } from '../store/accounts.ts';
import { createAddressGuard } from '../util/address-guard.ts';
import { resolveBySystem } from '../util/guarded-connect.ts';
import { createOpenSocket, isDatabasePort } from '../util/guarded-socket.ts';
import { createHttpClient } from '../util/http-client.ts';
import { ownDatabaseCheck } from '../util/own-database.ts';
import { repeat } from '../util/repeat.ts';
import { createSeal, type Seal } from '../util/seal.ts';
import { removeUnusedUploads } from '../work/sweep.ts';

/** Of an error: its own words and where it came from; what hangs on it (a connection, a request) is left out. */
const loggedError = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  const { type, message, stack, code } = pino.stdSerializers.err(error);
  return { type, message, stack, code };
};

/** Logs as JSON lines on standard error, secrets left out. */
export const createLogger = (config: Config): Logger =>
  pino(
    {
      level: config.LANDFALL_LOG_LEVEL,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: [...redactedPaths],
      serializers: { err: loggedError },
    },
    pino.destination(2),
  );

/**
 * Makes sure of the account of the settings. Its key is that of the settings; without one, a new account gets a random
 * key that is kept beside the data, and an old one keeps the key it has, which another process may have rotated.
 */
export async function prepareAccount(config: Config, db: Database, logger: Logger): Promise<string | null> {
  const file = join(config.DATA_DIR, 'api-key');
  const known = existsSync(file) ? (await readFile(file, 'utf8')).trim() : null;
  const isNew = (await accountByName(db, config.LANDFALL_ACCOUNT)) === null;
  const key = config.LANDFALL_API_KEY ?? (isNew ? (known ?? newKey()) : undefined);
  const { warnings } = await ensureAccount(db, { name: config.LANDFALL_ACCOUNT, key });
  for (const warning of warnings) logger.warn(warning);
  if (config.LANDFALL_API_KEY === null && isNew && known === null) await writeFile(file, `${key}\n`, { mode: 0o600 });
  return key ?? known;
}

/** The seal of stored passwords, by the secret of the settings or the one that is kept beside the data. */
export async function openSeal(config: Config): Promise<Seal> {
  if (config.LANDFALL_SECRET !== null) return createSeal(config.LANDFALL_SECRET);
  const file = join(config.DATA_DIR, 'secret');
  if (!existsSync(file)) {
    // Two processes that start at once agree on the first one's.
    await writeFile(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' }).catch(() => undefined);
  }
  return createSeal((await readFile(file, 'utf8')).trim());
}

/** A bucket is near: a connection comes soon or not at all; a part of 16 MiB may take two minutes to send. */
const STORAGE_TIMES = { connectTimeoutMs: 10_000, headersTimeoutMs: 110_000 };

/**
 * Where uploads wait, checked: throws an Error that says why none can be stored. The operator's own server may be
 * anywhere, so the guard of addresses does not stand before it.
 */
export async function openUploads(config: Config): Promise<Storage & AsyncDisposable> {
  const client = createHttpClient({ allowNetworks: ['0.0.0.0/0', '::/0'], ...STORAGE_TIMES });
  try {
    const storage = openStorage(
      {
        url: config.STORAGE_URL,
        accessKeyId: config.AWS_ACCESS_KEY_ID,
        secretAccessKey: config.AWS_SECRET_ACCESS_KEY,
        sessionToken: config.AWS_SESSION_TOKEN,
        region: config.AWS_REGION,
        ownFolder: join(resolve(config.DATA_DIR), 'uploads'),
      },
      client,
    );
    await mkdir(storage.spoolFolder, { recursive: true, mode: 0o700 });
    await storage.store.check().catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`STORAGE_URL: uploads cannot be stored: ${why}`, { cause });
    });
    return { ...storage, [Symbol.asyncDispose]: () => client.close() };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Sweeps the spool of this process until the end of the scope, where it is no folder of the store: nobody else does. */
export function sweepSpool({ spool }: Storage, db: Database, onError: (error: unknown) => void): AsyncDisposable {
  if (spool === null) return { [Symbol.asyncDispose]: async () => undefined };
  const sweeping = repeat(() => removeUnusedUploads(db, spool, new Date()), spool.sweepIntervalMs, onError);
  return { [Symbol.asyncDispose]: () => sweeping.stop() };
}

/** Time to connect to another database, in milliseconds (wire contract 11). */
const CONNECT_MS = 60_000;

/** The source of connectors, which reaches what the guard admits and never the database of this service. */
export async function openDatabaseSource(config: Config): Promise<DatabaseSource> {
  const openSocket = createOpenSocket({
    guard: createAddressGuard(config.LANDFALL_ALLOW_NETWORKS, isDatabasePort),
    resolve: resolveBySystem,
    timeoutMs: CONNECT_MS,
    isOwn: await ownDatabaseCheck(config.DATABASE_URL, resolveBySystem),
  });
  return createDatabaseSource({ openSocket, seconds: config.LANDFALL_IMPORT_TIMEOUT });
}

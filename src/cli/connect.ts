import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, loadConfig } from '../config.ts';
import { type ApiClient, createApiClient, isLandfall } from './api-client.ts';
import { type Terminal, UsageError } from './command.ts';

/** A server to talk to; closing it ends the server too where it was started for the occasion. */
export interface Connection extends AsyncDisposable {
  readonly client: ApiClient;
}

/** The running server of the settings, or one in this process on a free port where none answers. */
export async function connect(givenKey: string | undefined, terminal: Terminal): Promise<Connection> {
  const config = loadConfig(terminal.env);
  const baseUrl = config.LANDFALL_BASE_URL ?? `http://${config.HOST}:${config.PORT}`;
  const answers = await isLandfall(baseUrl, terminal.signal);
  if (answers === false) throw new Error(`what answers at ${baseUrl} is not Landfall; set LANDFALL_BASE_URL or PORT`);
  if (answers === null) return connectInProcess(baseUrl, config, givenKey, terminal);

  const key = givenKey ?? config.LANDFALL_API_KEY ?? (await storedKey(config));
  if (key === null) throw new UsageError('no API key: give --api-key or set LANDFALL_API_KEY');
  const client = createApiClient(baseUrl, key, terminal.signal);
  return { client, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

async function connectInProcess(
  baseUrl: string,
  config: Config,
  givenKey: string | undefined,
  terminal: Terminal,
): Promise<Connection> {
  terminal.err(`No server answers at ${baseUrl}; importing in this process.`);
  const { startApp } = await import('../main.ts');
  const app = await startApp(
    {
      ...config,
      HOST: '127.0.0.1',
      PORT: 0,
      LANDFALL_BASE_URL: null,
      LANDFALL_WORKERS: Math.max(1, config.LANDFALL_WORKERS),
      // What went wrong is told by the import itself.
      LANDFALL_LOG_LEVEL: terminal.env.LANDFALL_LOG_LEVEL ? config.LANDFALL_LOG_LEVEL : 'error',
    },
    { onProgress: terminal.err },
  );
  const key = givenKey ?? app.apiKey ?? (await storedKey(config));
  if (key === null) {
    await app.close();
    throw new UsageError('no API key: give --api-key or set LANDFALL_API_KEY');
  }
  const client = createApiClient(app.url, key, terminal.signal);
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await app.close();
    },
  };
}

/** The key that the first start kept, where this process may read it. */
async function storedKey(config: Config): Promise<string | null> {
  return readFile(join(config.DATA_DIR, 'api-key'), 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
}

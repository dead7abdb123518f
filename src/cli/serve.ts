import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, loadConfig } from '../config.ts';
import type { App } from '../main.ts';
import { type Command, type Terminal, words } from './command.ts';
import { closeInTime, stopped } from './stopped.ts';

/** `landfall serve`: the API with a worker in the same process, until a signal. */
export const serve: Command = {
  name: 'serve',
  usage: 'serve',
  summary: 'Serves the API, with a worker in the same process.',
  help: ['HOST, PORT, DATA_DIR and DATABASE_URL say where; without DATABASE_URL the database is embedded.'],
  async run(args, terminal) {
    words(args, []);
    const app = await announceApp(loadConfig(terminal.env), terminal);
    await stopped(terminal.signal);
    return stopApp(app, terminal);
  },
};

/** Starts the app and prints its address, and the key where this start made one. */
export async function announceApp(config: Config, terminal: Terminal): Promise<App> {
  const keyFile = join(config.DATA_DIR, 'api-key');
  const hadKey = config.LANDFALL_API_KEY !== null || existsSync(keyFile);
  const { startApp } = await import('../main.ts');
  const app = await startApp(config, { onProgress: terminal.err });
  if (!hadKey && app.apiKey !== null) {
    terminal.out(`API key of account ${app.account}: ${app.apiKey} (kept in ${keyFile})`);
  }
  terminal.out(`landfall listening on ${app.url}`);
  return app;
}

/** Drains and closes the app. Always status 0: what is unfinished is safe and runs again. */
export async function stopApp(app: App, terminal: Terminal): Promise<number> {
  if (await closeInTime(app.close())) return 0;
  terminal.err('landfall: stopped with work unfinished; it runs again at the next start');
  process.exit(0);
}

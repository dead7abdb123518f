import pg from 'pg';
import { identifier } from './sql.ts';
import { toDatabaseError } from './translate.ts';

/** Waits before another attempt to reconnect; doubled up to the second number. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** Who listens to which channel. */
export type Listeners = Map<string, Set<(payload: string) => void>>;

/** Hands a notification on to those who listen to its channel. */
export function tell(listeners: Listeners, channel: string, payload: string): void {
  for (const listener of listeners.get(channel) ?? []) listener(payload);
}

/** Notifications on a connection of their own, which is made again when it is lost (what came meanwhile is not). */
export function createListener(connectionString: string) {
  const listeners: Listeners = new Map();
  let current: Promise<pg.Client> | null = null;
  let isClosed = false;
  let retryMs = FIRST_RETRY_MS;

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString, keepAlive: true, application_name: 'landfall listen' });
    client.on('notification', ({ channel, payload }) => tell(listeners, channel, payload ?? ''));
    client.on('error', () => undefined);
    try {
      await client.connect();
      for (const channel of listeners.keys()) await client.query(`listen ${identifier(channel).text}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw toDatabaseError(error);
    }
    client.once('end', reconnect);
    retryMs = FIRST_RETRY_MS;
    return client;
  };
  const reconnect = () => {
    current = null;
    if (isClosed || listeners.size === 0) return;
    setTimeout(() => {
      if (isClosed || current !== null) return;
      current = connect();
      current.catch(reconnect);
    }, retryMs).unref();
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  };

  return {
    async listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>> {
      const known = listeners.get(channel);
      if (known) known.add(onNotify);
      else listeners.set(channel, new Set([onNotify]));
      try {
        current ??= connect();
        await (await current).query(`listen ${identifier(channel).text}`);
      } catch (error) {
        current = null;
        listeners.get(channel)?.delete(onNotify);
        throw toDatabaseError(error);
      }
      return async () => {
        listeners.get(channel)?.delete(onNotify);
        if (listeners.get(channel)?.size !== 0) return;
        listeners.delete(channel);
        const client = await current?.catch(() => null);
        await client?.query(`unlisten ${identifier(channel).text}`).catch(() => undefined);
      };
    },
    async close(): Promise<void> {
      isClosed = true;
      const client = await current?.catch(() => null);
      await client?.end().catch(() => undefined);
    },
  };
}

import { join } from 'node:path';
import { type ConnectorRequest, type ProviderId, providers } from '../../domain/connector.ts';
import { ImportError } from '../../errors.ts';
import type { OpenSocket } from '../../util/guarded-socket.ts';
import { RowsWriter } from '../rows-writer.ts';
import type { FetchContext, Fetched } from '../source.ts';
import { rememberable, since } from './cursor.ts';
import { isCut, secretsOf, toConnectorError } from './errors.ts';
import type { Connection, DatabaseSession, Driver } from './session.ts';

/** Imports of tables and queries of other databases. */
export interface DatabaseSource {
  /**
   * Brings the rows that a request names into a file of the job. A transfer that breaks in the middle begins again, from
   * a new snapshot. Throws connectorFailed with the server's own message, without secrets.
   */
  fetch(request: ConnectorRequest, context: FetchContext): Promise<Fetched>;
  /** Runs something on a connection that is closed after it, within a minute; errors as `fetch` has them. */
  browse<T>(provider: ProviderId, connection: Connection, run: (session: DatabaseSession) => Promise<T>): Promise<T>;
}

export interface DatabaseSourceOptions {
  readonly openSocket: OpenSocket;
  /** Seconds that one transfer may take. */
  readonly seconds: number;
}

const drivers: Readonly<Record<ProviderId, () => Promise<Driver>>> = {
  mysql: async () => (await import('./mysql.ts')).mysql,
  postgres: async () => (await import('./postgres.ts')).postgres,
  redshift: async () => (await import('./redshift.ts')).redshift,
  sqlserver: async () => (await import('./sqlserver.ts')).sqlserver,
  snowflake: async () => (await import('./snowflake.ts')).snowflake,
  bigquery: async () => (await import('./bigquery.ts')).bigquery,
};

/** Times that a transfer is begun. */
const ATTEMPTS = 3;

/** What a client who browses waits for at most, in milliseconds. */
const BROWSE_MS = 60_000;

const serverOf = (provider: ProviderId, connection: Connection): string =>
  `${providers[provider].title} ${connection.server ?? connection.cluster ?? connection.billing_project ?? ''}`.trim();

/** The rows that a run takes, and from where on the next one does. */
interface Window {
  readonly wanted: ConnectorRequest;
  readonly cursor?: string;
  readonly isPartial: boolean;
}

/** Asks for the newest row before the first is read: what comes in between is read now, and again the next time. */
async function windowOf(
  session: DatabaseSession,
  request: ConnectorRequest,
  last: string | undefined,
): Promise<Window> {
  if (request.cursor === undefined) return { wanted: request, isPartial: false };
  const newest = await session.newest(request, request.cursor);
  const cursor = rememberable(request.cursor, newest.value) ?? last;
  const wanted = last === undefined ? request : since(request, newest, last);
  return { wanted, isPartial: last !== undefined, ...(cursor === undefined ? {} : { cursor }) };
}

/** Builds the source. */
export function createDatabaseSource({ openSocket, seconds }: DatabaseSourceOptions): DatabaseSource {
  /** Runs on a connection that ends with the run, or with the signal. */
  async function withSession<T>(
    provider: ProviderId,
    connection: Connection,
    signal: AbortSignal,
    run: (session: DatabaseSession) => Promise<T>,
  ): Promise<T> {
    const driver = await drivers[provider]();
    await using session = await driver.open(connection, { openSocket, signal });
    return await run(session);
  }

  const translated = (error: unknown, provider: ProviderId, connection: Connection): ImportError =>
    toConnectorError(error, serverOf(provider, connection), secretsOf(connection, providers[provider].secrets));

  async function readOnce(request: ConnectorRequest, context: FetchContext, signal: AbortSignal): Promise<Fetched> {
    using opened = new DisposableStack();
    return await withSession(request.provider, request.connection, signal, async (session) => {
      const { wanted, cursor, isPartial } = await windowOf(session, request, context.known?.cursor);
      const { writer, warnings } = await session.read(wanted, {
        open: (header) => opened.use(new RowsWriter(join(context.folder, 'rows'), header, context.maxBytes)),
      });
      const file = writer.finish();
      context.onBytes(file.sizeBytes);
      const fingerprint = { etag: null, lastModified: null, ...(cursor === undefined ? {} : { cursor }) };
      const isUnchanged = isPartial && writer.rows === 0;
      return { files: [file], fingerprint, warnings, isPartial, isUnchanged };
    });
  }

  return {
    async fetch(request, context) {
      const late = AbortSignal.timeout(seconds * 1000);
      const signal = AbortSignal.any([context.signal, late]);
      for (let attempt = 1; ; attempt++) {
        try {
          return await readOnce(request, context, signal);
        } catch (error) {
          context.signal.throwIfAborted();
          if (late.aborted) {
            throw new ImportError('importTimeout', {
              detail: `${serverOf(request.provider, request.connection)} did not send all rows within ${seconds} seconds.`,
              hint: 'Take fewer rows or columns, or ask the operator for a longer time.',
            });
          }
          if (attempt < ATTEMPTS && isCut(error)) continue;
          throw translated(error, request.provider, request.connection);
        }
      }
    },
    async browse(provider, connection, run) {
      try {
        return await withSession(provider, connection, AbortSignal.timeout(BROWSE_MS), run);
      } catch (error) {
        throw translated(error, provider, connection);
      }
    },
  };
}

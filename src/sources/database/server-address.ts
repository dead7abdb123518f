import { ImportError } from '../../errors.ts';
import { canonicalHost } from '../../util/guarded-socket.ts';
import type { Connection } from './session.ts';

/** Where a database server listens. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Host and port of a connection. A host is a name or an address and nothing else: no path of a socket, no list, no
 * options of a library. Throws connectorParameters.
 */
export function serverAddress(connection: Connection, key: 'server' | 'cluster', defaultPort: number): ServerAddress {
  const given = connection[key] ?? '';
  const host = canonicalHost(given);
  if (host === null) {
    throw new ImportError('connectorParameters', {
      detail: `${key} must be the name or the address of a host, not "${given.slice(0, 100)}".`,
      hint: 'Its port goes into port.',
    });
  }
  const port = Number(connection.port ?? defaultPort);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new ImportError('connectorParameters', {
      detail: `port must be a number from 1 to 65535, not "${connection.port?.slice(0, 20)}".`,
    });
  }
  return { host, port };
}

import { connect, isIPv6, type Socket } from 'node:net';
import {
  admittedAddresses,
  ConnectTimeout,
  type GuardedConnectOptions,
  HostRefused,
  lookupOf,
} from './guarded-connect.ts';

/** Opens connections that are no HTTP, under the same checks of addresses. */
export type OpenSocket = (host: string, port: number, signal: AbortSignal) => Promise<Socket>;

/** Ports below it belong to the services of machines (RFC 6335, 6), which are no databases. */
const FIRST_DATABASE_PORT = 1024;

/** Ports that databases may be asked on, on the public internet; listed networks have all. */
export const isDatabasePort = (port: number): boolean => port >= FIRST_DATABASE_PORT || port === 443;

/**
 * A host as it will be connected to: the name or literal address of the WHATWG URL parser, which knows all spellings of
 * an address; null where the text is more or less than a host.
 */
export function canonicalHost(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === '' || /[/\\@?#%\s]/.test(trimmed)) return null;
  const isBareV6 = isIPv6(trimmed);
  if (trimmed.includes(':') && !isBareV6 && !/^\[[^\]]*\]$/.test(trimmed)) return null;
  const url = URL.parse(`http://${isBareV6 ? `[${trimmed}]` : trimmed}/`);
  if (url === null) return null;
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/**
 * Sockets to addresses that the guard admitted in the same breath, none of which `isOwn` says to be this service's own
 * database. Throws `HostRefused`, `ConnectTimeout`, or the error of the system.
 */
export function createOpenSocket(
  options: GuardedConnectOptions & {
    readonly isOwn: (address: string, port: number) => boolean;
  },
): OpenSocket {
  return async (host, port, signal) => {
    const addresses = await admittedAddresses(host, port, options);
    if (addresses.some((address) => options.isOwn(address, port))) throw new HostRefused('own database');
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const socket = connect({ host, port, lookup: lookupOf(addresses), autoSelectFamily: true, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new ConnectTimeout('connection')), options.timeoutMs);
    const abort = (): void => void socket.destroy(new Error('stopped', { cause: signal.reason }));
    signal.addEventListener('abort', abort);
    socket.once('close', () => signal.removeEventListener('abort', abort));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  };
}

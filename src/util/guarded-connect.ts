import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressGuard } from './address-guard.ts';

/** All addresses of a host name, in order of preference. Rejects where there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** The system's resolver: DNS and the hosts file. */
export const resolveBySystem: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

/** No connection was tried: the name is unknown, or one of its addresses or the port is refused. */
export class HostRefused extends Error {
  override readonly name = 'HostRefused';
}

/** No connection within the time allowed. */
export class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout';
}

export interface GuardedConnectOptions {
  readonly guard: AddressGuard;
  readonly resolve: Resolve;
  /** Milliseconds for name resolution, and again for the connection with its TLS handshake. */
  readonly timeoutMs: number;
  /** Certificate authorities (PEM) to trust besides the system's; for tests and private origins. */
  readonly ca?: string;
}

/** `localhost` and all below it are loopback without asking a resolver (RFC 6761, 6.3). */
export const isLocalName = (hostname: string): boolean => /(^|\.)localhost\.?$/i.test(hostname);

/** What a local name stands for. */
export const LOOPBACK_ADDRESSES: readonly string[] = ['127.0.0.1', '::1'];

/**
 * Resolves once and checks every address. One refused address refuses the name: an answer that mixes public and private
 * addresses is no mistake worth helping. Throws HostRefused, whose text does not tell which of the reasons it was.
 */
export async function admittedAddresses(
  hostname: string,
  port: number,
  options: GuardedConnectOptions,
): Promise<string[]> {
  const { guard } = options;
  if (isLocalName(hostname)) {
    const admitted = LOOPBACK_ADDRESSES.filter((address) => guard.admits(address, port));
    if (admitted.length === 0) throw new HostRefused('refused address');
    return admitted;
  }
  const addresses = isIP(hostname) !== 0 ? [hostname] : await resolveInTime(hostname, options);
  if (addresses.length === 0 || !addresses.every((address) => guard.admits(address, port))) {
    throw new HostRefused('refused address');
  }
  return [...addresses];
}

async function resolveInTime(hostname: string, options: GuardedConnectOptions): Promise<readonly string[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new ConnectTimeout('name resolution')), options.timeoutMs);
  try {
    return await Promise.race([options.resolve(hostname), late.promise]);
  } catch (cause) {
    if (cause instanceof ConnectTimeout) throw cause;
    throw new HostRefused('unknown name', { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** Answers every lookup with the addresses that were checked, so that nothing is resolved a second time. */
export const lookupOf =
  (addresses: readonly string[]): LookupFunction =>
  (_hostname, options, callback) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const first = found[0];
    if (options.all) callback(null, found);
    else if (first !== undefined) callback(null, first.address, first.family);
  };

/**
 * The connector of the one outbound client. It connects only to addresses that the guard admitted in the same breath:
 * literal addresses, which never reach a `lookup` hook (nodejs/undici#2019), are checked like resolved ones, and names
 * are pinned to the answer that was checked while Host and SNI keep the name. TLS certificates are verified.
 */
export function createGuardedConnect(options: GuardedConnectOptions): buildConnector.connector {
  return (target, callback) => {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    const connect = (addresses: readonly string[]): void => {
      const connector = buildConnector({
        allowH2: false,
        timeout: options.timeoutMs,
        lookup: lookupOf(addresses),
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      });
      connector(target, callback);
    };
    // Covers what `connect` throws at once too, such as a name that TLS does not take.
    admittedAddresses(target.hostname, port, options)
      .then(connect)
      .catch((error: Error) => callback(error, null));
  };
}

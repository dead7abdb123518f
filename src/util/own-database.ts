import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import type { Resolve } from './guarded-connect.ts';

const DEFAULT_PORT = 5432;

const canonical = (address: string): string => (ipaddr.isValid(address) ? ipaddr.process(address).toString() : address);

/** Whether an address leads back to this machine. */
function isHere(address: string): boolean {
  if (ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback') return true;
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return own.some((one) => canonical(one.address) === address);
}

/**
 * Tells the address of the database in which this service keeps its own tables, so that nobody reaches it as a source.
 * All addresses of this machine count as one. `url` is DATABASE_URL; null: embedded, which has no address.
 */
export async function ownDatabaseCheck(
  url: string | null,
  resolve: Resolve,
): Promise<(address: string, port: number) => boolean> {
  const parsed = url === null ? null : URL.parse(url);
  if (parsed === null) return () => false;
  const host = parsed.searchParams.get('host') ?? parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(parsed.port || parsed.searchParams.get('port') || DEFAULT_PORT);
  const isSocket = host === '' || decodeURIComponent(host).startsWith('/');
  const found = isSocket ? ['127.0.0.1'] : await resolve(host).catch(() => []);
  const own = new Set(found.map(canonical));
  const ownIsHere = [...own].some(isHere);
  return (address, asked) => {
    const one = canonical(address);
    return asked === port && (own.has(one) || (ownIsHere && isHere(one)));
  };
}

import { isIP } from 'node:net';
import { type AddressGuard, createAddressGuard, HTTP_PORTS } from '../../util/address-guard.ts';
import { hostOf, portOf } from '../../util/describe-url.ts';
import { isLocalName, LOOPBACK_ADDRESSES } from '../../util/guarded-connect.ts';

/** Longest URL that is taken; servers and browsers stop near 8,000 characters (RFC 9110, 4.1). */
const MAX_URL_LENGTH = 8192;

/** Below this, a port belongs to a well-known service (RFC 6335, 6) that is HTTP only where HTTP_PORTS says so. */
const FIRST_USER_PORT = 1024;

/** A URL that no import is started for. `reason` says why, for logs and help; the message is the wire's. */
export class InvalidUrl extends Error {
  override readonly name = 'InvalidUrl';
  readonly reason: string;
  constructor(url: string, reason: string) {
    super(`Invalid URL, cannot connect dataset: ${url}`);
    this.reason = reason;
  }
}

/** Whether a host may be tried. Names are looked up and checked when the connection is made, not here. */
function isAcceptable(host: string, port: number, guard: AddressGuard): boolean {
  if (isIP(host) !== 0) return guard.admits(host, port);
  if (isLocalName(host) && !LOOPBACK_ADDRESSES.some((address) => guard.admits(address, port))) return false;
  if (HTTP_PORTS.has(port)) return true;
  // Some name may turn out to be on a listed network, where any port is right. But not the ports of other services:
  // `http://localhost:22/x` is invalid for every client (wire-contract, appendix B 5).
  return guard.hasListedNetworks && port >= FIRST_USER_PORT;
}

/**
 * Builds the check of a URL at the time of the POST (wire-contract 1.3), which needs no network. It accepts http and
 * https; the classic API also took ftp, which this server does not fetch and so refuses at once instead of failing
 * later. Ports: HTTP's and its registered alternatives, any on networks of `allowNetworks`. Literal addresses outside
 * the public internet are refused in every spelling, because the WHATWG parser reduces them all to one. The check throws InvalidUrl, the builder an Error where `allowNetworks` holds
 * something that is not a CIDR.
 */
export function createUrlValidator(options: { readonly allowNetworks: readonly string[] }): (text: string) => URL {
  const guard = createAddressGuard(options.allowNetworks);
  return (text) => {
    if (text.length > MAX_URL_LENGTH) {
      throw new InvalidUrl(`${text.slice(0, 200)}…`, `it is longer than ${MAX_URL_LENGTH} characters`);
    }
    const url = URL.parse(text);
    if (url === null) throw new InvalidUrl(text, 'it is not a URL');
    if (url.protocol === 'ftp:') throw new InvalidUrl(text, 'ftp is not supported: download the file and upload it');
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new InvalidUrl(text, 'it is not http or https');
    if (!isAcceptable(hostOf(url), portOf(url), guard)) {
      throw new InvalidUrl(text, 'its address or port is outside what this server may reach');
    }
    return url;
  };
}

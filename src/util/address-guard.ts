import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Ports that a fetch may use on the public internet: http and https, and the alternatives of the IANA registry of
 * service names and ports: `http-alt` (591, 8008, 8080) and 8443, registered as `pcsync-https` and the common
 * alternative to 443.
 */
export const HTTP_PORTS: ReadonlySet<number> = new Set([80, 443, 591, 8008, 8080, 8443]);

/** Whose address it is: the public internet's, a network's that the operator named, or neither. */
type AddressClass = 'public' | 'listed' | 'refused';

/** Says which addresses and ports outbound connections may use. */
export interface AddressGuard {
  /** Class of a literal IPv4 or IPv6 address; anything that is not one is refused. */
  classify(address: string): AddressClass;
  /** Whether a connection to this address and port may be made: any port on a listed network, some elsewhere. */
  admits(address: string, port: number): boolean;
  /** Whether the operator named any network at all. */
  readonly hasListedNetworks: boolean;
}

/** The whole of what IANA has given out for global unicast; every other IPv6 block is special (RFC 4291, 2.4). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

const isPublic = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
  // Addresses that carry an IPv4 address (mapped, NAT64, 6to4, Teredo) have ranges of their own, so they are refused.
  address.range() === 'unicast' && (address instanceof ipaddr.IPv4 || address.match(globalUnicast));

/**
 * Canonical text only: `ipaddr.js` also takes octal and short IPv4 forms, which connect() may read otherwise, and takes
 * `::8.8.8.8` for the mapped `::ffff:8.8.8.8`, so IPv6 goes through the WHATWG parser first (no zone passes it).
 */
const parseAddress = (text: string): ipaddr.IPv4 | ipaddr.IPv6 | null => {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  const canonical = isIPv6(text) ? URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1) : undefined;
  return canonical === undefined ? null : ipaddr.process(canonical);
};

const parseNetwork = (text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] => {
  try {
    return ipaddr.parseCIDR(text);
  } catch (cause) {
    throw new Error(`LANDFALL_ALLOW_NETWORKS: "${text}" is not a network such as 10.1.0.0/16`, { cause });
  }
};

/**
 * A guard that admits the public internet on the ports of `isPublicPort` (HTTP's where absent) and `allowNetworks` (CIDRs)
 * on all. An IPv4-mapped IPv6 address counts as the IPv4 address in it. Throws an Error that names the entry which is
 * not a CIDR.
 */
export function createAddressGuard(
  allowNetworks: readonly string[],
  isPublicPort: (port: number) => boolean = (port) => HTTP_PORTS.has(port),
): AddressGuard {
  const networks = allowNetworks.map(parseNetwork);
  const classify = (text: string): AddressClass => {
    const address = parseAddress(text);
    if (address === null) return 'refused';
    if (networks.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))) return 'listed';
    return isPublic(address) ? 'public' : 'refused';
  };
  return {
    classify,
    admits(address, port) {
      const found = classify(address);
      return found === 'listed' || (found === 'public' && isPublicPort(port));
    },
    hasListedNetworks: networks.length > 0,
  };
}

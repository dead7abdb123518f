import { ImportError } from '../../errors.ts';
import type { Connection } from './session.ts';

/**
 * How a connection is kept from others: `require` encrypts and checks who the server is, `no-verify` only encrypts,
 * `prefer` encrypts without a check where the server can, `disable` does not.
 */
export const sslModes = ['require', 'verify-full', 'no-verify', 'prefer', 'disable'] as const;
export type SslMode = (typeof sslModes)[number];

/** The mode that a connection names, or the provider's own. Throws connectorParameters for an unknown one. */
export function sslModeOf({ sslmode }: Connection, fallback: SslMode): SslMode {
  if (sslmode === undefined) return fallback;
  const mode = sslModes.find((one) => one === sslmode.trim().toLowerCase());
  if (mode === undefined) {
    throw new ImportError('connectorParameters', {
      detail: `sslmode takes ${sslModes.join(', ')}, not "${sslmode.slice(0, 50)}".`,
    });
  }
  return mode;
}

/** What drivers are told of TLS. */
export const tlsOptions = (
  { ca }: Connection,
  mode: SslMode,
): { readonly rejectUnauthorized: boolean; readonly ca?: string } => ({
  rejectUnauthorized: mode === 'require' || mode === 'verify-full',
  ...(ca === undefined ? {} : { ca }),
});

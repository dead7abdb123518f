import { ImportError } from '../../errors.ts';
import { ConnectTimeout, HostRefused } from '../../util/guarded-connect.ts';
import type { Connection } from './session.ts';

/** Longest message of a server that is repeated, in characters. */
const MAX_MESSAGE = 1000;

/** Shortest secret that is taken out of messages: anything shorter is in most of them. */
const MIN_SECRET = 3;

/** A text without the values of a connection that nobody may see. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets.filter(({ length }) => length >= MIN_SECRET)) {
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) {
      clean = clean.replaceAll(form, '***');
    }
  }
  return clean.replaceAll('\0', '').toWellFormed().slice(0, MAX_MESSAGE);
}

/** Values of a connection that no text may show. */
export const secretsOf = (connection: Connection, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => connection[name] ?? []).flatMap((text) => [text, ...innerSecrets(text)]);

/** Texts within the JSON of a service account. */
function innerSecrets(text: string): readonly string[] {
  if (!text.startsWith('{')) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Object.values(Object(value)).filter((one): one is string => typeof one === 'string' && one.length > 30);
  } catch {
    return [];
  }
}

const messageOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return message === '' ? code : message;
};

/** The connection went away in the middle; the same again can succeed. */
export const isCut = (error: unknown): boolean => {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return (
    ['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST', '57P01', '57P02', '08006'].includes(String(code)) ||
    /Connection terminated unexpectedly|Connection ended unexpectedly|server closed the connection/i.test(
      messageOf(error),
    )
  );
};

/** Whether a server did not prove who it is. In the words of OpenSSL: drivers have codes of their own. */
const isOfCertificate = (error: unknown): boolean => /certificate/i.test(messageOf(error));

/**
 * Any error of a driver as one of the catalogue: the server's own words, without secrets (run contract). `server` is the
 * host and port that were asked.
 */
export function toConnectorError(error: unknown, server: string, secrets: readonly string[]): ImportError {
  if (error instanceof ImportError) return error;
  const shown = withoutSecrets(server, secrets);
  if (error instanceof HostRefused) {
    return new ImportError('connectorFailed', {
      detail: `The server ${shown} is not known or cannot be reached from here.`,
      hint: 'Check its name and port. Servers outside the public internet have to be allowed by the operator.',
      cause: error,
    });
  }
  if (error instanceof ConnectTimeout) {
    return new ImportError('connectorFailed', {
      detail: `The server ${shown} could not be connected to in time.`,
      hint: 'Check its name and port, and that it takes connections from here.',
      cause: error,
    });
  }
  return new ImportError('connectorFailed', {
    detail: `${shown}: ${withoutSecrets(messageOf(error), secrets)}`,
    hint: isOfCertificate(error)
      ? 'Give the certificate of its authority as ca, or sslmode=no-verify to encrypt without checking who the server is.'
      : 'Check server, user, password, table and query.',
    // Drivers put the connection's parameters into their errors, and logs show causes.
  });
}

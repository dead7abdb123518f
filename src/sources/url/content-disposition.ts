/** Text of bytes that are UTF-8 if they can be, and Latin-1 otherwise, as servers send them in headers. */
const fromHeaderBytes = (latin1: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
};

/** A plain name; servers that percent-encode it mean the decoded one, as browsers take it. */
const fromPlain = (value: string): string => {
  try {
    return decodeURIComponent(fromHeaderBytes(value));
  } catch {
    return fromHeaderBytes(value);
  }
};

/** `charset'language'percent-encoded` of RFC 8187, null where it is not. */
const fromExtended = (value: string): string | null => {
  const [, charset = '', encoded = ''] = /^([\w-]+)'[^']*'(.*)$/.exec(value) ?? [];
  const bytes = Buffer.from(
    encoded.replace(/%([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
};

/**
 * The file name of a Content-Disposition header (RFC 6266), null where it has none: `filename*` before `filename`,
 * quoted or not, with or without a disposition in front. The header's bytes are given as Latin-1. It is only text: it
 * may hold slashes, and is no path.
 */
export function fileNameOfDisposition(header: string): string | null {
  const names = new Map<string, string>();
  const parameter = /(?:^|;)\s*(filename\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/gi;
  for (const [, name = '', quoted, bare] of header.slice(0, 4096).matchAll(parameter)) {
    const value = quoted === undefined ? (bare ?? '').trim() : quoted.replace(/\\(["\\])/g, '$1');
    if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), value);
  }
  const extended = names.get('filename*');
  const found = (extended === undefined ? null : fromExtended(extended)) ?? fromPlain(names.get('filename') ?? '');
  return found === '' ? null : found;
}

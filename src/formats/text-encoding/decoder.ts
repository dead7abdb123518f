import iconv from 'iconv-lite';

/** Turns bytes into text, piece by piece; what is no character of the encoding becomes U+FFFD. */
export type Decode = (bytes: Uint8Array, isLast: boolean) => string;

/** Encodings whose label means a byte order where the text has none of its own. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['utf-16', 'utf-16le'],
  ['utf-32', 'utf-32le'],
  ['latin1', 'windows-1252'],
  ['utf8', 'utf-8'],
]);

const isWhatwg = (label: string): string | null => {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return null;
  }
};

/**
 * The encoding that a label means: of WHATWG (`latin1` is windows-1252), else one that iconv knows (`utf-32le`, `cp850`),
 * also in the spellings of programs (`CP1252`, `8859_2`, `UTF8`). null: it means none.
 */
export function encodingOfLabel(label: string): string | null {
  const plain = label.trim().toLowerCase();
  if (plain === '' || plain.length > 40) return null;
  const iso = /^(?:iso)?[-_ ]?8859[-_ ]?(\d{1,2})$/.exec(plain);
  const windows = /^(?:cp|windows|win|ansi|ms)[-_ ]?(125\d|874)$|^(125\d)$/.exec(plain);
  const spelled =
    iso !== null ? `iso-8859-${iso[1]}` : windows !== null ? `windows-${windows[1] ?? windows[2]}` : plain;
  const name = aliases.get(spelled) ?? spelled;
  const known = isWhatwg(name);
  if (known !== null && known !== 'replacement' && known !== 'x-user-defined') return known;
  // Node's own names for bytes are no encodings of text.
  return !/^(hex|base64|base64url|binary|internal|ucs2|ascii)$/.test(name) && iconv.encodingExists(name) ? name : null;
}

/** Starts decoding an encoding that `encodingOfLabel` has named. Marks at the beginning are text. */
export function createDecode(encoding: string): Decode {
  if (isWhatwg(encoding) !== null) {
    const decoder = new TextDecoder(encoding, { ignoreBOM: true });
    return (bytes, isLast) => decoder.decode(bytes, { stream: !isLast });
  }
  const decoder = iconv.getDecoder(encoding, { stripBOM: false });
  return (bytes, isLast) => decoder.write(Buffer.from(bytes)) + (isLast ? (decoder.end() ?? '') : '');
}

/** Decodes a piece of text at once. */
export const decodeAll = (bytes: Uint8Array, encoding: string): string => createDecode(encoding)(bytes, true);

import { putBytes } from './encode-text.ts';
import type { OutBuffer } from './out-buffer.ts';

/** `\u0000` and lone surrogates, which jsonb refuses, and the escaped backslashes that only look like them. */
const unicodeEscape = /\\\\|\\u(d[89ab]..)\\u(d[c-f]..)|\\u(0000|d[89a-f]..)/gi;

/**
 * Appends `bytes[start, end)`, which is JSON, as a jsonb field (a version byte, then text); returns how many NUL
 * characters were left out. A surrogate without its pair becomes U+FFFD.
 */
export function encodeJsonb(bytes: Buffer, start: number, end: number, out: OutBuffer): number {
  out.ensure(5 + end - start);
  const field = out.length;
  out.bytes[field + 4] = 1;
  out.length = field + 5;
  let nulCharacters = 0;
  const found = bytes.indexOf('\\u', start, 'latin1');
  if (found < 0 || found >= end) putBytes(bytes, start, end, out);
  else {
    const text = bytes
      .toString('latin1', start, end)
      .replace(unicodeEscape, (sequence: string, high?: string, _low?: string, alone?: string) => {
        if (sequence === '\\\\' || high !== undefined) return sequence;
        if (alone !== '0000') return '\\ufffd';
        nulCharacters++;
        return '';
      });
    out.length += out.bytes.write(text, out.length, 'latin1');
  }
  out.view.setInt32(field, out.length - field - 4);
  return nulCharacters;
}

// hot path: measured by npm run bench
import { CellKind, type CellRecord } from '../domain/layer.ts';
import type { OutBuffer } from './out-buffer.ts';

/** For fewer bytes a loop costs less than the call of copy(). */
const SHORT_BYTES = 24;

/** Appends `bytes[start, end)` as it stands, without a field length. Room must be reserved. */
export function putBytes(bytes: Buffer, start: number, end: number, out: OutBuffer): void {
  const target = out.bytes;
  let at = out.length;
  if (end - start < SHORT_BYTES) for (let i = start; i < end; i++) target[at++] = bytes[i]!;
  else at += bytes.copy(target, at, start, end);
  out.length = at;
}

function putWithoutDoubledQuotes(bytes: Buffer, start: number, end: number, quote: number, out: OutBuffer): void {
  const target = out.bytes;
  let at = out.length;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    target[at++] = byte;
    if (byte === quote) i++;
  }
  out.length = at;
}

/** What `\b \f \n \r \t` stand for; the other one-letter escapes stand for themselves. */
const escapes = new Map([
  [98, 8],
  [102, 12],
  [110, 10],
  [114, 13],
  [116, 9],
]);

const hex = (bytes: Buffer, at: number): number => Number.parseInt(bytes.toString('latin1', at, at + 4), 16);
const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/**
 * Appends the inside of a JSON string with its escapes undone, without a field length; returns how many NUL characters
 * were left out. A surrogate without its pair becomes U+FFFD. Room for as many bytes as read must be reserved.
 */
function putUnescaped(bytes: Buffer, start: number, end: number, out: OutBuffer): number {
  const target = out.bytes;
  let at = out.length;
  let nulCharacters = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte !== 92) {
      target[at++] = byte;
      continue;
    }
    const letter = bytes[++i]!;
    if (letter !== 117) {
      target[at++] = escapes.get(letter) ?? letter;
      continue;
    }
    let code = hex(bytes, i + 1);
    i += 4;
    if (isHighSurrogate(code) && bytes[i + 1] === 92 && bytes[i + 2] === 117 && isLowSurrogate(hex(bytes, i + 3))) {
      code = 0x10000 + ((code - 0xd800) << 10) + (hex(bytes, i + 3) - 0xdc00);
      i += 6;
    }
    if (code === 0) nulCharacters++;
    else if (code < 0x80) target[at++] = code;
    else at += target.write(String.fromCodePoint(isHighSurrogate(code) || isLowSurrogate(code) ? 0xfffd : code), at);
  }
  out.length = at;
  return nulCharacters;
}

/**
 * Appends a cell of any kind as a text field; returns how many NUL characters were left out. Room for the cell's bytes
 * and four more must be reserved.
 */
export function encodeText(record: CellRecord, cell: number, out: OutBuffer): number {
  const { bytes } = record;
  const start = record.starts[cell]!;
  const end = record.ends[cell]!;
  const field = out.length;
  out.length = field + 4;
  let nulCharacters = 0;
  const kind = record.kinds[cell];
  if (kind === CellKind.quotedDoubled) putWithoutDoubledQuotes(bytes, start, end, record.quote, out);
  else if (kind === CellKind.jsonEscaped) nulCharacters = putUnescaped(bytes, start, end, out);
  else putBytes(bytes, start, end, out);
  out.view.setInt32(field, out.length - field - 4);
  return nulCharacters;
}

/** Appends `bytes[start, end)` as a bytea field. */
export function encodeBytes(bytes: Buffer, start: number, end: number, out: OutBuffer): void {
  const length = end - start;
  out.ensure(length + 4);
  out.view.setInt32(out.length, length);
  bytes.copy(out.bytes, out.length + 4, start, end);
  out.length += length + 4;
}

// hot path: measured by npm run bench
import { CellKind, type CellRecord } from '../domain/layer.ts';
import { unescapeJson } from '../util/json-escapes.ts';
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
  else if (kind === CellKind.jsonEscaped) {
    out.length = unescapeJson(bytes, start, end, out.bytes, out.length, () => nulCharacters++);
  } else putBytes(bytes, start, end, out);
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

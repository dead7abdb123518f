// hot path: measured by npm run bench
import type { OutBuffer } from './out-buffer.ts';

/** Value of a lower-case hexadecimal digit. */
const nibble = (byte: number): number => (byte <= 57 ? byte - 48 : byte - 87);

/** Appends the canonical UUID that begins at `start` as a field of 16 bytes. Room for 20 bytes must be reserved. */
export function encodeUuid(bytes: Buffer, start: number, out: OutBuffer): void {
  const target = out.bytes;
  let at = out.length;
  out.view.setInt32(at, 16);
  at += 4;
  for (let i = start; i < start + 36; i += 2) {
    if (bytes[i] === 45) i++;
    target[at++] = nibble(bytes[i]!) * 16 + nibble(bytes[i + 1]!);
  }
  out.length = at;
}

import type { DialectBytes } from './dialect.ts';

/** Whether a byte ends a row outside of quotes. */
export const isLineEnd = (byte: number): boolean => byte === 10 || byte === 13;

/** Where the delimiter that stands at `at` ends, 0 where none does. */
export function delimiterEnd(bytes: Uint8Array, at: number, { delimiter }: DialectBytes): number {
  const { length } = delimiter;
  if (length === 0 || bytes[at] !== delimiter[0]) return 0;
  for (let i = 1; i < length; i++) if (bytes[at + i] !== delimiter[i]) return 0;
  return at + length;
}

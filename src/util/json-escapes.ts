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

/** Whether the inside of a JSON string may hold a NUL character, which no text of PostgreSQL does. */
export function mayHoldNul(bytes: Buffer, start: number, end: number): boolean {
  const found = bytes.indexOf('\\u0000', start, 'latin1');
  return found >= 0 && found < end;
}

/**
 * Writes the inside of a JSON string, `bytes[start, end)`, with its escapes undone to `target[at…]` and returns where it
 * ends there. NUL characters are left out and told to `onNul`; a surrogate without its pair becomes U+FFFD. It takes no
 * more room than it had, so that `target` may be the same bytes from `start` on.
 */
export function unescapeJson(
  bytes: Buffer,
  start: number,
  end: number,
  target: Buffer,
  at: number,
  onNul: () => void,
): number {
  let to = at;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte !== 92) {
      target[to++] = byte;
      continue;
    }
    const letter = bytes[++i]!;
    if (letter !== 117) {
      target[to++] = escapes.get(letter) ?? letter;
      continue;
    }
    let code = hex(bytes, i + 1);
    i += 4;
    if (isHighSurrogate(code) && bytes[i + 1] === 92 && bytes[i + 2] === 117 && isLowSurrogate(hex(bytes, i + 3))) {
      code = 0x10000 + ((code - 0xd800) << 10) + (hex(bytes, i + 3) - 0xdc00);
      i += 6;
    }
    if (code === 0) onNul();
    else if (code < 0x80) target[to++] = code;
    else to += target.write(String.fromCodePoint(isHighSurrogate(code) || isLowSurrogate(code) ? 0xfffd : code), to);
  }
  return to;
}

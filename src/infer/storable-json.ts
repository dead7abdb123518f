/** Deepest nesting that becomes jsonb; PostgreSQL's own parser recurses until its stack is full. */
const MAX_JSON_DEPTH = 500;

/**
 * Whether PostgreSQL takes this JSON as jsonb: no nesting beyond `MAX_JSON_DEPTH`, no number with an exponent that
 * its numeric cannot hold or would write out as thousands of digits. The bytes must be valid JSON.
 */
export function isStorableJson(bytes: Buffer, start: number, end: number): boolean {
  let depth = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 34) {
      for (i++; i < end && bytes[i] !== 34; i++) if (bytes[i] === 92) i++;
    } else if (byte === 123 || byte === 91) {
      if (++depth > MAX_JSON_DEPTH) return false;
    } else if (byte === 125 || byte === 93) depth--;
    else if ((byte | 32) === 101 && isDigit(bytes[i - 1] ?? 0)) {
      let digits = 0;
      i++;
      if (bytes[i] === 43 || bytes[i] === 45) i++;
      for (; i < end && isDigit(bytes[i] ?? 0); i++) digits++;
      if (digits > 3) return false;
      i--;
    }
  }
  return true;
}

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

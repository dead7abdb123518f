// hot path: bench/load.bench.ts

const powers = Float64Array.from({ length: 16 }, (_, i) => 10 ** i);

/** What a person takes for a number: also with blanks around it, a plus sign, or a bare point. */
const lenient = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*$/;

/**
 * The number that `bytes[start, end)` says, or NaN. More lenient than the types of columns, since the text itself
 * stays in its column. Up to 15 digits are divided by a power of ten, both exact doubles.
 */
export function parseCoordinate(bytes: Buffer, start: number, end: number): number {
  let i = bytes[start] === 45 ? start + 1 : start;
  const first = i;
  let value = 0;
  let point = end;
  for (; i < end; i++) {
    const c = bytes[i]! - 48;
    if (c >= 0 && c <= 9) value = value * 10 + c;
    else if (c === -2 && point === end) point = i;
    else return parseSlowly(bytes, start, end);
  }
  const digits = end - first - (point < end ? 1 : 0);
  if (digits === 0 || digits > 15) return parseSlowly(bytes, start, end);
  if (point < end) value /= powers[end - point - 1]!;
  return first > start ? -value : value;
}

function parseSlowly(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, end);
  return lenient.test(text) ? Number(text) : Number.NaN;
}

// hot path: measured by npm run bench
import { shownNumeric } from './shown-value.ts';

const NEGATIVE = 0x4000;

/**
 * Less than 0 where the numeric at `a` is less than the one at `b`, 0 where they are equal. Both are as `encodeNumeric`
 * writes them: without zeros at either end.
 */
export function compareNumeric(x: DataView, a: number, y: DataView, b: number): number {
  const countX = x.getInt16(a);
  const countY = y.getInt16(b);
  // A zero has no digits, and may have a sign.
  const signX = countX === 0 ? 0 : x.getUint16(a + 4) === NEGATIVE ? -1 : 1;
  const signY = countY === 0 ? 0 : y.getUint16(b + 4) === NEGATIVE ? -1 : 1;
  if (signX !== signY || signX === 0) return signX - signY;
  const weights = x.getInt16(a + 2) - y.getInt16(b + 2);
  if (weights !== 0) return weights * signX;
  const common = Math.min(countX, countY);
  for (let i = 0; i < common; i++) {
    const difference = x.getInt16(a + 8 + i * 2) - y.getInt16(b + 8 + i * 2);
    if (difference !== 0) return difference * signX;
  }
  return (countX - countY) * signX;
}

/** A numeric that is kept while the tuples it came in are gone. */
class Kept {
  view = new DataView(new ArrayBuffer(32));

  take(from: DataView, at: number): void {
    const length = 8 + 2 * from.getInt16(at);
    if (length > this.view.byteLength) this.view = new DataView(new ArrayBuffer(2 * length));
    for (let i = 0; i < length; i += 2) this.view.setInt16(i, from.getInt16(at + i));
  }
}

/** The least and the greatest numeric of a column, exactly. */
export class NumericRange {
  readonly #least = new Kept();
  readonly #greatest = new Kept();
  #isEmpty = true;

  /** Takes the numeric at `at`, behind its length. */
  take(view: DataView, at: number): void {
    if (this.#isEmpty || compareNumeric(view, at, this.#least.view, 0) < 0) this.#least.take(view, at);
    if (this.#isEmpty || compareNumeric(view, at, this.#greatest.view, 0) > 0) this.#greatest.take(view, at);
    this.#isEmpty = false;
  }

  /** Its end, in the words of PostgreSQL; null where nothing was taken. */
  shown(isMin: boolean): string | null {
    return this.#isEmpty ? null : shownNumeric(isMin ? this.#least.view : this.#greatest.view, 0);
  }
}

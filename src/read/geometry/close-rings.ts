import type { OutBuffer } from '../out-buffer.ts';
import { baseType, EwkbType, headLength, ordinates } from './ewkb.ts';

/** Vertices of a ring that is a triangle once it is closed. */
const FEWEST_OPEN = 3;

/** Whether a ring of at least three vertices, which begin at `first`, ends elsewhere than it begins. */
export const isOpenRing = (view: DataView, first: number, count: number, stride: number): boolean => {
  const last = first + (count - 1) * stride;
  return (
    count >= FEWEST_OPEN &&
    !(
      view.getFloat64(first, true) === view.getFloat64(last, true) &&
      view.getFloat64(first + 8, true) === view.getFloat64(last + 8, true)
    )
  );
};

/**
 * Writes the geometry that begins at `at` and is the last thing in `out` anew, with the first vertex of every open ring
 * of polygons once more at its end. Returns how many rings that were.
 */
export function closeRings(out: OutBuffer, at: number): number {
  const source = Buffer.from(out.bytes.subarray(at, out.length));
  out.length = at;
  const closing = new Closing(source, out);
  closing.geometry(0);
  return closing.rings;
}

class Closing {
  rings = 0;
  readonly #source: Buffer;
  readonly #view: DataView;
  readonly #out: OutBuffer;

  constructor(source: Buffer, out: OutBuffer) {
    this.#source = source;
    this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    this.#out = out;
  }

  /** Returns the position behind the geometry. */
  geometry(at: number): number {
    const type = this.#view.getUint32(at + 1, true);
    const base = baseType(type);
    const stride = 8 * ordinates(type);
    const content = at + headLength(type);
    if (base === EwkbType.point) return this.#copy(at, content + stride);
    const count = this.#view.getUint32(content, true);
    if (base === EwkbType.lineString) return this.#copy(at, content + 4 + count * stride);
    let i = this.#copy(at, content + 4);
    for (let part = 0; part < count; part++) i = base === EwkbType.polygon ? this.#ring(i, stride) : this.geometry(i);
    return i;
  }

  #ring(at: number, stride: number): number {
    const count = this.#view.getUint32(at, true);
    const first = at + 4;
    const start = this.#out.length;
    const end = this.#copy(at, first + count * stride);
    if (!isOpenRing(this.#view, first, count, stride)) return end;
    this.#copy(first, first + stride);
    this.#out.view.setUint32(start, count + 1, true);
    this.rings++;
    return end;
  }

  #copy(start: number, end: number): number {
    this.#out.ensure(end - start);
    this.#source.copy(this.#out.bytes, this.#out.length, start, end);
    this.#out.length += end - start;
    return end;
  }
}

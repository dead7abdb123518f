import { ImportError } from '../../errors.ts';
import type { Coordinates } from '../shape.ts';

/** Most positions of all arcs together: 128 MiB, of a file of about 100 MB. */
const MAX_POSITIONS = 8 << 20;

/** How often the arcs of a file may be used over on the average; a border is used by the two areas beside it. */
const MAX_REUSE = 20;

/** From the whole numbers of a quantized topology to coordinates. */
export interface Transform {
  readonly scale: readonly [number, number];
  readonly translate: readonly [number, number];
}

/** The arcs of a topology: all their positions in one row. */
export class Arcs {
  #positions = new Float64Array(1 << 12);
  readonly #ends: number[] = [];
  #length = 0;
  #used = 0;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Adds an arc as it stands in the file. False where it is no list of positions. */
  add(arc: unknown): boolean {
    if (!Array.isArray(arc)) return false;
    const needed = this.#length + 2 * arc.length;
    if (needed > 2 * MAX_POSITIONS) {
      throw new ImportError('fileTooBig', {
        detail: `${this.#file}: its arcs have more than ${MAX_POSITIONS} positions.`,
        hint: 'Split the topology, or convert it to GeoJSON or GeoPackage, for which there is no such limit.',
      });
    }
    if (needed > this.#positions.length) {
      const grown = new Float64Array(Math.max(needed, 2 * this.#positions.length));
      grown.set(this.#positions);
      this.#positions = grown;
    }
    for (const position of arc) {
      if (!Array.isArray(position) || typeof position[0] !== 'number' || typeof position[1] !== 'number') return false;
      this.#positions[this.#length++] = position[0];
      this.#positions[this.#length++] = position[1];
    }
    this.#ends.push(this.#length);
    return true;
  }

  /** Turns the differences of a quantized topology into coordinates, once all arcs are there. */
  decode({ scale, translate }: Transform): void {
    const positions = this.#positions;
    let at = 0;
    for (const end of this.#ends) {
      for (let x = 0, y = 0; at < end; at += 2) {
        x += positions[at] ?? 0;
        y += positions[at + 1] ?? 0;
        positions[at] = x * scale[0] + translate[0];
        positions[at + 1] = y * scale[1] + translate[1];
      }
    }
  }

  /**
   * Appends an arc, from its end where the index is negative (`~index`); its first position, which the arc before ended
   * with, is left out of all but the first. False where there is no such arc. Throws fileTooBig where few arcs are used
   * so often that the result would have nothing to do with the size of the file.
   */
  append(index: unknown, line: Coordinates): boolean {
    if (typeof index !== 'number' || !Number.isInteger(index)) return false;
    const arc = index < 0 ? ~index : index;
    const end = this.#ends[arc];
    if (end === undefined) return false;
    const start = arc === 0 ? 0 : (this.#ends[arc - 1] ?? 0);
    const count = (end - start) / 2;
    this.#used += count;
    if (this.#used > MAX_REUSE * this.#length + (1 << 20)) {
      throw new ImportError('fileTooBig', {
        detail: `${this.#file}: its arcs are used more than ${MAX_REUSE} times over.`,
        hint: 'Convert the file to GeoJSON or GeoPackage and import that.',
      });
    }
    for (let n = line.length > 0 ? 1 : 0; n < count; n++) {
      const at = start + 2 * (index < 0 ? count - 1 - n : n);
      line.push(this.#positions[at] ?? 0, this.#positions[at + 1] ?? 0, Number.NaN);
    }
    return true;
  }

  /** Whether all arcs can be longitudes and latitudes. */
  get isDegrees(): boolean {
    for (let at = 0; at < this.#length; at += 2) {
      if (Math.abs(this.#positions[at] ?? 0) > 181 || Math.abs(this.#positions[at + 1] ?? 0) > 91) return false;
    }
    return true;
  }

  /** A layer is read anew: what earlier passes have used no longer counts. */
  beginPass(): void {
    this.#used = 0;
  }
}

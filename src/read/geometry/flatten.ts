import type { OutBuffer } from '../out-buffer.ts';
import { baseType, EwkbFlag, EwkbType, headLength, ordinates } from './ewkb.ts';

/**
 * Drops Z and M of the checked geometry that begins at `at` and is the last thing in `out`: a column
 * `geometry(Geometry,4326)`, which every imported table has, refuses geometries that have them, and one refused value
 * ends a whole load.
 */
export function flatten(out: OutBuffer, at: number): void {
  new Flattening(out.view, at).run(out);
}

class Flattening {
  readonly #view: DataView;
  #source: number;
  #target: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#source = at;
    this.#target = at;
  }

  run(out: OutBuffer): void {
    this.#geometry();
    out.length = this.#target;
  }

  #geometry(): void {
    const type = this.#view.getUint32(this.#source + 1, true);
    const base = baseType(type);
    const width = ordinates(type);
    this.#view.setUint8(this.#target, 1);
    this.#view.setUint32(this.#target + 1, (type & ~(EwkbFlag.z | EwkbFlag.m)) >>> 0, true);
    this.#source += 5;
    this.#target += 5;
    if (headLength(type) === 9) this.#integer();
    if (base === EwkbType.point) {
      this.#vertices(1, width);
      return;
    }
    const count = this.#integer();
    if (base === EwkbType.lineString) this.#vertices(count, width);
    else if (base === EwkbType.polygon) for (let ring = 0; ring < count; ring++) this.#vertices(this.#integer(), width);
    else for (let part = 0; part < count; part++) this.#geometry();
  }

  #integer(): number {
    const value = this.#view.getUint32(this.#source, true);
    this.#view.setUint32(this.#target, value, true);
    this.#source += 4;
    this.#target += 4;
    return value;
  }

  #vertices(count: number, width: number): void {
    for (let vertex = 0; vertex < count; vertex++) {
      this.#view.setFloat64(this.#target, this.#view.getFloat64(this.#source, true), true);
      this.#view.setFloat64(this.#target + 8, this.#view.getFloat64(this.#source + 8, true), true);
      this.#source += 8 * width;
      this.#target += 16;
    }
  }
}

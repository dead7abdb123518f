import { baseType, EwkbType, headLength, ordinates } from './ewkb.ts';

/** The box around coordinates that are no longitudes and latitudes, to tell the user what they may be instead. */
export class Extent {
  /** Geometries in it. */
  geometries = 0;
  /** Those that would lie within ±180 and ±90 if x and y were exchanged. */
  swappable = 0;
  west = Number.POSITIVE_INFINITY;
  east = Number.NEGATIVE_INFINITY;
  south = Number.POSITIVE_INFINITY;
  north = Number.NEGATIVE_INFINITY;

  /** Adds a parsed geometry, whose counts fit its length. */
  add(view: DataView, at: number): void {
    const box = { x: 0, y: 0 };
    this.#geometry(view, at, box);
    this.geometries++;
    if (box.x <= 90 && box.y <= 180 && box.y > 90) this.swappable++;
  }

  #geometry(view: DataView, at: number, box: { x: number; y: number }): number {
    const type = view.getUint32(at + 1, true);
    const base = baseType(type);
    const stride = 8 * ordinates(type);
    let i = at + headLength(type);
    if (base === EwkbType.point) return this.#vertices(view, i, 1, stride, box);
    const count = view.getUint32(i, true);
    i += 4;
    if (base === EwkbType.lineString) return this.#vertices(view, i, count, stride, box);
    for (let part = 0; part < count; part++) {
      i =
        base === EwkbType.polygon
          ? this.#vertices(view, i + 4, view.getUint32(i, true), stride, box)
          : this.#geometry(view, i, box);
    }
    return i;
  }

  #vertices(view: DataView, at: number, count: number, stride: number, box: { x: number; y: number }): number {
    const end = at + count * stride;
    for (let i = at; i < end; i += stride) {
      const x = view.getFloat64(i, true);
      const y = view.getFloat64(i + 8, true);
      if (x < this.west) this.west = x;
      if (x > this.east) this.east = x;
      if (y < this.south) this.south = y;
      if (y > this.north) this.north = y;
      box.x = Math.max(box.x, Math.abs(x));
      box.y = Math.max(box.y, Math.abs(y));
    }
    return end;
  }
}

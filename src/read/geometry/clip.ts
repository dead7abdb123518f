import type { OutBuffer } from '../out-buffer.ts';
import { isEmptyPoint, MERCATOR_LATITUDE } from './check.ts';
import { baseType, EwkbFlag, EwkbType, headLength, ordinates } from './ewkb.ts';

/** A run of vertices, each with all its ordinates, one after the other. */
type Vertices = number[];

/**
 * Appends the part of a checked geometry in degrees that lies within ±89 degrees of latitude, cut along straight lines
 * between longitude and latitude, other ordinates interpolated: what CARTO's own trigger puts into
 * `the_geom_webmercator` (wire contract 6.6, point 4). Points beyond are left out, lines are split (a line in several
 * pieces becomes a MultiLineString), rings are cut by Sutherland-Hodgman, where pieces of one ring stay joined along
 * the border. False, and nothing is appended, where nothing is left.
 */
export function appendWithinMercator(source: DataView, at: number, out: OutBuffer): boolean {
  const before = out.length;
  const clip = new Clip(source, out);
  clip.geometry(at);
  if (clip.vertices === 0) out.length = before;
  return clip.vertices > 0;
}

class Clip {
  vertices = 0;
  readonly #source: DataView;
  readonly #out: OutBuffer;

  constructor(source: DataView, out: OutBuffer) {
    this.#source = source;
    this.#out = out;
  }

  /** Appends what is left of the geometry at `at`, nothing where that is nothing, and returns the position behind it. */
  geometry(at: number): number {
    const type = this.#source.getUint32(at + 1, true);
    const width = ordinates(type);
    const base = baseType(type);
    let i = at + headLength(type);
    const before = this.#out.length;
    this.#copy(at, i);
    switch (base) {
      case EwkbType.point: {
        const isKept =
          isEmptyPoint(this.#source, i, 8 * width) ||
          Math.abs(this.#source.getFloat64(i + 8, true)) <= MERCATOR_LATITUDE;
        if (isKept) this.#write(this.#read(i, 1, width), width);
        else this.#out.length = before;
        return i + 8 * width;
      }
      case EwkbType.lineString: {
        const count = this.#source.getUint32(i, true);
        const pieces = splitLine(this.#read(i + 4, count, width), width);
        this.#out.length = before;
        if (count === 0) this.#copy(at, i + 4);
        else this.#lines(pieces, at, width);
        return i + 4 + 8 * width * count;
      }
      case EwkbType.polygon: {
        const rings = this.#source.getUint32(i, true);
        i += 4;
        const countAt = this.#count();
        let kept = 0;
        let hasShell = true;
        for (let ring = 0; ring < rings; ring++) {
          const count = this.#source.getUint32(i, true);
          const cut = hasShell ? clipRing(this.#read(i + 4, count, width), width) : [];
          i += 4 + 8 * width * count;
          if (cut.length < 4 * width) {
            if (ring === 0) hasShell = false;
            continue;
          }
          this.#sequence(cut, width);
          kept++;
        }
        if (kept === 0 && rings > 0) this.#out.length = before;
        else this.#out.view.setUint32(countAt, kept, true);
        return i;
      }
      default: {
        const parts = this.#source.getUint32(i, true);
        i += 4;
        const countAt = this.#count();
        let kept = 0;
        for (let part = 0; part < parts; part++) {
          const length = this.#out.length;
          if (base === EwkbType.multiLineString) {
            const head = i;
            const count = this.#source.getUint32(i + 5, true);
            i += 9 + 8 * width * count;
            for (const piece of splitLine(this.#read(head + 9, count, width), width)) {
              this.#copy(head, head + 5);
              this.#sequence(piece, width);
              kept++;
            }
            continue;
          }
          i = this.geometry(i);
          if (this.#out.length > length) kept++;
        }
        if (kept === 0 && parts > 0) this.#out.length = before;
        else this.#out.view.setUint32(countAt, kept, true);
        return i;
      }
    }
  }

  /** One piece as a LineString, several as a MultiLineString, under the head of the line at `at`. */
  #lines(pieces: readonly Vertices[], at: number, width: number): void {
    const [only] = pieces;
    if (only === undefined) return;
    const type = this.#source.getUint32(at + 1, true);
    const head = this.#out.length;
    this.#copy(at, at + headLength(type));
    if (pieces.length === 1) {
      this.#sequence(only, width);
      return;
    }
    this.#out.view.setUint32(head + 1, type - EwkbType.lineString + EwkbType.multiLineString, true);
    this.#out.view.setUint32(this.#count(), pieces.length, true);
    for (const piece of pieces) {
      this.#out.ensure(5);
      this.#out.view.setUint8(this.#out.length, 1);
      this.#out.view.setUint32(this.#out.length + 1, (type & ~EwkbFlag.srid) >>> 0, true);
      this.#out.length += 5;
      this.#sequence(piece, width);
    }
  }

  #read(at: number, count: number, width: number): Vertices {
    const vertices = new Array<number>(count * width);
    for (let n = 0; n < vertices.length; n++) vertices[n] = this.#source.getFloat64(at + 8 * n, true);
    return vertices;
  }

  #count(): number {
    this.#out.ensure(4);
    this.#out.length += 4;
    return this.#out.length - 4;
  }

  #sequence(vertices: Vertices, width: number): void {
    const at = this.#count();
    this.#out.view.setUint32(at, vertices.length / width, true);
    this.#write(vertices, width);
  }

  #write(vertices: Vertices, width: number): void {
    this.#out.ensure(8 * vertices.length);
    for (let n = 0; n < vertices.length; n++) {
      this.#out.view.setFloat64(this.#out.length + 8 * n, vertices[n]!, true);
    }
    this.#out.length += 8 * vertices.length;
    if (!Number.isNaN(vertices[0])) this.vertices += vertices.length / width;
  }

  #copy(start: number, end: number): void {
    this.#out.ensure(end - start);
    for (let i = start; i < end; i++) this.#out.bytes[this.#out.length++] = this.#source.getUint8(i);
  }
}

/** Appends the point of the segment `a`-`b` where its latitude is `latitude`. */
function pushCut(target: Vertices, line: Vertices, a: number, b: number, width: number, latitude: number): void {
  const share = (latitude - line[a + 1]!) / (line[b + 1]! - line[a + 1]!);
  for (let n = 0; n < width; n++) {
    target.push(n === 1 ? latitude : line[a + n]! + share * (line[b + n]! - line[a + n]!));
  }
}

function pushVertex(target: Vertices, line: Vertices, at: number, width: number): void {
  for (let n = 0; n < width; n++) target.push(line[at + n]!);
}

/** The pieces of a line within the band, each of at least two vertices. */
function splitLine(line: Vertices, width: number): Vertices[] {
  const pieces: Vertices[] = [];
  let piece: Vertices = [];
  const finish = (): void => {
    if (piece.length >= 2 * width && hasLength(piece, width)) pieces.push(piece);
    piece = [];
  };
  const side = (at: number): number => {
    const latitude = line[at + 1]!;
    return latitude > MERCATOR_LATITUDE ? 1 : latitude < -MERCATOR_LATITUDE ? -1 : 0;
  };
  for (let b = 0; b < line.length; b += width) {
    const now = side(b);
    const a = b - width;
    const was = b === 0 ? now : side(a);
    if (was !== now) {
      if (was !== 0) pushCut(piece, line, a, b, width, was * MERCATOR_LATITUDE);
      if (now !== 0) {
        pushCut(piece, line, a, b, width, now * MERCATOR_LATITUDE);
        finish();
      }
    }
    if (now === 0) pushVertex(piece, line, b, width);
  }
  finish();
  return pieces;
}

/** The closed ring within the band, or an empty one. */
function clipRing(ring: Vertices, width: number): Vertices {
  return clipSide(clipSide(ring, width, 1), width, -1);
}

function clipSide(ring: Vertices, width: number, side: 1 | -1): Vertices {
  const result: Vertices = [];
  const isInside = (at: number): boolean => ring[at + 1]! * side <= MERCATOR_LATITUDE;
  for (let b = width; b < ring.length; b += width) {
    const a = b - width;
    if (isInside(a) !== isInside(b)) pushCut(result, ring, a, b, width, side * MERCATOR_LATITUDE);
    if (isInside(b)) pushVertex(result, ring, b, width);
  }
  if (result.length > 0) pushVertex(result, result, 0, width);
  return hasHeight(result, width) ? result : [];
}

/** Whether a piece is more than one place, which is what is left where a line only touches the border. */
function hasLength(piece: Vertices, width: number): boolean {
  for (let i = width; i < piece.length; i += width) {
    if (piece[i] !== piece[0] || piece[i + 1] !== piece[1]) return true;
  }
  return false;
}

/** Whether a ring is more than a line along one latitude, which is what is left where it only touches the border. */
function hasHeight(ring: Vertices, width: number): boolean {
  for (let i = width; i < ring.length; i += width) if (ring[i + 1] !== ring[1]) return true;
  return false;
}

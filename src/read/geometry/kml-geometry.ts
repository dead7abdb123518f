import type { OutBuffer } from '../out-buffer.ts';
import { EwkbFlag, EwkbType, MAX_COLLECTION_DEPTH } from './ewkb.ts';

interface KmlNode {
  readonly type: number;
  /** A point or a line has one list of positions, a polygon one for each ring. */
  readonly lists: readonly (readonly (readonly number[])[])[];
  readonly parts: readonly KmlNode[];
}

const tag = /<(\/?)(?:[\w-]+:)?([A-Za-z]+)(?:\s[^<>]*?)?(\/?)>([^<]*)/y;
const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * A geometry element of KML as text: `<Point><coordinates>2.17,41.38</coordinates></Point>`, LineString, LinearRing,
 * Polygon and MultiGeometry, which becomes a Multi* geometry where its parts are all of one kind. Heights are kept where
 * every position has one.
 */
export class KmlGeometry {
  /** KML is always in 4326, as the columns it stands in are taken to be: it names no other. */
  readonly srid = 0;
  readonly isCurved = false;
  #text = '';
  #hasZ = true;

  /** Appends the geometry with `srid` in its head. False: no such element, and `out` is as before. */
  append(bytes: Uint8Array, start: number, end: number, srid: number, out: OutBuffer): boolean {
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
      .toString('latin1')
      .trim();
    this.#hasZ = true;
    tag.lastIndex = 0;
    const opening = this.#next();
    const node = opening === null ? null : this.#element(opening, 0);
    if (node === null || tag.lastIndex !== this.#text.length) return false;
    this.#write(node, srid, out);
    return true;
  }

  #next(): RegExpExecArray | null {
    return tag.exec(this.#text);
  }

  /** The element whose opening tag was read last; null where it is no geometry. */
  #element([, closes, name = '', isEmpty]: RegExpExecArray, depth: number): KmlNode | null {
    if (closes !== '' || isEmpty !== '' || depth > MAX_COLLECTION_DEPTH) return null;
    const lists: (readonly (readonly number[])[])[] = [];
    const parts: KmlNode[] = [];
    for (let child = this.#next(); child !== null; child = this.#next()) {
      const [, end, inner = '', isNothing, text = ''] = child;
      if (end !== '') {
        if (inner !== name) {
          if (!isWrapper(inner)) return null;
          continue;
        }
        return nodeOf(name, lists, parts);
      }
      if (inner === 'coordinates') {
        const positions = this.#positions(text);
        const closing = this.#next();
        if (positions === null || closing?.[1] !== '/' || closing[2] !== inner) return null;
        lists.push(positions);
      } else if (name === 'MultiGeometry') {
        const part = this.#element(child, depth + 1);
        if (part === null) return null;
        parts.push(part);
      } else if (isNothing === '' && !isWrapper(inner) && !this.#skip(inner)) return null;
    }
    return null;
  }

  /** Passes over `extrude`, `altitudeMode` and their like, which hold text alone. */
  #skip(name: string): boolean {
    const closing = this.#next();
    return closing !== null && closing[1] === '/' && closing[2] === name;
  }

  #positions(text: string): readonly (readonly number[])[] | null {
    const positions: (readonly number[])[] = [];
    for (const tuple of text.trim().split(/\s+/)) {
      const words = tuple.split(',');
      if (words.length < 2 || words.length > 3 || !words.every((word) => number.test(word))) return null;
      if (words.length === 2) this.#hasZ = false;
      positions.push(words.map(Number));
    }
    return positions;
  }

  #write({ type, lists, parts }: KmlNode, srid: number | null, out: OutBuffer): void {
    out.ensure(16);
    out.view.setUint8(out.length, 1);
    const flags = (this.#hasZ ? EwkbFlag.z : 0) + (srid === null ? 0 : EwkbFlag.srid);
    out.view.setUint32(out.length + 1, type + flags, true);
    out.length += 5;
    if (srid !== null) this.#count(srid, out);
    if (type === EwkbType.polygon) this.#count(lists.length, out);
    if (type > EwkbType.polygon) this.#count(parts.length, out);
    for (const list of lists) {
      if (type !== EwkbType.point) this.#count(list.length, out);
      out.ensure(24 * list.length);
      for (const position of list) {
        for (const value of this.#hasZ ? position : position.slice(0, 2)) {
          out.view.setFloat64(out.length, value, true);
          out.length += 8;
        }
      }
    }
    for (const part of parts) this.#write(part, null, out);
  }

  #count(value: number, out: OutBuffer): void {
    out.ensure(4);
    out.view.setUint32(out.length, value, true);
    out.length += 4;
  }
}

/** Elements between a polygon and the coordinates of its rings. */
const isWrapper = (name: string): boolean => /^(outerBoundaryIs|innerBoundaryIs|LinearRing)$/.test(name);

function nodeOf(name: string, lists: KmlNode['lists'], parts: readonly KmlNode[]): KmlNode | null {
  const [first] = lists;
  switch (name) {
    case 'Point':
      return lists.length === 1 && first?.length === 1 ? { type: EwkbType.point, lists, parts } : null;
    case 'LineString':
    case 'LinearRing':
      return lists.length === 1 ? { type: EwkbType.lineString, lists, parts } : null;
    case 'Polygon':
      return lists.length > 0 ? { type: EwkbType.polygon, lists, parts } : null;
    case 'MultiGeometry': {
      const [type = 0] = parts.map((part) => part.type);
      const isUniform = type >= 1 && type <= 3 && parts.every((part) => part.type === type);
      return { type: isUniform ? type + 3 : EwkbType.geometryCollection, lists, parts };
    }
    default:
      return null;
  }
}

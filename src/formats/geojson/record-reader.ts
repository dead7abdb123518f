// hot path: measured by npm run bench
import { CellKind, GeometryKind, newRecord } from '../../domain/layer.ts';
import { mayHoldNul, unescapeJson } from '../../util/json-escapes.ts';
import { type Columns, MAX_COLUMNS } from '../json/columns.ts';
import type { JsonScanner } from '../json/json-scanner.ts';

/** What the objects of a layer are; the first decides. */
export type ObjectKind = 'feature' | 'record';

const geometryTypes: ReadonlySet<string> = new Set([
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
]);

const nothing = (): void => undefined;

const notFeatureHint =
  'The file must be a FeatureCollection, a Feature, a geometry, one of these a line, or an array of objects.';

/** Turns the object at a position into the cells of one record, as byte ranges into the window. */
export class RecordReader {
  readonly record = newRecord(MAX_COLUMNS);
  /** What the last object was. */
  kind: ObjectKind = 'feature';
  /** Range of the last feature's own `crs`; 0 where it has none. */
  crsStart = 0;
  crsEnd = 0;
  /** Whether a string of the last object has escapes, and the object without them. */
  #hasEscapes = false;
  #copy = Buffer.alloc(0);
  readonly #columns: Columns;
  readonly #scanner: JsonScanner;

  constructor(columns: Columns, scanner: JsonScanner) {
    this.#columns = columns;
    this.#scanner = scanner;
  }

  /**
   * Reads the object at `at` and returns the position behind it. `isMember`: it stands in a `features` array, so it
   * must be a feature. `expected`: what the layer's first object was, null for the first.
   */
  read(at: number, isMember: boolean, expected: ObjectKind | null): number {
    const record = this.record;
    record.bytes = this.#scanner.bytes;
    record.line = this.#scanner.line;
    record.geometryKind = GeometryKind.none;
    record.kinds.fill(CellKind.null, 0, this.#columns.names.length);
    this.crsStart = 0;
    this.crsEnd = 0;
    this.#hasEscapes = false;
    this.kind = expected === 'record' ? 'record' : 'feature';
    const end = expected === 'record' ? this.#properties(at) : this.#feature(at, isMember, expected);
    record.count = this.#columns.names.length;
    if (this.#hasEscapes) this.#undoEscapes(at, end);
    return end;
  }

  /**
   * Strings say the same with escapes as without: a copy of the object is made in which there are none. What holds NUL
   * characters stays, so that they are counted where they are left out.
   */
  #undoEscapes(at: number, end: number): void {
    const { record } = this;
    if (this.#copy.length < end - at) this.#copy = Buffer.allocUnsafeSlow((end - at) * 2);
    const copy = this.#copy;
    record.bytes.copy(copy, 0, at, end);
    record.bytes = copy;
    record.geometryStart -= at;
    record.geometryEnd -= at;
    for (let column = 0; column < record.count; column++) {
      const start = record.starts[column]! - at;
      const cellEnd = record.ends[column]! - at;
      const isEscaped = record.kinds[column] === CellKind.jsonEscaped && !mayHoldNul(copy, start, cellEnd);
      record.starts[column] = start;
      record.ends[column] = isEscaped ? unescapeJson(copy, start, cellEnd, copy, start, nothing) : cellEnd;
      if (isEscaped) record.kinds[column] = CellKind.jsonString;
    }
  }

  #feature(at: number, isMember: boolean, expected: ObjectKind | null): number {
    const scanner = this.#scanner;
    const bytes = scanner.bytes;
    const record = this.record;
    let type = '';
    let idStart = 0;
    let idEnd = 0;
    let hasMembers = false;
    let hasAttributes = false;
    let badProperties = -1;
    let i = scanner.space(at + 1);
    while (bytes[i] !== 125) {
      const keyStart = i + 1;
      const value = scanner.key(i);
      let isOther = false;
      switch (bytes[keyStart]) {
        case 0x74: // type
          if (hasKey(bytes, keyStart, 'type"') && bytes[value] === 34) {
            i = scanner.string(value);
            type = isWord(bytes, value + 1, i - 1, 'Feature') ? 'Feature' : bytes.toString('utf8', value + 1, i - 1);
          } else isOther = true;
          break;
        case 0x67: // geometry
          if (hasKey(bytes, keyStart, 'geometry"')) {
            i = scanner.geometry(value);
            hasMembers = true;
            if (bytes[value] !== 0x6e) {
              record.geometryKind = GeometryKind.geojson;
              record.geometryStart = value;
              record.geometryEnd = i;
            }
          } else isOther = true;
          break;
        case 0x70: // properties
          if (hasKey(bytes, keyStart, 'properties"')) {
            if (bytes[value] !== 123 && bytes[value] !== 0x6e) badProperties = value;
          }
          if (badProperties < 0 && hasKey(bytes, keyStart, 'properties"')) {
            record.kinds.fill(CellKind.null, 0, this.#columns.names.length);
            i = bytes[value] === 123 ? this.#properties(value) : scanner.literal(value);
            hasMembers = true;
          } else isOther = true;
          break;
        case 0x69: // id
          i = scanner.value(value);
          if (hasKey(bytes, keyStart, 'id"')) {
            idStart = value;
            idEnd = i;
          }
          break;
        case 0x63: // crs
          i = scanner.value(value);
          if (hasKey(bytes, keyStart, 'crs"')) {
            this.crsStart = value;
            this.crsEnd = i;
          }
          break;
        default:
          if (bytes[keyStart] === 0x61 && hasKey(bytes, keyStart, 'attributes"')) hasAttributes = true;
          isOther = true;
      }
      if (isOther) i = scanner.value(value);
      i = this.#next(i);
    }
    const end = i + 1;
    if (type === 'Feature' || (isMember && type === '' && hasMembers && !hasAttributes)) {
      if (badProperties >= 0) {
        scanner.refuse(
          badProperties,
          'found properties that are neither an object nor null',
          'Write them as an object.',
        );
      }
      if (idEnd > 0) this.#value(idStart, this.#columns.featureId());
    } else if (geometryTypes.has(type) && !hasMembers) {
      record.kinds.fill(CellKind.null, 0, this.#columns.names.length);
      record.geometryKind = GeometryKind.geojson;
      record.geometryStart = at;
      record.geometryEnd = end;
    } else {
      this.#plain(at, type, isMember || expected === 'feature', hasAttributes);
    }
    return end;
  }

  /** An object without geometry: its keys are the columns. */
  #plain(at: number, type: string, mustBeFeature: boolean, hasAttributes: boolean): void {
    const found = type === '' ? 'an object without a type' : `an object of type ${JSON.stringify(type.slice(0, 60))}`;
    if (mustBeFeature) {
      this.#scanner.refuse(
        at,
        hasAttributes ? 'found a feature of Esri JSON, expected one of GeoJSON' : `found ${found}, expected a Feature`,
        hasAttributes ? 'Ask the server for f=geojson, or export the layer as GeoJSON.' : notFeatureHint,
      );
    }
    if (type === 'Topology') {
      this.#scanner.refuse(at, 'found TopoJSON, expected GeoJSON', 'Convert the file with topo2geo or ogr2ogr.');
    }
    if (type === 'FeatureCollection') {
      this.#scanner.refuse(at, 'found a FeatureCollection without an array `features`', notFeatureHint);
    }
    this.kind = 'record';
    this.record.geometryKind = GeometryKind.none;
    this.record.kinds.fill(CellKind.null, 0, this.#columns.names.length);
    const line = this.#scanner.line;
    this.#properties(at);
    this.#scanner.line = line;
  }

  /** Reads the members of the object at `at` into cells. */
  #properties(at: number): number {
    const scanner = this.#scanner;
    const bytes = scanner.bytes;
    const columns = this.#columns;
    let i = at + 1;
    if (bytes[i]! <= 32) i = scanner.space(i);
    for (let place = 0; bytes[i] !== 125; place++) {
      const column = columns.find(scanner, i, place);
      i = this.#next(this.#value(scanner.colon(columns.after), column));
    }
    return i + 1;
  }

  /** Makes the value at `at` the cell of a column. */
  #value(at: number, column: number): number {
    const scanner = this.#scanner;
    const record = this.record;
    const byte = scanner.bytes[at]!;
    if (byte === 34) {
      const end = scanner.string(at);
      record.kinds[column] = scanner.isEscaped ? CellKind.jsonEscaped : CellKind.jsonString;
      if (scanner.isEscaped) this.#hasEscapes = true;
      record.starts[column] = at + 1;
      record.ends[column] = end - 1;
      return end;
    }
    let end: number;
    if (byte === 123 || byte === 91) {
      end = scanner.value(at);
      record.kinds[column] = CellKind.json;
    } else {
      end = byte === 45 || (byte >= 48 && byte <= 57) ? scanner.number(at) : scanner.literal(at);
      record.kinds[column] = byte === 0x6e ? CellKind.null : CellKind.jsonScalar;
    }
    record.starts[column] = at;
    record.ends[column] = end;
    return end;
  }

  /** From behind a member to the next key, or to the closing brace. */
  #next(at: number): number {
    const scanner = this.#scanner;
    let i = at;
    if (scanner.bytes[i]! <= 32) i = scanner.space(i);
    const byte = scanner.bytes[i];
    if (byte === 125) return i;
    if (byte !== 44) return scanner.fail(i, 'a comma or }');
    i++;
    if (scanner.bytes[i]! <= 32) i = scanner.space(i);
    if (scanner.bytes[i] !== 34) return scanner.fail(i, 'a key in double quotes');
    return i;
  }
}

/** Whether the key that begins at `at`, behind its quote, is `word`, which ends with the closing quote. */
function hasKey(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

function isWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  return end - start === word.length && hasKey(bytes, start, word);
}

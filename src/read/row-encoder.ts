// hot path: measured by npm run bench
import { CellKind, type CellRecord } from '../domain/layer.ts';
import type { ColumnType } from '../domain/schema.ts';
import { classifyBoolean, isUuid } from '../infer/classify.ts';
import type { Plan } from '../infer/infer-schema.ts';
import type { Observations } from '../infer/observations.ts';
import { fits, resolve } from '../infer/resolve.ts';
import { Kind } from '../infer/value-kinds.ts';
import type { CoordinatePair, EncodeGeometry } from './encode-geometry.ts';
import { encodeId } from './encode-id.ts';
import { encodeJsonb } from './encode-json.ts';
import { encodeBigint, encodeDeclaredDouble, encodeDouble, putDouble } from './encode-number.ts';
import { encodeNumeric } from './encode-numeric.ts';
import { encodeBytes, encodeText } from './encode-text.ts';
import { encodeDate, encodeTime } from './encode-time.ts';
import { encodeUuid } from './encode-uuid.ts';
import type { LayerWarnings } from './layer-warnings.ts';
import type { OutBuffer } from './out-buffer.ts';

/** Integer codes of the column types, for the switch of the hot loop. */
const codes: Readonly<Record<ColumnType, number>> = {
  text: 1,
  bigint: 2,
  'double precision': 3,
  timestamp: 4,
  boolean: 5,
  date: 6,
  timestamptz: 7,
  time: 8,
  uuid: 9,
  numeric: 10,
  jsonb: 11,
  bytea: 12,
};
/** Coordinate columns of double precision, whose numbers the geometry has parsed already. */
const LONGITUDE = 13;
const LATITUDE = 14;
/** Double precision that the source declares: its numbers may have more digits than are taken from text. */
const DECLARED_DOUBLE = 15;
/** A column of the layer that is no column of the table. */
const SKIPPED = 0;

/** Bytes of the longest field of fixed size: a UUID with its length. */
const FIXED_FIELD_BYTES = 20;

/** Kinds of cells that a JSON string cannot become: it is not a number or a boolean, whatever it looks like. */
const isTemporalOrUuid = (code: number): boolean =>
  code === codes.date || code === codes.timestamp || code === codes.timestamptz || code === codes.uuid;

/** Encodes records as tuples of COPY BINARY by a plan, and checks each value against it. */
export class RowEncoder {
  readonly #plan: Plan;
  readonly #observations: Observations;
  readonly #out: OutBuffer;
  readonly #encodeGeometry: EncodeGeometry;
  readonly #warnings: LayerWarnings;
  readonly #pair: CoordinatePair;
  readonly #codes: Uint8Array;
  readonly #types: ColumnType[];
  /** 1 for columns of which the sample had no value: text only until one says otherwise. */
  readonly #isUnknown: Uint8Array;
  readonly #fixedBytes: number;
  readonly #quotedGuessing: boolean;

  /** `width` is the number of the layer's columns when the plan was made; `expected` are the masks it was made from. */
  constructor(options: {
    readonly plan: Plan;
    readonly width: number;
    readonly expected: ArrayLike<number>;
    readonly observations: Observations;
    readonly out: OutBuffer;
    readonly encodeGeometry: EncodeGeometry;
    readonly warnings: LayerWarnings;
    readonly pair: CoordinatePair;
  }) {
    const { plan, width, expected } = options;
    this.#plan = plan;
    this.#observations = options.observations;
    this.#out = options.out;
    this.#encodeGeometry = options.encodeGeometry;
    this.#warnings = options.warnings;
    this.#pair = options.pair;
    this.#codes = new Uint8Array(width);
    this.#isUnknown = new Uint8Array(width);
    this.#types = new Array<ColumnType>(width).fill('text');
    plan.positions.forEach((position, i) => {
      const type = plan.schema.columns[i]!.type;
      this.#types[position] = type;
      const isDeclaredDouble = type === 'double precision' && options.observations.declared(position) === type;
      this.#codes[position] = isDeclaredDouble ? DECLARED_DOUBLE : codes[type];
      this.#isUnknown[position] = expected[position] === 0 ? 1 : 0;
    });
    if (plan.source.kind === 'lonlat') {
      const { longitude, latitude } = plan.source;
      if (this.#codes[longitude] === codes['double precision']) this.#codes[longitude] = LONGITUDE;
      if (this.#codes[latitude] === codes['double precision']) this.#codes[latitude] = LATITUDE;
    }
    this.#fixedBytes = 64 + plan.positions.length * FIXED_FIELD_BYTES;
    this.#quotedGuessing = options.observations.guessing.quotedFieldsGuessing;
  }

  /**
   * Appends one tuple. False where a value does not fit its column: the observations then hold its kind, and what was
   * appended is worthless. Throws badCartodbId (2011).
   */
  encode(record: CellRecord): boolean {
    const out = this.#out;
    const typeCodes = this.#codes;
    const { settled, masks } = this.#observations;
    const { bytes, kinds, starts, ends, count } = record;
    const width = typeCodes.length;
    const fieldsAt = out.length;
    out.ensure(this.#fixedBytes);
    out.view.setInt16(fieldsAt, this.#plan.positions.length + 3);
    out.length = fieldsAt + 2;
    encodeId(record, this.#plan.cartodbId, out);
    this.#encodeGeometry(record, out);
    out.ensure(this.#fixedBytes);

    const fixedBytes = this.#fixedBytes;
    const pair = this.#pair;
    let nulCharacters = 0;
    for (let c = 0; c < width; c++) {
      const code = typeCodes[c]!;
      if (code === SKIPPED) continue;
      const cellKind = c < count ? kinds[c]! : CellKind.null;
      if (cellKind === CellKind.null) {
        out.view.setInt32(out.length, -1);
        out.length += 4;
        continue;
      }
      if (code === codes.text) {
        if (settled[c] === 0 && !this.#lookAtText(record, c)) return false;
        // Text is as long as it likes; the fields of fixed size behind it need their room again.
        out.ensure(ends[c]! - starts[c]! + fixedBytes);
        nulCharacters += encodeText(record, c, out);
        continue;
      }
      const start = starts[c]!;
      const end = ends[c]!;
      if (cellKind !== CellKind.plain && !this.#canBe(cellKind, code)) return this.#surprise(c, Kind.text);
      if (start === end) {
        out.view.setInt32(out.length, -1);
        out.length += 4;
        continue;
      }
      let kind: number;
      switch (code) {
        case codes.bigint:
          kind = encodeBigint(bytes, start, end, out);
          break;
        case codes['double precision']:
          kind = encodeDouble(bytes, start, end, out, cellKind === CellKind.jsonScalar);
          break;
        case LONGITUDE:
          kind =
            pair.longitude.scale < 0
              ? encodeDouble(bytes, start, end, out, cellKind === CellKind.jsonScalar)
              : putDouble(pair.longitude.value, pair.longitude.scale, out);
          break;
        case LATITUDE:
          kind =
            pair.latitude.scale < 0
              ? encodeDouble(bytes, start, end, out, cellKind === CellKind.jsonScalar)
              : putDouble(pair.latitude.value, pair.latitude.scale, out);
          break;
        case codes.timestamp:
          kind = encodeTime(bytes, start, end, out, Kind.timestamp | Kind.date);
          break;
        case codes.boolean:
          kind = encodeBoolean(bytes, start, end, out);
          break;
        default:
          kind = this.#encodeRare(record, c, code);
          out.ensure(this.#fixedBytes);
      }
      if ((kind & ~masks[c]!) !== 0 && !this.#accept(c, kind)) return this.#surprise(c, this.#kindOf(record, c, kind));
    }
    if (nulCharacters > 0) this.#warnings.nulCharacters += nulCharacters;
    return true;
  }

  #encodeRare(record: CellRecord, c: number, code: number): number {
    const { bytes } = record;
    const start = record.starts[c]!;
    const end = record.ends[c]!;
    const out = this.#out;
    switch (code) {
      case codes.date:
        return encodeDate(bytes, start, end, out);
      case codes.timestamptz:
        return encodeTime(bytes, start, end, out, Kind.timestamptz);
      case codes.time:
        return encodeTime(bytes, start, end, out, Kind.time);
      case codes.uuid:
        if (!isUuid(bytes, start, end)) return Kind.text;
        encodeUuid(bytes, start, out);
        return Kind.uuid;
      case DECLARED_DOUBLE:
        return encodeDeclaredDouble(bytes, start, end, out);
      case codes.bytea:
        encodeBytes(bytes, start, end, out);
        return Kind.text;
      case codes.numeric:
        return encodeNumeric(bytes, start, end, out, record.kinds[c] === CellKind.jsonScalar);
      case codes.jsonb: {
        const kind = this.#observations.classify(record, c);
        if (fits(kind, 'jsonb')) this.#warnings.nulCharacters += encodeJsonb(bytes, start, end, out);
        return kind;
      }
      default:
        throw new Error(`no encoder for type ${code}`);
    }
  }

  /** An encoder answers with the kind it was made for or with text; a full look tells which other kind it was. */
  #kindOf(record: CellRecord, c: number, kind: number): number {
    return kind === Kind.text ? this.#observations.classify(record, c) : kind;
  }

  #canBe(cellKind: number, code: number): boolean {
    switch (cellKind) {
      case CellKind.quoted:
        return this.#quotedGuessing && code !== codes.jsonb;
      case CellKind.jsonString:
        return isTemporalOrUuid(code);
      case CellKind.jsonScalar:
        return !isTemporalOrUuid(code);
      case CellKind.json:
        return code === codes.jsonb;
      case CellKind.binary:
        return code === codes.bytea;
      default:
        return false;
    }
  }

  /** Notes the kind of a value in a column loaded as text. False where it shows that the column is something else. */
  #lookAtText(record: CellRecord, c: number): boolean {
    const observations = this.#observations;
    observations.add(c, observations.classify(record, c));
    if (this.#isUnknown[c] === 0) return true;
    return resolve(observations.masks[c]!, observations.guessing.typeGuessing) === 'text';
  }

  /** Notes a kind new to a typed column; false where the column cannot stay of its type. */
  #accept(c: number, kind: number): boolean {
    if (!fits(kind, this.#types[c]!)) return false;
    this.#observations.add(c, kind);
    return this.#observations.settled[c] === 0;
  }

  #surprise(c: number, kind: number): false {
    this.#observations.add(c, kind);
    return false;
  }
}

function encodeBoolean(bytes: Buffer, start: number, end: number, out: OutBuffer): number {
  const kind = classifyBoolean(bytes, start, end);
  out.view.setInt32(out.length, 1);
  out.bytes[out.length + 4] = end - start === 4 ? 1 : 0;
  out.length += 5;
  return kind;
}

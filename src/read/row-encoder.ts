// hot path: measured by npm run bench
import { CellKind, type CellRecord } from '../domain/layer.ts';
import type { ColumnType } from '../domain/schema.ts';
import { classifyBoolean, isUuid } from '../infer/classify.ts';
import type { ColumnPlan } from '../infer/column-plan.ts';
import type { Plan } from '../infer/infer-schema.ts';
import type { Observations } from '../infer/observations.ts';
import { fits, resolveColumn } from '../infer/resolve.ts';
import { isSameReading } from '../infer/resolve-regional.ts';
import { Kind, regionalKinds } from '../infer/value-kinds.ts';
import {
  ASKED,
  codes,
  DECLARED_DOUBLE,
  isTemporalOrUuid,
  LATITUDE,
  LONGITUDE,
  REGIONAL,
  SKIPPED,
} from './column-codes.ts';
import { askedEncoder, cellText, type EncodeAsked } from './encode-asked.ts';
import type { CoordinatePair, EncodeGeometry } from './encode-geometry.ts';
import { encodeId } from './encode-id.ts';
import { encodeJsonb } from './encode-json.ts';
import { encodeBigint, encodeDeclaredDouble, encodeDouble, putDouble } from './encode-number.ts';
import { encodeNumeric } from './encode-numeric.ts';
import { encodeRegional } from './encode-regional.ts';
import { encodeBytes, encodeText } from './encode-text.ts';
import { encodeDate, encodeTime } from './encode-time.ts';
import { encodeUuid } from './encode-uuid.ts';
import { putBoolean } from './encode-value.ts';
import type { LayerWarnings } from './layer-warnings.ts';
import type { OutBuffer } from './out-buffer.ts';
import type { Rejects } from './rejects.ts';
import type { Statistics } from './statistics.ts';

/** Bytes of the longest field of fixed size: a UUID with its length. */
const FIXED_FIELD_BYTES = 20;

const TWO_32 = 4294967296;

/** What was seen of each column when a plan was made. */
export interface Expected {
  readonly masks: ArrayLike<number>;
  readonly forms: ArrayLike<number>;
}

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
  readonly #fixedBytes: number;
  readonly #quotedGuessing: boolean;
  /** Masks and forms of the sample: what the plan was made from. */
  readonly #expected: ArrayLike<number>;
  readonly #expectedForms: ArrayLike<number>;
  /** How each column of the layer is planned. */
  readonly #plans: (ColumnPlan | undefined)[];
  readonly #asked: (EncodeAsked | undefined)[];
  readonly #rejects: Rejects;
  readonly #columns: readonly string[];
  readonly #statistics: Statistics;
  /** For each column of the layer its place in the table. */
  readonly #places: Int32Array;

  /** `columns` are the layer's when the plan was made; `expected` is what it was made from. */
  constructor(options: {
    readonly plan: Plan;
    readonly columns: readonly string[];
    readonly expected: Expected;
    readonly rejects: Rejects;
    readonly statistics: Statistics;
    readonly observations: Observations;
    readonly out: OutBuffer;
    readonly encodeGeometry: EncodeGeometry;
    readonly warnings: LayerWarnings;
    readonly pair: CoordinatePair;
  }) {
    const { plan, columns, expected } = options;
    const width = columns.length;
    this.#columns = columns;
    this.#rejects = options.rejects;
    this.#statistics = options.statistics;
    this.#expected = expected.masks;
    this.#expectedForms = expected.forms;
    this.#plans = new Array<undefined>(width).fill(undefined);
    this.#asked = new Array<undefined>(width).fill(undefined);
    this.#plan = plan;
    this.#observations = options.observations;
    this.#out = options.out;
    this.#encodeGeometry = options.encodeGeometry;
    this.#warnings = options.warnings;
    this.#pair = options.pair;
    this.#codes = new Uint8Array(width);
    this.#types = new Array<ColumnType>(width).fill('text');
    this.#places = new Int32Array(width);
    plan.positions.forEach((position, i) => {
      this.#places[position] = i;
      const type = plan.schema.columns[i]!.type;
      this.#types[position] = type;
      const isDeclaredDouble = type === 'double precision' && options.observations.declared(position) === type;
      const column = plan.columns[i]!;
      this.#plans[position] = column;
      if (column.isAsked && !(type === 'text' && column.dateFormat === null)) {
        this.#codes[position] = ASKED;
        this.#asked[position] = askedEncoder(column);
      } else if (column.reading !== null) this.#codes[position] = REGIONAL;
      else this.#codes[position] = isDeclaredDouble ? DECLARED_DOUBLE : codes[type];
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
    const columnsAt = out.length;
    const statistics = this.#statistics;
    const { nulls, min, max } = statistics;
    const places = this.#places;

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
        nulls[places[c]!]!++;
        continue;
      }
      if (code === codes.text) {
        if (settled[c] === 0 && !this.#lookAtText(record, c)) return false;
        // Text is as long as it likes; the fields of fixed size behind it need their room again.
        out.ensure(ends[c]! - starts[c]! + fixedBytes);
        const from = out.length + 4;
        nulCharacters += encodeText(record, c, out);
        const place = places[c]!;
        const first = from < out.length ? out.bytes[from]! : 0;
        if (first <= min[place]! || first >= max[place]!) statistics.takeText(place, out.bytes, from, out.length);
        continue;
      }
      const start = starts[c]!;
      const end = ends[c]!;
      if (cellKind !== CellKind.plain && !this.#canBe(cellKind, code, c)) {
        return this.#surprise(record, c, this.#observations.classify(record, c));
      }
      if (start === end) {
        out.view.setInt32(out.length, -1);
        out.length += 4;
        nulls[places[c]!]!++;
        continue;
      }
      let kind: number;
      switch (code) {
        case codes.bigint:
          kind = encodeBigint(bytes, start, end, out);
          this.#noteInteger(places[c]!);
          break;
        case codes['double precision']:
          kind = encodeDouble(bytes, start, end, out, cellKind === CellKind.jsonScalar);
          this.#noteDouble(places[c]!);
          break;
        case LONGITUDE:
          kind =
            pair.longitude.scale < 0
              ? encodeDouble(bytes, start, end, out, cellKind === CellKind.jsonScalar)
              : putDouble(pair.longitude.value, pair.longitude.scale, out);
          this.#noteDouble(places[c]!);
          break;
        case LATITUDE:
          kind =
            pair.latitude.scale < 0
              ? encodeDouble(bytes, start, end, out, cellKind === CellKind.jsonScalar)
              : putDouble(pair.latitude.value, pair.latitude.scale, out);
          this.#noteDouble(places[c]!);
          break;
        case codes.timestamp:
          kind = encodeTime(bytes, start, end, out, Kind.timestamp | Kind.date);
          this.#noteInteger(places[c]!);
          break;
        case codes.boolean:
          kind = encodeBoolean(bytes, start, end, out);
          this.#noteBoolean(places[c]!);
          break;
        default: {
          const at = out.length;
          kind = this.#encodeRare(record, c, code);
          out.ensure(this.#fixedBytes);
          if (kind < 0) return false;
          if (out.length > at) statistics.takeField(places[c]!, out, at);
        }
      }
      if ((kind & ~masks[c]!) !== 0 && !this.#accept(record, c, kind)) {
        return this.#surprise(record, c, this.#kindOf(record, c, kind));
      }
    }
    statistics.endRow(out, columnsAt);
    if (nulCharacters > 0) this.#warnings.nulCharacters += nulCharacters;
    return true;
  }

  // Where a value did not fit, nothing was appended and these note another's; the pass and what it noted are then void.

  #noteInteger(place: number): void {
    const { view, length } = this.#out;
    const { min, max } = this.#statistics;
    const value = view.getInt32(length - 8) * TWO_32 + view.getUint32(length - 4);
    if (value <= min[place]! || value >= max[place]!) this.#statistics.takeInteger(place, value, view, length - 8);
  }

  #noteDouble(place: number): void {
    const { min, max } = this.#statistics;
    const value = this.#out.view.getFloat64(this.#out.length - 8);
    if (value < min[place]!) min[place] = value;
    if (value > max[place]!) max[place] = value;
  }

  #noteBoolean(place: number): void {
    const { min, max } = this.#statistics;
    const value = this.#out.bytes[this.#out.length - 1]!;
    if (value < min[place]!) min[place] = value;
    if (value > max[place]!) max[place] = value;
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
      case REGIONAL:
        return this.#encodeRegional(record, c);
      case ASKED:
        return this.#encodeAsked(record, c);
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

  /** Encodes a value of a region; returns 0, or -1 where it does not fit what the column was planned to be. */
  #encodeRegional(record: CellRecord, c: number): number {
    const kind = this.#observations.classify(record, c);
    const { type, reading } = this.#plans[c]!;
    if (this.#observations.add(record, c, kind) && !this.#isAsPlanned(c)) return -1;
    const start = record.starts[c]!;
    const isEncoded =
      reading !== null && encodeRegional(type, reading, record.bytes, start, record.ends[c]!, this.#out);
    return isEncoded ? 0 : -1;
  }

  /** Encodes a value as the type that was asked for; what is no such value becomes NULL and a reject. */
  #encodeAsked(record: CellRecord, c: number): number {
    const observations = this.#observations;
    if (observations.settled[c] === 0) {
      const kind = observations.classify(record, c);
      if ((kind & regionalKinds) !== 0) observations.add(record, c, kind);
    }
    if (this.#asked[c]!(record, c, this.#out)) return 0;
    this.#out.ensure(this.#fixedBytes);
    this.#out.view.setInt32(this.#out.length, -1);
    this.#out.length += 4;
    this.#rejects.add(record, this.#columns[c] ?? null, () => cellText(record, c), 'type');
    return 0;
  }

  /** Whether a column is what it was planned to be, by what has been seen and what the sample held. */
  #isAsPlanned(c: number): boolean {
    const { masks, forms, guessing } = this.#observations;
    const planned = this.#plans[c];
    if (planned === undefined) return true;
    const mask = masks[c]! | (this.#expected[c] ?? 0);
    const found = resolveColumn(mask, forms[c]! | (this.#expectedForms[c] ?? 0), guessing);
    return found.type === planned.type && isSameReading(found.reading, planned.reading);
  }

  /** An encoder answers with the kind it was made for or with text; a full look tells which other kind it was. */
  #kindOf(record: CellRecord, c: number, kind: number): number {
    return kind === Kind.text ? this.#observations.classify(record, c) : kind;
  }

  #canBe(cellKind: number, code: number, c: number): boolean {
    if (code === ASKED) return true;
    switch (cellKind) {
      case CellKind.quoted:
        return this.#quotedGuessing && code !== codes.jsonb;
      case CellKind.jsonString:
        return isTemporalOrUuid(code) || (code === REGIONAL && this.#plans[c]?.reading?.kind === 'time');
      case CellKind.jsonScalar:
        return !isTemporalOrUuid(code) && !(code === REGIONAL && this.#plans[c]?.reading?.kind === 'time');
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
    return !observations.add(record, c, observations.classify(record, c)) || this.#isAsPlanned(c);
  }

  /** Notes a kind new to a typed column; false where the column cannot stay of its type. */
  #accept(record: CellRecord, c: number, found: number): boolean {
    // The point of JSON groups nothing.
    const kind = found === Kind.dec3 && record.kinds[c] === CellKind.jsonScalar ? Kind.dec15 : found;
    if (!fits(kind, this.#types[c]!)) return false;
    this.#observations.add(record, c, kind);
    return this.#observations.settled[c] === 0;
  }

  #surprise(record: CellRecord, c: number, kind: number): false {
    this.#observations.add(record, c, kind);
    return false;
  }
}

function encodeBoolean(bytes: Buffer, start: number, end: number, out: OutBuffer): number {
  const kind = classifyBoolean(bytes, start, end);
  putBoolean(end - start === 4, out);
  return kind;
}

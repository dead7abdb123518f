// hot path: bench/load.bench.ts
import { isUtf8 } from 'node:buffer';
import { CellKind, type CellRecord, GeometryKind, newRecord } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';

/** Largest record, in bytes of its text and geometry: far above any that is meant, far below a reader's memory. */
const MAX_RECORD_BYTES = 128 << 20;

/** Below this a loop over characters beats the call of a native method. */
const SHORT_LENGTH = 24;

const SECONDS_OF_DAY = 86400;

/**
 * Writes typed values as text into one reused buffer and fills one `CellRecord` with where they stand: the bridge from
 * formats that have values to the waist, which has bytes. `begin` a record, write its cells in any order (those not
 * written are NULL), then hand `record` on; it holds until the next `begin`.
 */
export class RecordWriter {
  readonly record: CellRecord;
  /** Where the cells stand. Replaced when it grows: ask again after every `reserve`. */
  bytes: Buffer;
  view: DataView;
  /** NUL characters left out of text so far, which PostgreSQL cannot hold; for the warning `nul_characters`. */
  nulCharacters = 0;
  #length = 0;
  #row = 0;

  /** `columns` is the number of cells of every record. */
  constructor(columns: number) {
    this.bytes = Buffer.allocUnsafeSlow(1 << 16);
    this.view = new DataView(this.bytes.buffer);
    this.record = newRecord(columns);
    this.record.bytes = this.bytes;
    this.record.count = columns;
  }

  /** Begins the next record: every cell is NULL, there is no geometry. */
  begin(): void {
    this.#length = 0;
    this.record.row = ++this.#row;
    this.record.kinds.fill(CellKind.null);
    this.record.geometryKind = GeometryKind.none;
  }

  /**
   * Makes room for `count` bytes, which the caller fills at the position returned. Check `count` against the file
   * before. Throws fileTooBig for a record larger than 128 MiB.
   */
  reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.bytes.length) this.#grow(needed);
    this.#length = needed;
    return at;
  }

  #grow(needed: number): void {
    if (needed > MAX_RECORD_BYTES) {
      throw new ImportError('fileTooBig', {
        detail: `Row ${this.#row} is larger than ${MAX_RECORD_BYTES >> 20} MiB.`,
        hint: 'Split its geometry or its longest value, for instance by dividing the feature.',
      });
    }
    let capacity = this.bytes.length * 2;
    while (capacity < needed) capacity *= 2;
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(grown, 0, 0, this.#length);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
    this.record.bytes = grown;
  }

  #cell(column: number, kind: CellKind, start: number): void {
    this.record.kinds[column] = kind;
    this.record.starts[column] = start;
    this.record.ends[column] = this.#length;
  }

  /** Text, NUL characters left out, surrogates without their pair as U+FFFD. */
  text(column: number, value: string): void {
    const start = this.#length;
    this.#text(value);
    this.#cell(column, CellKind.plain, start);
  }

  #text(value: string): void {
    const count = value.length;
    const at = this.reserve(count * 3);
    const { bytes } = this;
    if (count < SHORT_LENGTH) {
      let i = 0;
      for (; i < count; i++) {
        const unit = value.charCodeAt(i);
        if (unit === 0 || unit > 127) break;
        bytes[at + i] = unit;
      }
      if (i === count) {
        this.#length = at + count;
        return;
      }
    }
    let kept = value;
    if (value.includes('\0')) {
      kept = value.replaceAll('\0', '');
      this.nulCharacters += count - kept.length;
    }
    this.#length = at + bytes.write(kept, at);
  }

  /**
   * Text that is there as UTF-8, NUL characters left out. False where the bytes are not UTF-8; the cell is then NULL.
   */
  utf8(column: number, source: Uint8Array, from: number, to: number): boolean {
    const count = to - from;
    const at = this.reserve(count);
    const { bytes } = this;
    let nulCharacters = 0;
    let seen = 0;
    if (count < SHORT_LENGTH) {
      for (let i = 0; i < count; i++) {
        const byte = source[from + i]!;
        bytes[at + i] = byte;
        seen |= byte;
        if (byte === 0) nulCharacters++;
      }
    } else {
      bytes.set(source.subarray(from, to), at);
      seen = 128;
      for (let i = bytes.indexOf(0, at); i >= 0 && i < at + count; i = bytes.indexOf(0, i + 1)) nulCharacters++;
    }
    if (seen > 127 && !isUtf8(bytes.subarray(at, at + count))) {
      this.#length = at;
      return false;
    }
    if (nulCharacters > 0) {
      this.nulCharacters += nulCharacters;
      let kept = at;
      for (let i = at; i < at + count; i++) if (bytes[i] !== 0) bytes[kept++] = bytes[i]!;
      this.#length = kept;
    }
    this.#cell(column, CellKind.plain, at);
    return true;
  }

  /** A number in the fewest digits that give it back, `NaN`, `Infinity` and `-0` included. */
  number(column: number, value: number): void {
    const start = this.#length;
    if (value === 0 && Object.is(value, -0)) this.#text('-0');
    else this.#text(String(value));
    this.#cell(column, CellKind.plain, start);
  }

  /** An integer of any size. */
  bigint(column: number, value: bigint): void {
    this.text(column, String(value));
  }

  /** `true` or `false`. */
  boolean(column: number, value: boolean): void {
    this.text(column, value ? 'true' : 'false');
  }

  /** A day as `YYYY-MM-DD`, from the days since 1970-01-01. */
  date(column: number, days: number): void {
    this.text(column, isoDate(days));
  }

  /** A time of day as `HH:MM:SS[.ffffff]`, from the microseconds since midnight; a part of one gives nine digits. */
  time(column: number, micros: number): void {
    this.text(column, isoTime(Math.floor(micros / 1e6), micros % 1e6));
  }

  /**
   * A timestamp as `YYYY-MM-DDTHH:MM:SS[.ffffff]`, with `zone` (`Z`, or nothing for one without a zone) behind it, from
   * the whole seconds since 1970-01-01T00:00:00 and the microseconds after them; a part of one gives nine digits, which
   * no type of a column holds.
   */
  timestamp(column: number, seconds: number, micros: number, zone: '' | 'Z'): void {
    const days = Math.floor(seconds / SECONDS_OF_DAY);
    this.text(column, `${isoDate(days)}T${isoTime(seconds - days * SECONDS_OF_DAY, micros)}${zone}`);
  }

  /** A JSON value, as the text that stands for it. */
  json(column: number, text: string): void {
    const start = this.#length;
    this.#text(text);
    const first = text.trimStart().charAt(0);
    const isScalar = /[-\dtf]/.test(first);
    this.#cell(
      column,
      first === '{' || first === '[' ? CellKind.json : isScalar ? CellKind.jsonScalar : CellKind.plain,
      start,
    );
  }

  /** Bytes that are no text, for a column declared `bytea`. */
  binary(column: number, source: Uint8Array): void {
    const at = this.reserve(source.length);
    this.bytes.set(source, at);
    this.#cell(column, CellKind.binary, at);
  }

  /** Well-known binary, copied, as the record's geometry. */
  wkb(source: Uint8Array, from: number, to: number): void {
    const at = this.reserve(to - from);
    this.bytes.set(from === 0 && to === source.length ? source : source.subarray(from, to), at);
    this.wkbFrom(at);
  }

  /** Well-known binary that was written from `start` on into reserved room, as the record's geometry. */
  wkbFrom(start: number): void {
    this.record.geometryKind = GeometryKind.wkb;
    this.record.geometryStart = start;
    this.record.geometryEnd = this.#length;
  }
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** Years outside 0-9999 get a sign, as in ISO 8601; no type of a column holds them, so their column becomes text. */
function isoDate(days: number): string {
  // The era algorithm of H. Hinnant, days counted from 0000-03-01.
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${pad(Math.abs(year), 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function isoTime(seconds: number, micros: number): string {
  const clock = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  if (micros === 0) return clock;
  if (!Number.isInteger(micros)) return `${clock}.${pad(Math.round(micros * 1000), 9)}`;
  return micros % 1000 === 0 ? `${clock}.${pad(micros / 1000, 3)}` : `${clock}.${pad(micros, 6)}`;
}

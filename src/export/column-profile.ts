import { columnKind } from '../sql/column-kind.ts';
import { jsonValue } from '../sql/json-value.ts';

/** What the values of a column are in a file, decided by its type and by all its values. */
export type ValueType =
  | 'integer'
  | 'double'
  /** Exact; see `precision` and `scale`. */
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'time'
  | 'json'
  | 'uuid'
  | 'bytes'
  | 'text';

/** A column of a result after all its values were seen. */
export interface ColumnProfile {
  readonly name: string;
  /** `pg_type.typname`. */
  readonly typeName: string;
  /** Position in the row. */
  readonly index: number;
  /** What all its values are; text where one is something else (`infinity`, `NaN` of a numeric). */
  readonly type: ValueType;
  readonly hasNulls: boolean;
  /** Of numbers: digits before and behind the point, and most significant digits of one value. */
  readonly wholeDigits: number;
  readonly scale: number;
  readonly significantDigits: number;
  /** Of whole numbers: whether 32 bits hold them all. */
  readonly isShort: boolean;
  /** Of floating point numbers: whether there are NaN or infinities. */
  readonly hasNonFinite: boolean;
  /** Most digits behind the second. */
  readonly fractionDigits: number;
  /** Of days and times: the first; '' where there is none. */
  readonly earliest: string;
  /** Of the longest value as text, in units of UTF-16 and in bytes of UTF-8. */
  readonly maxCharacters: number;
  readonly maxBytes: number;
  /** Whether there are control characters that XML 1.0 cannot hold. */
  readonly hasControls: boolean;
}

/** The largest whole number of 32 bits. */
const MAX_SHORT = 2 ** 31 - 1;

/** Most digits of a number that every double holds. */
export const DOUBLE_DIGITS = 15;

const types: Readonly<Record<string, ValueType>> = {
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  oid: 'integer',
  float4: 'double',
  float8: 'double',
  numeric: 'decimal',
  bool: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  time: 'time',
  json: 'json',
  jsonb: 'json',
  uuid: 'uuid',
  bytea: 'bytes',
};

const declaredType = (typeName: string): ValueType => {
  if (columnKind(typeName) === 'array') return 'json';
  return Object.hasOwn(types, typeName) ? (types[typeName] ?? 'text') : 'text';
};

const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const DECIMAL = /^-?(\d+)(?:\.(\d+))?$/;
const TIMES: Partial<Record<ValueType, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d$/,
  timestamp: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.(\d+))?$/,
  timestamptz: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.(\d+))?\+00$/,
  time: /^(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.(\d+))?$/,
};

/** Looks at the values of one column, one after another. */
export class ColumnObserver {
  readonly #name: string;
  readonly #typeName: string;
  readonly #index: number;
  readonly #declared: ValueType;
  #isOdd = false;
  #hasNulls = false;
  #hasNonFinite = false;
  #wholeDigits = 0;
  #scale = 0;
  #significantDigits = 0;
  #isShort = true;
  #fractionDigits = 0;
  #maxCharacters = 0;
  #maxBytes = 0;
  #earliest = '';
  #hasControls = false;

  constructor(name: string, typeName: string, index: number) {
    this.#name = name;
    this.#typeName = typeName;
    this.#index = index;
    this.#declared = declaredType(typeName);
  }

  add(text: string | null): void {
    if (text === null) {
      this.#hasNulls = true;
      return;
    }
    this.#addText(this.#declared === 'json' ? jsonValue(text, this.#typeName) : text);
    switch (this.#declared) {
      case 'integer':
      case 'decimal':
        this.#addNumber(text);
        break;
      case 'double':
        if (!Number.isFinite(Number(text))) this.#hasNonFinite = true;
        break;
      default:
        this.#addTime(text);
    }
  }

  #addText(text: string): void {
    if (text.length > this.#maxCharacters) this.#maxCharacters = text.length;
    // UTF-8 has at most three bytes for each unit of UTF-16.
    if (text.length * 3 > this.#maxBytes) this.#maxBytes = Math.max(this.#maxBytes, Buffer.byteLength(text));
    this.#hasControls ||= CONTROLS.test(text);
  }

  #addNumber(text: string): void {
    const [, whole = '', fraction = ''] = DECIMAL.exec(text) ?? [];
    if (whole === '') {
      this.#isOdd = true;
      return;
    }
    const significant = `${whole}${fraction}`.replace(/^0+/, '').replace(/0+$/, '');
    if (Math.abs(Number(whole)) > MAX_SHORT) this.#isShort = false;
    this.#wholeDigits = Math.max(this.#wholeDigits, whole.length);
    this.#scale = Math.max(this.#scale, fraction.length);
    this.#significantDigits = Math.max(this.#significantDigits, significant.length);
  }

  #addTime(text: string): void {
    const form = TIMES[this.#declared];
    if (form === undefined) return;
    const found = form.exec(text);
    if (found === null) this.#isOdd = true;
    if (this.#earliest === '' || text < this.#earliest) this.#earliest = text;
    if (found !== null) this.#fractionDigits = Math.max(this.#fractionDigits, found[1]?.length ?? 0);
  }

  profile(): ColumnProfile {
    return {
      name: this.#name,
      typeName: this.#typeName,
      index: this.#index,
      type: this.#isOdd ? 'text' : this.#declared,
      hasNulls: this.#hasNulls,
      wholeDigits: this.#wholeDigits,
      scale: this.#scale,
      significantDigits: this.#significantDigits,
      isShort: this.#isShort,
      hasNonFinite: this.#hasNonFinite,
      fractionDigits: this.#fractionDigits,
      maxCharacters: this.#maxCharacters,
      maxBytes: this.#maxBytes,
      earliest: this.#earliest,
      hasControls: this.#hasControls,
    };
  }
}

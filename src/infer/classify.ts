// hot path: measured by npm run bench
import { CellKind, type CellRecord } from '../domain/layer.ts';
import { classifyNumber } from './classify-number.ts';
import { parseTime, timeParts } from './parse-time.ts';
import { isRegionalNumber } from './regional-number.ts';
import { readRegionalTime, regionalTime } from './regional-time.ts';
import type { Rules } from './resolve.ts';
import { isStorableJson } from './storable-json.ts';
import { Kind } from './value-kinds.ts';

/** What the request says about guessing (published API: `type_guessing`, `quoted_fields_guessing`). */
export interface Guessing extends Rules {
  readonly quotedFieldsGuessing: boolean;
}

const parts = timeParts();
const regional = regionalTime();
const trueWord = Buffer.from('true');
const falseWord = Buffer.from('false');
/** Distance between an upper-case ASCII letter and its lower case. */
const caseStep = 32;

/** Whether `bytes[start, end)` is a UUID in PostgreSQL's own spelling: 8-4-4-4-12 lower-case hexadecimal digits. */
export function isUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 36) return false;
  for (let i = 0; i < 36; i++) {
    const c = bytes[start + i]!;
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (c !== 45) return false;
    } else if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) return false;
  }
  return true;
}

function endsLike(bytes: Uint8Array, start: number, word: Uint8Array, step: number): boolean {
  for (let i = 1; i < word.length; i++) if (bytes[start + i] !== word[i]! - step) return false;
  return true;
}

/** The boolean kind of `bytes[start, end)` by its letter case, or `Kind.text`. */
export function classifyBoolean(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length !== 4 && length !== 5) return Kind.text;
  const word = length === 4 ? trueWord : falseWord;
  const first = bytes[start];
  if (first === word[0]) return endsLike(bytes, start, word, 0) ? Kind.boolLower : Kind.text;
  if (first !== word[0]! - caseStep) return Kind.text;
  if (endsLike(bytes, start, word, 0)) return Kind.boolTitle;
  return endsLike(bytes, start, word, caseStep) ? Kind.boolUpper : Kind.text;
}

/** The kind of the non-empty text `bytes[start, end)`; of one of a region, `foundForm` tells more. */
export function classifyText(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]!;
  if (first === 45 || (first >= 48 && first <= 57)) {
    const number = classifyNumber(bytes, start, end, false);
    if (number !== Kind.text) return number;
    const temporal = parseTime(bytes, start, end, parts);
    if (temporal !== Kind.text) return temporal;
    if (isUuid(bytes, start, end)) return Kind.uuid;
    if (isRegionalNumber(bytes, start, end)) return Kind.regionalNumber;
    return readRegionalTime(bytes, start, end, regional) ? Kind.regionalTime : Kind.text;
  }
  if (first >= 97 && first <= 102 && isUuid(bytes, start, end)) return Kind.uuid;
  const boolean = classifyBoolean(bytes, start, end);
  if (boolean !== Kind.text) return boolean;
  return readRegionalTime(bytes, start, end, regional) ? Kind.regionalTime : Kind.text;
}

/** Kinds that a JSON string may turn into; its numbers and booleans were written as text on purpose. */
const jsonStringKinds = Kind.date | Kind.timestamp | Kind.timestamptz | Kind.uuid | Kind.regionalTime;

/** The kind of a cell of a record; 0 where it is empty and says nothing about its column. */
export function classifyCell(record: CellRecord, cell: number, guessing: Guessing): number {
  const cellKind = record.kinds[cell];
  if (cellKind === CellKind.null) return 0;
  const start = record.starts[cell]!;
  const end = record.ends[cell]!;
  if (cellKind === CellKind.json) return isStorableJson(record.bytes, start, end) ? Kind.json : Kind.text;
  const isQuoted = cellKind === CellKind.quoted || cellKind === CellKind.quotedDoubled;
  if (isQuoted && !guessing.quotedFieldsGuessing) return Kind.text;
  if (start === end) return 0;
  if (cellKind === CellKind.jsonScalar) return classifyJsonScalar(record.bytes, start, end);
  if (!guessing.typeGuessing || cellKind === CellKind.quotedDoubled || cellKind === CellKind.jsonEscaped) {
    return Kind.text;
  }
  const kind = classifyText(record.bytes, start, end);
  return cellKind === CellKind.jsonString && (kind & jsonStringKinds) === 0 ? Kind.text : kind;
}

function classifyJsonScalar(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start];
  if (first === 116 || first === 102) return classifyBoolean(bytes, start, end);
  const kind = classifyNumber(bytes, start, end, true);
  // The point of JSON groups nothing.
  return kind === Kind.dec3 ? Kind.dec15 : kind;
}

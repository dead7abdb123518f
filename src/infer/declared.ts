import { CellKind, type CellRecord } from '../domain/layer.ts';
import type { ColumnType } from '../domain/schema.ts';
import { classifyCell, type Guessing } from './classify.ts';
import { classifyNumber } from './classify-number.ts';
import { fits, type Rules, resolveColumn } from './resolve.ts';
import type { RegionalType } from './resolve-regional.ts';
import { Kind, numberKinds } from './value-kinds.ts';

/** What a source declares is not guessed, so nothing that the request says about guessing touches it. */
export const everything: Guessing = { typeGuessing: true, quotedFieldsGuessing: true, dateOrder: null, decimal: null };

/** Types whose values are taken as they are. */
export const isOpaque = (type: ColumnType): boolean => type === 'text' || type === 'bytea';

/** Characters that JavaScript needs at most to write a double: `-2.2250738585072014e-308`. */
const MAX_DOUBLE_LENGTH = 24;

/**
 * The kind of a value that its source holds as a double: any number, however many digits it takes to write it, and
 * the values that are not numbers; else `Kind.text`.
 */
export function classifyDouble(bytes: Buffer, start: number, end: number): number {
  if ((classifyNumber(bytes, start, end, true) & numberKinds) !== 0) return Kind.double;
  const word = end - start <= MAX_DOUBLE_LENGTH ? bytes.toString('latin1', start, end) : '';
  return /^(NaN|-?Infinity|-?\d+(\.\d+)?(e[+-]?\d+)?)$/.test(word) ? Kind.double : Kind.text;
}

/** The kind of a cell in a column that its source declares to be of `type`; 0 where it is empty. */
export function classifyDeclared(record: CellRecord, cell: number, type: ColumnType): number {
  if (type !== 'double precision' || record.kinds[cell] !== CellKind.plain)
    return classifyCell(record, cell, everything);
  const start = record.starts[cell]!;
  const end = record.ends[cell]!;
  return start === end ? 0 : classifyDouble(record.bytes, start, end);
}

/** The type of a column: the declared one where all values fit it, else the one that its values have. */
export function resolveDeclared(mask: number, forms: number, declared: ColumnType | null, rules: Rules): RegionalType {
  if (declared === null) return resolveColumn(mask, forms, rules);
  if (isOpaque(declared) || fits(mask, declared)) return { type: declared, reading: null, doubt: null };
  return resolveColumn(mask, forms, { ...rules, typeGuessing: true });
}

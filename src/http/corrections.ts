/** Corrections of rejects, as CSV or JSON of a request has them. */
import type { Correction } from '../domain/correction.ts';
import { type CsvCell, parseCsv } from './parse-csv.ts';
import { badImport } from './wire-error.ts';

/** Corrections of one request. */
const MAX_CORRECTIONS = 100_000;

/** A record by its columns; null is no value, undefined a column that is not there. */
type Fields = ReadonlyMap<string, string | null>;

/** Columns of `GET /api/v1/imports/:id/rejects` that are no columns of a table. */
const ownColumns = new Set(['file', 'layer', 'table', 'row', 'offset', 'rule']);

/**
 * The text of a body: UTF-8, or UTF-16 as spreadsheets save it with a mark. Throws 400 for bytes that are neither, which
 * would be stored as other characters.
 */
export function textOfBody(body: Uint8Array): string {
  const isLittle = body[0] === 0xff && body[1] === 0xfe;
  const isBig = body[0] === 0xfe && body[1] === 0xff;
  const encoding = isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(body);
  } catch {
    throw badImport('The corrections are not UTF-8: save the file as "CSV UTF-8"');
  }
}

/** Corrections of CSV: an empty cell without quotes is no value. Throws 400. */
export function correctionsOfCsv(text: string): readonly Correction[] {
  if (text.includes('\0')) throw badImport('The corrections must not contain a NUL character');
  const [header, ...records] = parseCsv(text);
  if (header === undefined) throw badImport('The corrections have no line of names');
  const names = header.map((cell) => cell.text.trim());
  if (!names.includes('row') && !names.includes('cartodb_id')) {
    throw badImport(
      `The corrections name no rows: among ${names.slice(0, 20).join(', ').slice(0, 200)} is neither row nor cartodb_id`,
    );
  }
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) !== at);
  if (twice !== undefined) throw badImport(`The corrections name the column ${twice.slice(0, 100)} twice`);
  // Of cells the last ones may be missing, as none of them is changed then; of whole rows they would become NULL.
  const least = names.includes('column') && !names.includes('cartodb_id') ? 1 : names.length;
  const textOf = (cell: CsvCell | undefined): string | null =>
    cell === undefined || isNothing(cell) ? null : cell.text.toWellFormed();
  return toCorrections(
    records.map((record, at) => {
      const isTooLong = record.slice(names.length).some((cell) => !isNothing(cell));
      if (isTooLong || record.length < least) {
        throw badImport(
          `Record ${at + 1} has ${record.length} cells, and there are ${names.length} names: a value that holds the ` +
            'character between cells must stand in quotes',
        );
      }
      return new Map(names.map((name, i) => [name, textOf(record[i])]));
    }),
    (i) => `Record ${i + 1}`,
  );
}

const isNothing = ({ text, isQuoted }: CsvCell): boolean => text === '' && !isQuoted;

/** Corrections of JSON: `{"rejects": [{"row": 3, "column": "a", "value": "1"}]}`. Throws 400. */
export function correctionsOfJson(body: unknown): readonly Correction[] {
  const list: unknown = typeof body === 'object' && body !== null && 'rejects' in body ? body.rejects : body;
  if (!Array.isArray(list)) {
    throw badImport('The corrections must be a JSON object such as {"rejects":[{"row":3,"column":"a","value":"1"}]}');
  }
  const records = list.map((one: unknown, i) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) {
      throw badImport(`Correction ${i + 1} must be an object`);
    }
    return new Map(Object.entries(one).map(([name, value]) => [name, jsonText(value)]));
  });
  return toCorrections(records, (i) => `Correction ${i + 1}`);
}

function jsonText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.includes('\0')) throw badImport('The corrections must not contain a NUL character');
  return text.toWellFormed();
}

function toCorrections(records: readonly Fields[], nameOf: (i: number) => string): readonly Correction[] {
  if (records.length > MAX_CORRECTIONS) throw badImport(`At most ${MAX_CORRECTIONS} corrections are taken at once`);
  return records.flatMap((fields, i) => {
    const values = valuesOf(fields);
    if (values.length === 0) return [];
    const isWhole = isWholeRow(fields);
    const isId = fields.has('cartodb_id');
    const number = fields.get(isId ? 'cartodb_id' : 'row') ?? '';
    const row = Number(number);
    if (!/^\s*\d+\s*$/.test(number) || !Number.isSafeInteger(row)) {
      throw badImport(`${nameOf(i)} names no row: it needs a whole number as row, or as cartodb_id`);
    }
    const layer = fields.get('layer') ?? fields.get('table') ?? null;
    return [{ layer, file: fields.get('file') ?? null, row, isId, isWhole, values }];
  });
}

/** Whole rows have the table's columns; single cells have their column's name in `column`. */
const isWholeRow = (fields: Fields): boolean => fields.has('cartodb_id') || !fields.has('column');

function valuesOf(fields: Fields): Correction['values'] {
  if (isWholeRow(fields)) {
    return [...fields]
      .filter(([name]) => name !== 'cartodb_id' && name !== '' && !ownColumns.has(name))
      .map(([column, value]) => ({ column, value }));
  }
  const column = fields.get('column') ?? null;
  if (column === null) return [];
  // An empty `corrected` is a reject that was left alone; an empty `value` is NULL.
  const corrected = fields.get('corrected') ?? null;
  if (fields.has('corrected')) return corrected === null ? [] : [{ column, value: corrected }];
  return [{ column, value: fields.get(fields.has('value') ? 'value' : 'raw') ?? null }];
}

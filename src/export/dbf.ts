import anyAscii from 'any-ascii';
import { UnsuitableResultError } from '../sql/unsuitable-result.ts';
import { type ColumnProfile, DOUBLE_DIGITS } from './column-profile.ts';
import type { Row } from './format.ts';
import { valueText } from './value-text.ts';

/** A field of a dBASE table. */
export interface DbfField {
  /** At most ten letters, digits and underscores. */
  readonly name: string;
  /** The column that it holds, by its own name. */
  readonly column: string;
  readonly type: 'C' | 'N' | 'F' | 'L' | 'D';
  readonly width: number;
  readonly decimals: number;
  /** The value in all its bytes; null: none. */
  readonly cell: (row: Row) => string | null;
}

const MAX_TEXT_BYTES = 254;
const MAX_NAME = 10;
/** Digits up to which GDAL reads a field without decimals as a whole number. */
const MAX_WHOLE_DIGITS = 18;
/** The widest number that programs agree on. */
const MAX_NUMBER_WIDTH = 20;
/** `-1.2345678901234567e-300` is the longest double that JavaScript prints. */
const DOUBLE_WIDTH = 24;

type Kind = Pick<DbfField, 'type' | 'width' | 'decimals'> & { readonly encode: (text: string) => string };

function kindOf(column: ColumnProfile): Kind {
  const asText: Kind = {
    type: 'C',
    width: Math.max(1, column.maxBytes),
    decimals: 0,
    encode: (text) => valueText(text, column),
  };
  switch (column.type) {
    case 'integer':
      if (column.maxCharacters > MAX_WHOLE_DIGITS) return asText;
      return { type: 'N', width: Math.max(1, column.maxCharacters), decimals: 0, encode: String };
    case 'decimal': {
      const { scale } = column;
      const width = column.wholeDigits + 1 + (scale > 0 ? scale + 1 : 0);
      if (
        column.significantDigits > DOUBLE_DIGITS ||
        width > Math.min(MAX_NUMBER_WIDTH, scale > 0 ? 99 : MAX_WHOLE_DIGITS)
      ) {
        return asText;
      }
      const padded = (text: string): string => {
        const [whole = '', fraction = ''] = text.split('.');
        return scale === 0 ? whole : `${whole}.${fraction.padEnd(scale, '0')}`;
      };
      return { type: 'N', width: Math.max(1, width), decimals: scale, encode: padded };
    }
    case 'double':
      if (column.hasNonFinite) return asText;
      return { type: 'F', width: DOUBLE_WIDTH, decimals: DOUBLE_DIGITS, encode: (text) => String(Number(text)) };
    case 'boolean':
      return { type: 'L', width: 1, decimals: 0, encode: (text) => (text === 't' ? 'T' : 'F') };
    case 'date':
      return { type: 'D', width: 8, decimals: 0, encode: (text) => text.replaceAll('-', '') };
    default:
      return asText;
  }
}

/** Names of at most ten ASCII characters, of which no two are the same in any case. */
export function shortNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const ascii = anyAscii(name).replaceAll(/[^A-Za-z0-9_]/g, '_') || 'field';
    let short = ascii.slice(0, MAX_NAME);
    for (let n = 1; taken.has(short.toLowerCase()); n++) {
      const suffix = `_${n}`;
      short = `${ascii.slice(0, MAX_NAME - suffix.length)}${suffix}`;
    }
    taken.add(short.toLowerCase());
    return short;
  });
}

/** The fields for the columns, as wide as their values. Throws UnsuitableResultError for text over 254 bytes. */
export function dbfFields(columns: readonly ColumnProfile[]): readonly DbfField[] {
  const names = shortNames(columns.map(({ name }) => name));
  const fields = columns.map((column, at): DbfField => {
    const { encode, ...kind } = kindOf(column);
    return {
      ...kind,
      name: names[at] ?? '',
      column: column.name,
      cell: (row) => {
        const text = row[column.index] ?? null;
        return text === null ? null : encode(text);
      },
    };
  });
  const [tooLong] = fields.filter(({ type, width }) => type === 'C' && width > MAX_TEXT_BYTES);
  if (tooLong === undefined) return fields;
  throw new UnsuitableResultError(
    `a shapefile has at most ${MAX_TEXT_BYTES} bytes of text, and the column "${tooLong.column}" has ${tooLong.width}: leave it out with skipfields=${tooLong.column}, cut it with left("${tooLong.column}", 60), or take the format gpkg`,
  );
}

const HEADER_BYTES = 32;
const FIELD_BYTES = 32;
/** The header counts its own bytes and those of a record with sixteen bits. */
const MAX_COUNT = 0xffff;
/** Where programs stop to read on. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

const widthOf = (fields: readonly DbfField[]): number => fields.reduce((sum, { width }) => sum + width, 1);

/** Header of a dBASE III table. Throws UnsuitableResultError where it would be too large. */
export function dbfHeader(fields: readonly DbfField[], records: number, date: Date): Buffer {
  const headerBytes = HEADER_BYTES + FIELD_BYTES * fields.length + 1;
  const recordBytes = widthOf(fields);
  if (headerBytes > MAX_COUNT || recordBytes > MAX_COUNT || headerBytes + recordBytes * records > MAX_FILE_BYTES) {
    throw new UnsuitableResultError(
      `the table of a shapefile has at most ${MAX_COUNT} bytes a row and 2 GB: ask for fewer rows or columns, or take the format gpkg`,
    );
  }
  const header = Buffer.alloc(headerBytes);
  header[0] = 3;
  header[1] = date.getUTCFullYear() - 1900;
  header[2] = date.getUTCMonth() + 1;
  header[3] = date.getUTCDate();
  header.writeUInt32LE(records, 4);
  header.writeUInt16LE(headerBytes, 8);
  header.writeUInt16LE(recordBytes, 10);
  fields.forEach(({ name, type, width, decimals }, index) => {
    const at = HEADER_BYTES + FIELD_BYTES * index;
    header.write(name, at, 'latin1');
    header.write(type, at + 11, 'latin1');
    header[at + 16] = width;
    header[at + 17] = decimals;
  });
  header[headerBytes - 1] = 0x0d;
  return header;
}

/** What stands after the last record. */
export const DBF_END = Buffer.from([0x1a]);

/** One record: text from the left, numbers from the right; blanks are no value. */
export function dbfRecord(fields: readonly DbfField[], row: Row): Buffer {
  const record = Buffer.alloc(widthOf(fields), ' ');
  let at = 1;
  for (const { type, width, cell } of fields) {
    const text = cell(row);
    if (text !== null) record.write(type === 'N' || type === 'F' ? text.padStart(width) : text, at, width, 'utf8');
    at += width;
  }
  return record;
}

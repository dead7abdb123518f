import type { ColumnType } from '../../domain/schema.ts';
import { ImportError } from '../../errors.ts';
import { FileWindow } from './file-window.ts';

/** One column of a DBF table. */
export interface DbfField {
  /** The bytes of its name; their code page is known later. */
  readonly name: Buffer;
  /** dBASE's letter. */
  readonly type: string;
  /** Position in the record, whose first byte tells whether it is deleted. */
  readonly offset: number;
  readonly width: number;
  readonly decimals: number;
}

/** What the header of a DBF file says, checked against the size of the file. */
export interface DbfTable {
  readonly fields: readonly DbfField[];
  /** Names of columns whose values are in another file (memo), which is not there, or are no text. */
  readonly memoFields: readonly Buffer[];
  readonly headerBytes: number;
  readonly recordBytes: number;
  /** Records that are there, deleted ones included. */
  readonly records: number;
  /** Records that the header promises. */
  readonly promised: number;
  readonly languageDriver: number;
}

const HEADER_BYTES = 32;
const FIELD_BYTES = 32;
const END_OF_FIELDS = 0x0d;

/**
 * Reads the header; `hasMemo`: the file of its memos is there. Throws badShapefile where it cannot be one,
 * unsupportedFormat for dBASE 7.
 */
export function readDbfTable(path: string, name: string, hasMemo: boolean): DbfTable {
  using file = new FileWindow(path);
  if (!file.fill(0, HEADER_BYTES + 1)) throw damaged(name, `it has only ${file.size} bytes`);
  const version = file.bytes[0]!;
  if ((version & 7) === 4) {
    throw new ImportError('unsupportedFormat', {
      detail: `${name} is a table of dBASE 7, which cannot be read.`,
      hint: 'Save it as dBASE III or IV, or as CSV.',
    });
  }
  const promised = file.view.getUint32(4, true);
  const headerBytes = file.view.getUint16(8, true);
  const recordBytes = file.view.getUint16(10, true);
  const languageDriver = file.bytes[29]!;
  if (headerBytes < HEADER_BYTES + 1 || recordBytes < 1 || !file.fill(0, headerBytes)) {
    throw damaged(name, `its header says that it is ${headerBytes} bytes long and a record ${recordBytes}`);
  }
  const all = readFields(Buffer.from(file.bytes.subarray(0, headerBytes)), recordBytes);
  const last = all.at(-1);
  if (last !== undefined && last.offset + last.width > recordBytes) {
    throw damaged(name, `its columns need ${last.offset + last.width} bytes and a record has ${recordBytes}`);
  }
  const isElsewhere = ({ type }: DbfField): boolean => type === 'G' || type === 'P' || (type === 'M' && !hasMemo);
  return {
    fields: all.filter((field) => !isElsewhere(field) && field.type !== '0'),
    memoFields: all.filter(isElsewhere).map((field) => field.name),
    headerBytes,
    recordBytes,
    records: Math.min(promised, Math.floor((file.size - headerBytes) / recordBytes)),
    promised,
    languageDriver,
  };
}

function readFields(header: Buffer, recordBytes: number): readonly DbfField[] {
  const ends: number[] = [];
  for (let at = HEADER_BYTES; at + FIELD_BYTES <= header.length && header[at] !== END_OF_FIELDS; at += FIELD_BYTES) {
    ends.push(at);
  }
  const build = (isWide: boolean): readonly DbfField[] => {
    let offset = 1;
    return ends.map((at) => {
      const type = String.fromCharCode(header[at + 11]!).toUpperCase();
      const isText = type === 'C';
      // Clipper and FoxPro keep the upper byte of a text's width where others keep decimals.
      const width = header[at + 16]! + (isText && isWide ? 256 * header[at + 17]! : 0);
      const name = header.subarray(at, at + 11);
      const end = name.indexOf(0);
      const field = { name: end < 0 ? name : name.subarray(0, end), type, offset, width };
      offset += width;
      return { ...field, decimals: isText ? 0 : header[at + 17]! };
    });
  };
  const isExact = (fields: readonly DbfField[]): boolean =>
    fields.reduce((sum, { width }) => sum + width, 1) === recordBytes;
  const wide = build(true);
  return isExact(wide) ? wide : build(false);
}

function damaged(name: string, what: string): ImportError {
  return new ImportError('badShapefile', {
    detail: `${name} is no DBF table, or is damaged: ${what}.`,
    hint: 'Open it in the program that made it and save it again.',
  });
}

/** Most digits that every double can hold; the same as in the classes of numbers that are inferred. */
const DOUBLE_DIGITS = 15;

/** The type that a column declares; null where its values must tell. */
export function declaredType({ type, width, decimals }: DbfField): ColumnType | null {
  switch (type) {
    case 'C':
      return 'text';
    case 'N':
    case 'F':
      if (decimals === 0) return type === 'N' && width <= 18 ? 'bigint' : null;
      return width - 1 <= DOUBLE_DIGITS ? 'double precision' : null;
    case 'D':
      return 'date';
    case 'L':
      return 'boolean';
    case 'I':
    case '+':
      return width === 4 ? 'bigint' : 'text';
    case 'B':
    case 'O':
      return width === 8 ? 'double precision' : 'text';
    case 'T':
    case '@':
      return width === 8 ? 'timestamp' : 'text';
    case 'Y':
      return width === 8 ? 'numeric' : 'text';
    default:
      return 'text';
  }
}

import type { CellRecord } from '../../domain/layer.ts';
import { type Scan, scan, startScan } from './scan.ts';

/** How the text is cut into cells, as far as it differs from file to file. */
export interface Dialect {
  /** ASCII code of the character between cells. */
  readonly delimiter: number;
}

/** In order of preference where a text is equally consistent under several. */
const delimiters = [',', ';', '\t', '|', ' '].map((character) => character.charCodeAt(0));
const space = 32;

/** Records looked at to choose a delimiter. */
const maxRecords = 1000;

/** Scans the records of a text in memory, which must end with a line end where `isWhole`. Returns the scan's state. */
export function scanText(text: Buffer, delimiter: number, isWhole: boolean, onRecord: (r: CellRecord) => void): Scan {
  const state = startScan(delimiter, 0);
  const bytes = Buffer.allocUnsafe(text.length + 2);
  text.copy(bytes);
  bytes[text.length] = 10;
  state.record.bytes = bytes;
  scan(state, 0, text.length + (isWhole ? 1 : 0), isWhole, onRecord);
  return state;
}

class EnoughRecords extends Error {}

interface Split {
  readonly delimiter: number;
  readonly columns: number;
  /** Part of the records that have as many cells as the first. */
  readonly consistency: number;
  readonly hasNumbers: boolean;
}

function split(head: Buffer, isWhole: boolean, delimiter: number): Split {
  const counts: number[] = [];
  let hasNumbers = false;
  const look = (record: CellRecord): void => {
    counts.push(record.count);
    if (counts.length > 1 && !hasNumbers) hasNumbers = hasNumericCell(record);
    if (counts.length === maxRecords) throw new EnoughRecords();
  };
  try {
    scanText(head, delimiter, isWhole, look);
  } catch (error) {
    if (!(error instanceof EnoughRecords)) throw error;
  }
  const columns = counts[0] ?? 0;
  const equal = counts.filter((count) => count === columns).length;
  return { delimiter, columns, consistency: equal / Math.max(counts.length, 1), hasNumbers };
}

function hasNumericCell(record: CellRecord): boolean {
  for (let cell = 0; cell < record.count; cell++) {
    if (/^-?\d+(\.\d+)?$/.test(record.bytes.toString('latin1', record.starts[cell] ?? 0, record.ends[cell] ?? 0)))
      return true;
  }
  return false;
}

/**
 * The delimiter under which the records of `head` agree best with the first one. It must occur in the first record.
 * A space must cut every record alike and give numbers, as sentences and full names hold spaces too. A text without a
 * delimiter has one column.
 */
export function detectDialect(head: Buffer, isWhole: boolean): Dialect {
  const splits = delimiters
    .map((delimiter) => split(head, isWhole, delimiter))
    .filter(({ columns }) => columns > 1)
    .filter((one) => one.delimiter !== space || (one.consistency === 1 && one.hasNumbers));
  // The sort is stable: equals stay in order of preference. A space loses against any other consistent delimiter.
  const [best] = splits.sort(
    (a, b) =>
      Number(a.delimiter === space) - Number(b.delimiter === space) ||
      b.consistency - a.consistency ||
      b.columns - a.columns,
  );
  return { delimiter: best?.delimiter ?? 44 };
}

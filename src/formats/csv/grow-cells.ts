import { ImportError } from '../../errors.ts';
import type { Scan } from './scan.ts';

/** Cells of one row that are kept apart. A table holds 1,596 columns; a row with more than this is not CSV. */
const maxCells = 65_536;

/**
 * Doubles the cells that a record has room for. Throws where that is no row any more: tooManyColumns where it would be
 * the first, else malformedCsv.
 */
export function growCells({ record, line, columns }: Scan): void {
  const room = record.kinds.length * 2;
  if (room > maxCells) throw columns > 0 || record.row > 0 ? tooManyCells(line) : tooManyColumns(line);
  const { kinds, starts, ends } = record;
  record.kinds = new Uint8Array(room);
  record.kinds.set(kinds);
  record.starts = new Int32Array(room);
  record.starts.set(starts);
  record.ends = new Int32Array(room);
  record.ends.set(ends);
}

const tooManyCells = (line: number): ImportError =>
  new ImportError('malformedCsv', {
    detail: `The row that begins in line ${line} has more than ${maxCells - 1} cells.`,
    hint: 'Check that the file is delimited text with one record a line.',
  });

const tooManyColumns = (line: number): ImportError =>
  new ImportError('tooManyColumns', {
    detail: `The row that begins in line ${line} has more than ${maxCells - 1} cells.`,
    hint: 'Leave out columns, or turn columns into rows. If it is not a table, check that it has one record a line.',
  });

import type { CellRecord } from '../../domain/layer.ts';
import type { Dialect } from './dialect.ts';
import type { Effort } from './effort.ts';
import { scanText } from './scan.ts';
import { cellText, firstCells, JUDGED_COLUMNS } from './text-records.ts';
import { valueClass } from './value-class.ts';

/** A piece of a text that is one table, with what stands around it. */
export interface Part {
  readonly from: number;
  readonly to: number;
  /** Line where it begins, 1-based. */
  readonly line: number;
}

/** More tables than this in one file are rather one whose names are repeated. */
const maxParts = 20;

/** Records among which the names of the first table are looked for. */
const maxLooked = 20;
const maxLookedCells = 5000;

/** Cells, at most, of rows that begin as the names do or stand behind a gap: more such rows are rows. */
const maxComparedCells = 20_000;

/** Part of the names that must be the same again where a second table has those of the first. */
const sameNames = 0.8;

/** Records of equal length that make what stands before a gap a table of its own, not a preamble. */
const leastRecords = 3;

interface Cut {
  readonly offset: number;
  readonly line: number;
}

/**
 * Cuts a whole text where another table begins: where the names of the columns stand again, or, behind a blank line,
 * where other names begin rows of another length. One part is the common case.
 */
export function findParts(text: Buffer, dialect: Dialect, effort: Effort): readonly Part[] {
  effort.spend(text.length);
  const cuts: Cut[] = [];
  let names: readonly string[] | undefined;
  let namesLine = Number.POSITIVE_INFINITY;
  let hasValues = false;
  let isOfData = false;
  let looked = 0;
  let lookedCells = 0;
  let compared = 0;
  const isLooking = (): boolean => looked < maxLooked && lookedCells < maxLookedCells;
  let alike = 0;
  let before = 0;
  let nextLine = 1;
  let isBehindGap = false;
  let hasData = false;
  let waiting: (Cut & { readonly count: number }) | undefined;
  scanText(text, dialect, true, { base: 0 }, (record, { innerLines }) => {
    const { count, line, offset = 0 } = record;
    const isBehind = isBehindGap || line > nextLine;
    nextLine = line + innerLines + 1;
    if (cuts.length >= maxParts) return;
    const cells = (): readonly string[] => firstCells(record, JUDGED_COLUMNS);
    if (waiting !== undefined && count === waiting.count) cuts.push(waiting);
    waiting = undefined;
    if (isLooking() && count > 1) {
      looked++;
      const row = cells();
      lookedCells += row.length;
      // Behind values there are no names any more, but rows without values.
      if (names === undefined && !hasValues) names = namesOf(row);
      hasValues ||= row.some((cell) => isValue(cell));
    }
    if (names !== undefined && line > namesLine) {
      const isCompared = compared < maxComparedCells && mayRepeat(names, record) && isFirstName(names, record);
      if (isCompared) compared += Math.min(count, JUDGED_COLUMNS);
      if (isCompared && isRepeated(names, cells())) {
        // Names right below names are a header of several rows.
        if (hasData && !isOfData) cuts.push({ offset, line });
        hasData = false;
      } else {
        hasData = true;
        // In a table of words a row of data may stand again. Names are no values of their columns.
        if (!hasValues && isLooking()) isOfData ||= sharesCell(names, cells());
      }
    } else if (names !== undefined) namesLine = line;
    if (
      isBehind &&
      hasData &&
      count > 1 &&
      count !== before &&
      before > 1 &&
      alike >= leastRecords &&
      compared < maxComparedCells
    ) {
      compared += Math.min(count, JUDGED_COLUMNS);
      if (areNames(cells())) waiting = { offset, line, count };
    }
    isBehindGap = count > 1 && isEmpty(record.starts, record.ends, count);
    alike = count === before ? alike + 1 : 1;
    before = count;
  });
  const kept = cuts.length < maxParts ? cuts : [];
  const begins = [{ offset: 0, line: 1 }, ...kept];
  return begins.map(({ offset, line }, at) => ({ from: offset, to: begins[at + 1]?.offset ?? text.length, line }));
}

function isEmpty(starts: Int32Array, ends: Int32Array, count: number): boolean {
  for (let cell = 0; cell < count; cell++) if ((starts[cell] ?? 0) < (ends[cell] ?? 0)) return false;
  return true;
}

const areNames = (cells: readonly string[]): boolean => cells.every((cell) => valueClass(cell) === 'text');

const isValue = (cell: string): boolean => !['text', 'empty'].includes(valueClass(cell));

/** The cells of a first record that may be names: words, more than one. */
function namesOf(cells: readonly string[]): readonly string[] | undefined {
  const filled = cells.filter((cell) => cell !== '');
  const areDistinct = new Set(filled).size === filled.length;
  return filled.length > 1 && areDistinct && areNames(filled) ? cells.map((cell) => cell.toLowerCase()) : undefined;
}

const sharesCell = (names: readonly string[], row: readonly string[]): boolean =>
  row.some((cell, at) => cell !== '' && cell.toLowerCase() === names[at]);

/** Whether a first cell begins as a name does, in whatever case: nearly all do not, and need not be decoded. */
function mayRepeat([name = '']: readonly string[], { bytes, starts }: CellRecord): boolean {
  const wanted = name.charCodeAt(0);
  const found = bytes[starts[0] ?? 0] ?? 0;
  return wanted > 127 || found > 127 || wanted === found || (wanted | 32) === (found | 32);
}

function isFirstName([name = '']: readonly string[], record: CellRecord): boolean {
  const first = cellText(record, 0);
  return first !== '' && first.toLowerCase() === name;
}

/** Whether the names stand here again; further ones may follow, or some be missing. */
function isRepeated(names: readonly string[], row: readonly string[]): boolean {
  const shared = Math.min(row.length, names.length);
  const same = row.filter((cell, at) => cell !== '' && cell.toLowerCase() === names[at]).length;
  return same > 1 && same >= shared * sameNames;
}

import { CellKind, type CellRecord } from '../../domain/layer.ts';
import type { ImportError } from '../../errors.ts';
import { CellClass, classOfCell } from './cell-class.ts';
import { bytesOf, type Dialect } from './dialect.ts';
import type { Effort } from './effort.ts';
import { readBroken } from './repair.ts';
import { scanSample } from './scan-sample.ts';

/** How well a text can be read in one dialect. */
export interface Hypothesis {
  readonly dialect: Dialect;
  /** 0 to 1, comparable between dialects of one text. */
  readonly score: number;
  /** Cells that most records have. */
  readonly columns: number;
  /** Part of the records that have so many. */
  readonly consistency: number;
  /** Records with quotes that are not by the rules of the dialect. */
  readonly broken: number;
  readonly records: number;
  /** Part of the cells behind a delimiter that begin with a blank. */
  readonly padded: number;
  /** Punctuation that unquoted cells both begin and end with, by how many do, as ASCII codes. */
  readonly enclosed: ReadonlyMap<number, number>;
  /** Why the text cannot be read so; null: it can. */
  readonly error: ImportError | null;
}

/** What a cell of each class is worth: a value that types is the best evidence of a right cut. */
const worth: Readonly<Record<CellClass, number>> = {
  [CellClass.empty]: 0.7,
  [CellClass.typed]: 1,
  [CellClass.quoted]: 1,
  [CellClass.text]: 0.8,
  [CellClass.tight]: 0.35,
  [CellClass.broken]: 0.1,
};

/** A column without any value: rather a delimiter of two characters than a column. */
const emptyColumn = 0.2;

/** Before any evidence: how likely a delimiter is, by itself. Separators of sentences and times need more evidence. */
const priors: ReadonlyMap<string, number> = new Map([
  [',', 1],
  [';', 1],
  ['\t', 1.02],
  ['|', 1],
  [':', 0.45],
  [' ', 0.75],
]);
const otherPrior = 0.85;

/** A time has up to three parts; so many cells in nearly all records are none. */
const moreThanTimes = 4;
const nearlyAll = 0.95;

/** Words of prose are not as many in each of so many records. */
const proseRecords = 12;

/** Sentences have commas with blanks behind them, and words with blanks between them. */
const paddedPrior = 0.75;
const wordsPrior = 0.2;

/** The table does not begin with the first line under this dialect; rather it is another dialect. */
const latePrior = 0.7;

/** What a record is worth that is cut, but not into as many cells as most. */
const raggedWorth = 0.4;

interface Tally {
  readonly counts: Map<number, number>;
  /** By the number of cells in the record: how many cells of each column are of each class. */
  readonly classes: Map<number, Uint32Array>;
  firstCount: number;
  broken: number;
  records: number;
  later: number;
  padded: number;
  cells: number;
  readonly enclosed: Map<number, number>;
  /** Records that begin as comments do, by how many cells they have. */
  readonly remarks: Map<number, number>;
}

/** `#`. */
const remark = 35;

/** Part of the records that may be remarks, which are no evidence against a dialect. */
const mostRemarks = 0.1;

/** Punctuation that cells may be quoted with: not what ends sentences and numbers, pairs with another, or draws lines. */
const mayEnclose = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number('"\'`^~|/*#%$@!&?'.includes(String.fromCharCode(byte))),
);

const classCount = 6;

/** Cells judged under one dialect, more than a sample of usual size has, and columns of them. */
const mostCells = 50_000;
const judgedColumns = 2000;

function look(record: CellRecord, isBroken: boolean, tally: Tally): void {
  const { count, kinds, starts, ends, bytes } = record;
  tally.records++;
  if (tally.firstCount === 0) tally.firstCount = count;
  if (isBroken) {
    // How many cells it has is not known; it only counts against the quotes.
    tally.broken++;
    return;
  }
  tally.counts.set(count, (tally.counts.get(count) ?? 0) + 1);
  if (bytes[starts[0] ?? 0] === remark) tally.remarks.set(count, (tally.remarks.get(count) ?? 0) + 1);
  // Enough cells were judged; how many a record has still counts.
  if (tally.cells >= mostCells) return;
  const judged = Math.min(count, judgedColumns);
  tally.cells += judged;
  let classes = tally.classes.get(count);
  if (classes === undefined) {
    classes = new Uint32Array(judged * classCount);
    tally.classes.set(count, classes);
  }
  for (let cell = 0; cell < judged; cell++) {
    const kind = kinds[cell];
    const isQuoted = kind === CellKind.quoted || kind === CellKind.quotedDoubled;
    const start = starts[cell] ?? 0;
    const end = ends[cell] ?? 0;
    const first = bytes[start] ?? 0;
    if (cell > 0) {
      tally.later++;
      if (end > start && first === 32) tally.padded++;
    }
    if (end - start > 1 && mayEnclose[first] === 1 && bytes[end - 1] === first && !isQuoted)
      tally.enclosed.set(first, (tally.enclosed.get(first) ?? 0) + 1);
    const found = isQuoted ? CellClass.quoted : classOfCell(bytes, start, end);
    const at = cell * classCount + found;
    classes[at] = (classes[at] ?? 0) + 1;
  }
}

/** The most frequent number of cells; of equals that of the first record, else the larger. */
function mostFrequent(counts: ReadonlyMap<number, number>, first: number): readonly [columns: number, records: number] {
  let best: readonly [number, number] = [0, 0];
  for (const [columns, records] of counts) {
    const isPreferred = best[0] !== first && (columns === first || columns > best[0]);
    if (records > best[1] || (records === best[1] && isPreferred)) best = [columns, records];
  }
  return best;
}

/** How many cells a column has of each class. */
type Classes = Uint32Array;

function total(classes: Classes): number {
  let sum = 0;
  for (const one of classes) sum += one;
  return sum;
}

/** A text of one column has no separators inside of words. */
const tightInOneColumn = 0.05;

const allClasses = Object.values(CellClass);

function worthOf(classes: Classes, columns: number): number {
  const all = total(classes);
  if (classes[CellClass.empty] === all) return emptyColumn;
  let sum = 0;
  for (const one of allClasses) {
    const isTight = one === CellClass.tight && columns === 1;
    sum += (classes[one] ?? 0) * (isTight ? tightInOneColumn : worth[one]);
  }
  return sum / all;
}

const isTyped = (classes: Classes): boolean =>
  (classes[CellClass.typed] ?? 0) >= Math.max(1, (total(classes) - 1) * 0.9);

function priorOf({ delimiter, isPadded }: Dialect, consistency: number, columns: readonly Classes[]): number {
  if (delimiter === '') return 1;
  if (isPadded) return paddedPrior;
  if (delimiter === ':' && columns.length >= moreThanTimes && consistency >= nearlyAll) return otherPrior;
  const quoted = columns.reduce((sum, classes) => sum + (classes[CellClass.quoted] ?? 0), 0);
  const all = columns.reduce((sum, classes) => sum + total(classes), 0);
  const records = columns[0] === undefined ? 0 : total(columns[0]);
  const isEven = consistency === 1 && (columns.some(isTyped) || (columns.length > 2 && records >= proseRecords));
  const isProse = delimiter === ' ' && !isEven && quoted * 10 < all;
  return isProse ? wordsPrior : (priors.get(delimiter) ?? otherPrior);
}

/** Records that are remarks: `#` stands before them, and before none that has as many cells as most. */
function remarksOf({ remarks, records }: Tally, columns: number): { readonly all: number; readonly ofOneCell: number } {
  const all = [...remarks.values()].reduce((sum, one) => sum + one, 0);
  const areRemarks = columns > 1 && !remarks.has(columns) && all <= records * mostRemarks;
  return areRemarks ? { all, ofOneCell: remarks.get(1) ?? 0 } : { all: 0, ofOneCell: 0 };
}

/** How much a broken record still counts that has all its cells once its quotes are repaired. */
const repairedWorth = 0.25;

/** Part of the records that are broken; those that can be repaired count less. */
function brokenShare(
  lines: readonly Buffer[],
  { broken, records }: Tally,
  dialect: Dialect,
  columns: number,
  effort: Effort,
): number {
  if (lines.length === 0 || columns < 2) return broken / records;
  const bytes = bytesOf(dialect);
  const repaired = lines.filter((line) => {
    if (effort.isSpent) return false;
    const cells = readBroken(line, 0, line.length, bytes, columns, effort)?.cells ?? [];
    return cells.length === columns && cells.some(({ isQuoted }) => isQuoted);
  });
  return (broken * (1 - (1 - repairedWorth) * (repaired.length / lines.length))) / records;
}

/** Reads a text in a dialect and scores what comes out. Whatever order the rows are in, the score is the same. */
export function scoreDialect(text: Buffer, dialect: Dialect, isWhole: boolean, effort: Effort): Hypothesis {
  const numbers = { firstCount: 0, broken: 0, records: 0, later: 0, padded: 0, cells: 0 };
  const tally: Tally = { counts: new Map(), classes: new Map(), enclosed: new Map(), remarks: new Map(), ...numbers };
  const { brokenLines, swallowed, error } = scanSample(text, dialect, isWhole, effort, (record, isBroken) =>
    look(record, isBroken, tally),
  );
  effort.spend(0, tally.cells);
  tally.broken += swallowed;
  tally.records += swallowed;
  const [columns, records] = mostFrequent(tally.counts, tally.firstCount);
  const { broken, enclosed } = tally;
  const padded = tally.later === 0 ? 0 : tally.padded / tally.later;
  const seen = { dialect, columns, broken, records: tally.records, padded, enclosed, error };
  if (records === 0 || error !== null) return { ...seen, score: 0, consistency: 0 };
  const remarks = remarksOf(tally, columns);
  const sound = tally.records - broken - remarks.all;
  const cut = sound - records - (columns === 1 ? 0 : (tally.counts.get(1) ?? 0) - remarks.ofOneCell);
  const consistency = records / sound;
  const agreement = columns === 1 ? consistency : (records + cut * raggedWorth) / sound;
  const counted = tally.classes.get(columns) ?? new Uint32Array(0);
  const classes = Array.from({ length: counted.length / classCount }, (_, column) =>
    counted.subarray(column * classCount, (column + 1) * classCount),
  );
  const values = classes.reduce((sum, one) => sum + worthOf(one, columns), 0) / Math.max(1, classes.length);
  const quoting = (1 - brokenShare(brokenLines, tally, dialect, columns, effort)) ** 2;
  const late = tally.firstCount === 1 && columns > 1 ? latePrior : 1;
  const prior = priorOf(dialect, consistency, classes) * late;
  const score = agreement ** 1.5 * values * (columns / (columns + 1)) * quoting * prior;
  return { ...seen, score, consistency };
}

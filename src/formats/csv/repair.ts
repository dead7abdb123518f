import { delimiterEnd, isLineEnd } from './cell-ends.ts';
import type { DialectBytes } from './dialect.ts';
import type { Effort } from './effort.ts';

/** A cell of a line whose quotes are not by the rules, as byte range without the quotes around it. */
export interface RepairedCell {
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
}

/** The likeliest reading of a line. */
export interface Reading {
  readonly cells: readonly RepairedCell[];
  /** 0: by the rules. */
  readonly cost: number;
}

/**
 * What a reading costs that bends the rules, from files polluted in every place: only their order matters. A quote
 * that stands at one end of a cell alone is text; two that stand at both ends are quotes, whatever is between.
 */
const costs = {
  /** A quote at the beginning of a cell is text. */
  literalQuote: 1,
  /** So are one at its beginning and one at its end. */
  literalQuotes: 2,
  /** A quote in the middle of an unquoted cell that no other goes with: within a word, behind a digit (`5" pipe`), other. */
  apostrophe: 0.05,
  inch: 0.5,
  innerQuote: 1.2,
  /** Two of them. */
  innerPair: 0.3,
  /** A quote in the middle of an unquoted cell holds delimiters together. */
  innerSection: 0.6,
  /** A quote inside of quotes that is not doubled. */
  loneQuote: 0.9,
  lineEnd: 0.05,
  missingCell: 1.5,
  extraCell: 2,
} as const;

/** Lines with more bytes or more choices than this are not looked into. */
const maxBytes = 1 << 16;
const maxStates = 200_000;

/** Closing quotes tried for each that opens, and quotes looked at to find them. */
const maxCloses = 24;
const maxQuotes = 200;

/** Quotes tried for the end of a part of a cell that quotes hold together. */
const maxSectionQuotes = 8;

/** What looking for the cells that may begin at a place costs, in choices between them. */
const triedOfPlace = 8;

/** Delimiters that quotes may hold besides those that are too many for the columns. */
const mostHeld = 32;

/**
 * Reads `bytes[begin, end)`, one record without its line end, in the likeliest way that gives `columns` cells: quotes
 * may be text, lone, or missing. undefined where it is too large. Shortest path over the places where cells may begin:
 * its work is bounded by the limits above, and counted by `effort`.
 */
export function readBroken(
  bytes: Uint8Array,
  begin: number,
  end: number,
  dialect: DialectBytes,
  columns: number,
  effort?: Effort,
): Reading | undefined {
  if (end - begin > maxBytes) return undefined;
  const starts = [begin];
  for (let i = begin; i < end; i++) {
    const next = delimiterEnd(bytes, i, dialect);
    if (next === 0 || next > end) continue;
    starts.push(next);
    i = next - 1;
  }
  const most = Math.min(starts.length, columns + 8) + 1;
  if (starts.length * most > maxStates) return undefined;
  const indexOf = new Map(starts.map((start, index) => [start, index]));
  const best: Step[] = [];
  let last: { step: Step; cost: number } | undefined;
  let tried = 0;
  const held = Math.max(0, starts.length - columns) + mostHeld;
  best[0] = { cost: 0, count: 0, cell: null, before: null };
  for (let place = 0; place < starts.length; place++) {
    let cells: readonly Choice[] | undefined;
    let places: readonly (number | undefined)[] = [];
    for (let count = Math.max(0, place - held); count < Math.min(most, place + 1); count++) {
      const before = best[place * most + count];
      if (before === undefined) continue;
      if (cells === undefined) {
        cells = choices(bytes, starts[place]!, end, dialect, place === 0);
        places = cells.map(({ next }) => (next === -1 ? -1 : indexOf.get(next)));
        tried += triedOfPlace;
      }
      tried += cells.length;
      for (let choice = 0; choice < cells.length; choice++) {
        const { cell, cost } = cells[choice]!;
        const index = places[choice];
        if (index === undefined) continue;
        const sum = before.cost + cost;
        if (index === -1) {
          const step = { cost: sum, count: count + 1, cell, before };
          const total = sum + mismatch(step, columns);
          if (last === undefined || total < last.cost) last = { step, cost: total };
          continue;
        }
        if (count + 1 >= most) continue;
        const at = index * most + count + 1;
        const known = best[at];
        if (known === undefined || sum < known.cost) best[at] = { cost: sum, count: count + 1, cell, before };
      }
    }
  }
  effort?.spend(end - begin, tried);
  return last === undefined ? undefined : { cells: cellsOf(last.step), cost: last.cost };
}

interface Step {
  readonly cost: number;
  readonly count: number;
  readonly cell: RepairedCell | null;
  readonly before: Step | null;
}

function mismatch({ count, cell, before }: Step, columns: number): number {
  if (count <= columns) return (columns - count) * costs.missingCell;
  let extra = 0;
  for (let at: Step | null = { count, cell, before, cost: 0 }; at !== null && at.count > columns; at = at.before) {
    extra += at.cell !== null && at.cell.start === at.cell.end ? 0.1 : costs.extraCell;
  }
  return extra;
}

function cellsOf(last: Step): readonly RepairedCell[] {
  const cells: RepairedCell[] = [];
  for (let step: Step | null = last; step !== null; step = step.before) if (step.cell !== null) cells.push(step.cell);
  return cells.reverse();
}

interface Choice {
  readonly cell: RepairedCell;
  readonly cost: number;
  /** Where the next cell begins, -1 where this is the last. */
  readonly next: number;
}

/** Where the next cell begins if one ends at `at`; -1 at the end of the record, undefined where none ends. */
function behind(bytes: Uint8Array, at: number, end: number, dialect: DialectBytes): number | undefined {
  if (at >= end) return -1;
  const next = delimiterEnd(bytes, at, dialect);
  return next === 0 || next > end ? undefined : next;
}

/** All cells that may begin at a place. */
function choices(bytes: Uint8Array, from: number, end: number, dialect: DialectBytes, isFirst: boolean): Choice[] {
  const { quote, isPadded } = dialect;
  let start = from;
  if (isPadded && !isFirst) while (start < end && bytes[start] === 32) start++;
  const found: Choice[] = [];
  const literal = literalCell(bytes, start, end, dialect);
  if (literal !== undefined) found.push(literal);
  if (bytes[start] === quote && start < end) found.push(...quotedCells(bytes, start, end, dialect));
  if (literal?.cost !== 0) {
    const section = sectionCell(bytes, start, end, dialect);
    if (section !== undefined) found.push(section);
  }
  return found;
}

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
const isLetter = (byte: number): boolean => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte >= 128;
const apostrophe = 39;

/** What a quote costs that by its neighbours is a mark of the text: an apostrophe, inches; 0 where it is none. */
function markCost(bytes: Uint8Array, at: number): number {
  const before = bytes[at - 1] ?? 0;
  const after = bytes[at + 1] ?? 0;
  if (bytes[at] === apostrophe && isLetter(before) && (isLetter(after) || after === 32)) return costs.apostrophe;
  return isDigit(before) && (after === 32 || isDigit(after)) ? costs.inch : 0;
}

/** The cell up to the next delimiter; undefined where it would hold a line end. */
function literalCell(bytes: Uint8Array, start: number, end: number, dialect: DialectBytes): Choice | undefined {
  const { quote } = dialect;
  let quotes = 0;
  let marks = 0;
  let i = start;
  let next = behind(bytes, i, end, dialect);
  for (; next === undefined; next = behind(bytes, i, end, dialect)) {
    if (isLineEnd(bytes[i]!)) return undefined;
    const mark = bytes[i] === quote ? markCost(bytes, i) : 0;
    if (mark > 0) marks += mark;
    else if (bytes[i] === quote) quotes++;
    i++;
  }
  const opens = i > start && bytes[start] === quote;
  const closes = i - start > 1 && bytes[i - 1] === quote;
  const atEnds = opens && closes ? costs.literalQuotes : opens ? costs.literalQuote : 0;
  const inner = marks + (quotes % 2) * costs.innerQuote + Math.floor(quotes / 2) * costs.innerPair;
  const cost = opens ? atEnds : inner;
  return { cell: { start, end: i, isQuoted: false }, cost, next };
}

/** The cells that a quote may open, by where they may close. */
function quotedCells(bytes: Uint8Array, open: number, end: number, dialect: DialectBytes): Choice[] {
  const { quote, escapedBy } = dialect;
  const found: Choice[] = [];
  const isDoubled = escapedBy === quote;
  let cost = 0;
  let quotes = 0;
  for (let i = open + 1; i < end && found.length < maxCloses && quotes < maxQuotes; ) {
    const byte = bytes[i]!;
    if (!isDoubled && byte === escapedBy && (bytes[i + 1] === quote || bytes[i + 1] === escapedBy)) {
      i += 2;
      continue;
    }
    if (byte === 10 || (byte === 13 && bytes[i + 1] !== 10)) cost += costs.lineEnd;
    if (byte !== quote) {
      i++;
      continue;
    }
    quotes++;
    let run = 1;
    while (i + run < end && bytes[i + run] === quote) run++;
    const close = i + run - 1;
    let after = close + 1;
    while (after < end && bytes[after] === 32 && delimiterEnd(bytes, after, dialect) === 0) after++;
    const next = behind(bytes, after, end, dialect);
    const mark = run === 1 ? markCost(bytes, i) : 0;
    const lone = (count: number): number => (isDoubled ? count % 2 : count) * (mark > 0 ? mark : costs.loneQuote);
    if (next !== undefined) {
      found.push({ cell: { start: open + 1, end: close, isQuoted: true }, cost: cost + lone(run - 1), next });
    }
    cost += lone(run);
    i += run;
  }
  return found;
}

/** A cell taken as it stands in which quotes stand around delimiters: `"Smith, J" Jr`, `tent 6" x 8, "red"`. */
function sectionCell(bytes: Uint8Array, start: number, end: number, dialect: DialectBytes): Choice | undefined {
  const { quote } = dialect;
  let open = start;
  while (open < end && bytes[open] !== quote) {
    if (isLineEnd(bytes[open]!) || delimiterEnd(bytes, open, dialect) > 0) return undefined;
    open++;
  }
  // A quote right before a delimiter closes.
  if (open > start && delimiterEnd(bytes, open + 1, dialect) > 0) return undefined;
  let closes = 0;
  for (let close = open + 1; close < end && closes < maxSectionQuotes; close++) {
    if (isLineEnd(bytes[close]!)) return undefined;
    if (bytes[close] !== quote) continue;
    closes++;
    const tail = literalCell(bytes, close + 1, end, dialect);
    // Within quotes that only close before a delimiter there may be others.
    if (tail === undefined || (open > start && tail.cell.end > close + 1)) continue;
    const isClosed = tail.cell.end > close + 1 && bytes[tail.cell.end - 1] === quote;
    const cost = open > start ? costs.innerSection : (isClosed ? costs.literalQuotes : costs.literalQuote) + tail.cost;
    return { cell: { start, end: tail.cell.end, isQuoted: false }, cost, next: tail.next };
  }
  return undefined;
}

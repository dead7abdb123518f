import type { DialectWish } from '../../domain/reading.ts';
import { type Dialect, standardDialect } from './dialect.ts';
import type { Effort } from './effort.ts';
import { findDelimiters } from './find-delimiters.ts';
import { type Hypothesis, scoreDialect } from './score-dialect.ts';

/** Bytes looked at in every dialect that comes into question; more only where they hold fewer records than this. */
const samples = [
  { bytes: 48 << 10, least: 10 },
  { bytes: 192 << 10, least: 2 },
] as const;

/** Blanks behind nearly all delimiters are part of them. */
const paddedShare = 0.95;

/** So many where quotes stand behind the blanks. */
const paddedQuotes = 0.5;

/** Part of the records with odd quotes: perhaps quotes mean nothing here. */
const brokenShare = 0.5;

/** Delimiters, the commonest of those that are there, that are tried whatever was spent before. */
const alwaysTried = 3;

/** Dialects that are told besides the one that is taken. */
const shownRunnersUp = 4;

/** The dialect of a text, and what else it might have been, best first. */
export interface DialectDetection {
  readonly best: Hypothesis;
  readonly others: readonly Hypothesis[];
}

/**
 * The dialect under which a text falls into records of equal length whose cells look like values. What is said of it
 * in the request is taken as said, the rest is found out. The order of the rows does not matter. Throws malformedCsv
 * where a row has more cells than any table.
 */
export function detectDialect(all: Buffer, isWhole: boolean, wish: DialectWish, effort: Effort): DialectDetection {
  const text = all.subarray(behindBlankLines(all));
  for (const { bytes, least } of samples) {
    const sample = isWhole && text.length <= bytes ? text : wholeLines(text.subarray(0, bytes));
    const isAll = sample.length === text.length && isWhole;
    const found = detectIn(sample, isAll, wish, effort);
    if (isAll || found.best.records >= least) return found;
  }
  return detectIn(text, isWhole, wish, effort);
}

/** Where the first line begins that is not empty; the length of the text where none does. */
export function behindBlankLines(text: Buffer): number {
  let at = 0;
  while (text[at] === 10 || text[at] === 13) at++;
  return at;
}

/** A piece of text up to its last line end. */
function wholeLines(piece: Buffer): Buffer {
  return piece.subarray(0, piece.lastIndexOf(piece.includes(10) ? 10 : 13) + 1);
}

function detectIn(text: Buffer, isWhole: boolean, wish: DialectWish, effort: Effort): DialectDetection {
  const all = delimitersOf(text, wish).flatMap((one, at) =>
    effort.isSpent && at >= alwaysTried && one.delimiter !== ''
      ? []
      : withDelimiter(text, isWhole, { ...standardDialect, ...one }, wish, effort),
  );
  const ranked = all.sort((a, b) => b.score - a.score);
  const best = ranked[0] ?? scoreDialect(text, standardDialect, isWhole, effort);
  // Rather a table with too many cells than one column; words of long texts are no cells.
  const tooWide = ranked.find(({ dialect, error }) => error !== null && dialect.delimiter !== ' ');
  if (best.columns <= 1 && tooWide?.error) throw tooWide.error;
  return { best, others: ranked.slice(1, 1 + shownRunnersUp).filter(({ error }) => error === null) };
}

type Delimiter = Pick<Dialect, 'delimiter' | 'isPadded'>;

function delimitersOf(text: Buffer, { delimiter }: DialectWish): readonly Delimiter[] {
  if (delimiter === undefined) return findDelimiters(text).map((one) => ({ delimiter: one, isPadded: false }));
  const told = delimiter === '\\t' ? '\t' : delimiter;
  const bare = told.replace(/ +$/, '');
  return [bare === '' || bare === told ? { delimiter: told, isPadded: false } : { delimiter: bare, isPadded: true }];
}

/** All dialects with one delimiter that the text has signs of. */
function withDelimiter(
  text: Buffer,
  isWhole: boolean,
  start: Dialect,
  wish: DialectWish,
  effort: Effort,
): readonly Hypothesis[] {
  const { quote = '"' } = wish;
  const escapedBy = wish.escape ?? quote;
  const score = (dialect: Dialect): Hypothesis => scoreDialect(text, dialect, isWhole, effort);
  let base = score({ ...start, quote, escapedBy });
  const { delimiter, isPadded } = start;
  if (!isPadded && delimiter !== '' && delimiter !== ' ' && base.padded >= paddedShare) {
    const padded = score({ ...base.dialect, isPadded: true });
    // Where the request names the delimiter, blanks behind it are of the values unless quotes stand behind them.
    if (wish.delimiter === undefined || padded.broken < base.broken) base = padded;
  }
  const found = [base];
  if (effort.isSpent) return found;
  // Quotes behind blanks are none to a dialect without them, which then cuts what they hold together.
  if (!base.dialect.isPadded && base.padded >= paddedQuotes && quote !== '' && text.includes(`${delimiter} ${quote}`))
    found.push(score({ ...base.dialect, isPadded: true }));
  if (wish.quote === undefined) {
    for (const other of otherQuotes(base))
      found.push(score({ ...base.dialect, quote: other, escapedBy: wish.escape ?? other }));
  }
  if (wish.escape === undefined) {
    for (const { dialect } of [...found]) {
      if (dialect.quote !== '' && text.includes(`\\${dialect.quote}`))
        found.push(score({ ...dialect, escapedBy: '\\' }));
    }
  }
  return found;
}

/** Quotes that cells have around them, and none where those of the text are broken too often. */
function otherQuotes({ dialect, enclosed, broken, records }: Hypothesis): readonly string[] {
  const least = Math.max(2, records * 0.1);
  const quotes = [...enclosed]
    .filter(
      ([code, count]) =>
        count >= Math.min(least, records) && count > 0 && !dialect.delimiter.includes(String.fromCharCode(code)),
    )
    .map(([code]) => String.fromCharCode(code))
    .filter((quote) => quote !== dialect.quote);
  return broken > records * brokenShare ? [...quotes, ''] : quotes;
}

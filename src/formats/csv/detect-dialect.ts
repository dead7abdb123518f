import type { DialectWish } from '../../domain/reading.ts';
import type { ImportError } from '../../errors.ts';
import { type Dialect, standardDialect } from './dialect.ts';
import type { Effort } from './effort.ts';
import { findDelimiters } from './find-delimiters.ts';
import { type Hypothesis, scoreDialect } from './score-dialect.ts';

/**
 * Bytes looked at in every dialect that comes into question; more only where they hold fewer records than this. What all
 * looks may cost until then is in bytes: at five to ten nanoseconds each less than 40 ms. Then only so many delimiters are
 * tried, those that were best in the smaller sample, or the commonest.
 */
const samples = [
  { bytes: 48 << 10, least: 10, effort: 0.8e6, always: 3 },
  { bytes: 192 << 10, least: 2, effort: 1.2e6, always: 3 },
  { bytes: Number.POSITIVE_INFINITY, least: 0, effort: 2.2e6, always: 2 },
] as const;

/** Blanks behind nearly all delimiters are part of them. */
const paddedShare = 0.95;

/** So many where quotes stand behind the blanks. */
const paddedQuotes = 0.5;

/** Part of the records with odd quotes: perhaps quotes mean nothing here. */
const brokenShare = 0.5;

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
  let found: Ranking | undefined;
  for (const { bytes, least, effort: allowed, always } of samples) {
    const sample = text.length <= bytes ? text : wholeLines(text.subarray(0, bytes));
    const isAll = sample.length === text.length && isWhole;
    // There are not more records than lines, but a few lines already tell the likeliest.
    if (
      !isAll &&
      least > 0 &&
      sample.length > rankedBytes &&
      !hasLines(sample, least, 10) &&
      !hasLines(sample, least, 13)
    )
      continue;
    effort.allowed = allowed;
    found = detectIn(sample, isAll, wish, effort, always, found?.ranked ?? []);
    if (isAll || found.best.records >= least) break;
  }
  if (found === undefined) throw new Error('the last sample is always looked at');
  const { best, ranked } = found;
  const tooWide = tooWideOf(found);
  if (tooWide !== null) throw tooWide;
  return { best, others: ranked.slice(1, 1 + shownRunnersUp).filter(({ error }) => error === null) };
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

/** Samples up to this size are looked at whatever they hold: they tell in what order to try delimiters. */
const rankedBytes = 8 << 10;

/** Whether a text has so many line ends of a kind. */
function hasLines(text: Buffer, least: number, lineEnd: number): boolean {
  let at = -1;
  for (let lines = 0; lines < least; lines++) {
    at = text.indexOf(lineEnd, at + 1);
    if (at < 0) return false;
  }
  return true;
}

/** Dialects of a sample, the best first. */
interface Ranking {
  readonly best: Hypothesis;
  readonly ranked: readonly Hypothesis[];
}

/** `before`: what was best in a smaller sample is tried first. `always`: so many delimiters are tried whatever was spent. */
function detectIn(
  text: Buffer,
  isWhole: boolean,
  wish: DialectWish,
  effort: Effort,
  always: number,
  before: readonly Hypothesis[],
): Ranking {
  const delimiters = delimitersOf(text, wish, effort);
  const rankOf = ({ delimiter }: Delimiter): number => {
    const rank = before.findIndex(({ dialect, score }) => dialect.delimiter === delimiter && score > 0);
    return rank < 0 ? before.length : rank;
  };
  const found = new Map<Delimiter, readonly Hypothesis[]>();
  for (const [at, one] of delimiters.toSorted((a, b) => rankOf(a) - rankOf(b)).entries()) {
    const mayTry = at < always || one.delimiter === '' || effort.allows(text.length);
    if (mayTry) found.set(one, withDelimiter(text, isWhole, { ...standardDialect, ...one }, wish, effort));
  }
  // Of equals the first of the list is taken, in whatever order they were tried.
  const ranked = delimiters.flatMap((one) => found.get(one) ?? []).sort((a, b) => b.score - a.score);
  return { best: ranked[0] ?? scoreDialect(text, standardDialect, isWhole, effort), ranked };
}

/** Rather a table with too many cells than one column; words of long texts are no cells. */
function tooWideOf({ best, ranked }: Ranking): ImportError | null {
  const tooWide = ranked.find(({ dialect, error }) => error !== null && dialect.delimiter !== ' ');
  return best.columns <= 1 ? (tooWide?.error ?? null) : null;
}

type Delimiter = Pick<Dialect, 'delimiter' | 'isPadded'>;

function delimitersOf(text: Buffer, { delimiter }: DialectWish, effort: Effort): readonly Delimiter[] {
  if (delimiter === undefined) return findDelimiters(text, effort).map((one) => ({ delimiter: one, isPadded: false }));
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
  const mayLook = (): boolean => effort.allows(text.length);
  // Quotes behind blanks are none to a dialect without them, which then cuts what they hold together.
  if (
    mayLook() &&
    !base.dialect.isPadded &&
    base.padded >= paddedQuotes &&
    quote !== '' &&
    text.includes(`${delimiter} ${quote}`)
  )
    found.push(score({ ...base.dialect, isPadded: true }));
  if (wish.quote === undefined) {
    for (const other of otherQuotes(base))
      if (mayLook()) found.push(score({ ...base.dialect, quote: other, escapedBy: wish.escape ?? other }));
  }
  if (wish.escape === undefined) {
    for (const { dialect } of [...found]) {
      if (mayLook() && dialect.quote !== '' && text.includes(`\\${dialect.quote}`))
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

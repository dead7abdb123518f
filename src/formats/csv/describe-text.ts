import type { DialectWish } from '../../domain/reading.ts';
import { behindBlankLines, detectDialect } from './detect-dialect.ts';
import type { Dialect } from './dialect.ts';
import { Effort } from './effort.ts';
import { commentLines, findComment, namesOfComments } from './find-comment.ts';
import { findTable, type LeftLine, type TablePlace } from './find-table.ts';
import { type FooterLine, findFooter } from './footer.ts';
import { findParts, type Part } from './parts.ts';
import { type Hypothesis, scoreDialect } from './score-dialect.ts';
import { textRecords } from './text-records.ts';

/** One table of a text. */
export interface TextTable extends TablePlace {
  /** Cells that most rows have. */
  readonly columns: number;
  /** Where it ends in the text; null: with the text. */
  readonly to: number | null;
  /** Lines behind the table: sources, remarks, sums. */
  readonly after: readonly LeftLine[];
}

/** All that is found out of a text before its rows are read. */
export interface TextDescription {
  readonly dialect: Dialect;
  /** None where the text has no record. */
  readonly tables: readonly TextTable[];
  /** The dialect that was taken, as it was scored, and those that were not. */
  readonly best: Hypothesis;
  readonly others: readonly Hypothesis[];
}

/** Records looked at to tell names from values. */
const lookedAt = 1000;

/** Bytes looked at for it, where rows are long, and records where one is longer than that. */
const lookedAtBytes = 128 << 10;
const lookedAtLong = 5;

/** Texts up to this size are looked through for several tables and for what stands behind them. */
const maxWholeBytes = 1 << 20;

/**
 * Finds dialect and tables of the beginning of a text, UTF-8 without NUL characters. `isWhole`: it is the
 * whole text. `effort` counts what that takes.
 */
export function describeText(
  all: Buffer,
  isWhole: boolean,
  wish: DialectWish,
  effort: Effort = new Effort(),
): TextDescription {
  const declared = wish.delimiter === undefined && wish.skipRows === undefined ? declaredDelimiter(all) : null;
  if (declared !== null) {
    const { delimiter, value, rest } = declared;
    const skipped = { offset: all.length - rest.length, line: 2, before: [{ line: 1, value }] };
    const found = describeFrom(rest, skipped, isWhole, { ...wish, delimiter }, effort);
    if (found.best.columns > 1) return found;
  }
  const skipped = wish.skipRows === undefined ? { offset: 0, line: 1 } : behindLines(all, wish.skipRows);
  return describeFrom(all.subarray(skipped.offset), { ...skipped, before: [] }, isWhole, wish, effort);
}

/** What was left out at the beginning of a text: where the rest begins, and the lines that are told. */
interface Skipped {
  readonly offset: number;
  readonly line: number;
  readonly before: readonly LeftLine[];
}

/** The line in which Excel is told what stands between cells (`sep=;`), and the text behind it. */
function declaredDelimiter(
  all: Buffer,
): { readonly delimiter: string; readonly value: string; readonly rest: Buffer } | null {
  const [line = '', value = '', delimiter = ''] =
    /^("?sep=([^\r\n"])"?)\r?\n/i.exec(all.toString('latin1', 0, 16)) ?? [];
  // A character of several bytes is none that Excel takes.
  if (line === '' || delimiter > '\x7f') return null;
  return { delimiter, value, rest: all.subarray(line.length) };
}

/** The same for the text behind what is skipped. */
function describeFrom(
  text: Buffer,
  skipped: Skipped,
  isWhole: boolean,
  wish: DialectWish,
  effort: Effort,
): TextDescription {
  const { best, others } = detectDialect(text, isWhole, wish, effort);
  if (behindBlankLines(text) === text.length) return { dialect: best.dialect, tables: [], best, others };
  const comment = findComment(text, best, isWhole, effort);
  const dialect = { ...best.dialect, comment };
  const mayHaveParts = isWhole && text.length <= maxWholeBytes && wish.skipRows === undefined && best.columns > 1;
  const parts: readonly Part[] = mayHaveParts
    ? findParts(text, dialect, effort)
    : [{ from: 0, to: text.length, line: 1 }];
  const tables = parts.flatMap((part) => {
    const piece = text.subarray(part.from, part.to);
    const columns = parts.length === 1 ? best.columns : scoreDialect(piece, dialect, true, effort).columns;
    const looked = piece.length > lookedAtBytes ? piece.subarray(0, lookedAtBytes) : piece;
    const isAll = isWhole && looked.length === piece.length;
    let records = textRecords(looked, dialect, isAll, columns, lookedAt, effort);
    if (records.length < 2 && looked !== piece)
      records = textRecords(piece, dialect, isWhole, columns, lookedAtLong, effort);
    const found = findTable(records, columns, dialect, wish);
    if (found === undefined) return [];
    const place = withComments(found, piece, columns, comment);
    const footer = mayHaveParts ? findFooter(piece, dialect, columns, place, effort) : undefined;
    const isOpen = footer === undefined && part.to === text.length;
    return [{ ...shifted(place, part, skipped), columns, ...endOf(isOpen, part, footer, skipped) }];
  });
  return { dialect, tables, best, others };
}

/** A place with the comments before it told, and with the names that they give where there are no others. */
function withComments(place: TablePlace, piece: Buffer, columns: number, comment: string): TablePlace {
  const known = new Set(place.before.map(({ line }) => line));
  const comments = commentLines(piece.subarray(0, place.from), comment).filter(({ line }) => !known.has(line));
  const before = [...place.before, ...comments].sort((a, b) => a.line - b.line);
  const names = place.headerRows === 0 ? namesOfComments(comments, columns) : undefined;
  return { ...place, before, names: names ?? place.names };
}

/** Places in a part as places in the text. */
function shifted(place: TablePlace, part: Part, skipped: Skipped): TablePlace {
  const lines = part.line - 1 + skipped.line - 1;
  return {
    ...place,
    from: place.from + part.from + skipped.offset,
    line: place.line + lines,
    before: [
      ...(part.from === 0 ? skipped.before : []),
      ...place.before.map(({ line, value }) => ({ line: line + lines, value })),
    ],
  };
}

function endOf(
  isOpen: boolean,
  part: Part,
  footer: readonly FooterLine[] | undefined,
  skipped: Skipped,
): Pick<TextTable, 'to' | 'after'> {
  const lines = part.line - 1 + skipped.line - 1;
  const first = footer?.[0];
  return {
    to: isOpen ? null : (first === undefined ? part.to : part.from + first.offset) + skipped.offset,
    after: (footer ?? []).map(({ line, cells }) => ({ line: line + lines, value: cells.join(' ').trim() })),
  };
}

/** Where the text goes on behind so many lines. */
function behindLines(text: Buffer, lines: number): { readonly offset: number; readonly line: number } {
  let offset = 0;
  let line = 1;
  for (; line <= lines && offset < text.length; line++) {
    while (offset < text.length && text[offset] !== 10 && text[offset] !== 13) offset++;
    offset += text[offset] === 13 && text[offset + 1] === 10 ? 2 : 1;
  }
  return { offset: Math.min(offset, text.length), line };
}

import type { DialectWish } from '../../domain/reading.ts';
import { behindBlankLines, detectDialect } from './detect-dialect.ts';
import type { Dialect } from './dialect.ts';
import { Effort } from './effort.ts';
import { findComment } from './find-comment.ts';
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

/** Bytes looked at for it, where rows are long. */
const lookedAtBytes = 128 << 10;

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
  const skipped = wish.skipRows === undefined ? { offset: 0, line: 1 } : behindLines(all, wish.skipRows);
  const text = all.subarray(skipped.offset);
  const detected = detectDialect(text, isWhole, wish, effort);
  const { best, others } = detected;
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
      records = textRecords(piece, dialect, isWhole, columns, lookedAt, effort);
    const place = findTable(records, columns, dialect, wish);
    if (place === undefined) return [];
    const footer = mayHaveParts ? findFooter(piece, dialect, columns, place, effort) : undefined;
    const isOpen = footer === undefined && part.to === text.length;
    return [{ ...shifted(place, part, skipped), columns, ...endOf(isOpen, part, footer, skipped) }];
  });
  return { dialect, tables, best, others };
}

/** Places in a part as places in the text. */
function shifted(
  place: TablePlace,
  part: Part,
  skipped: { readonly offset: number; readonly line: number },
): TablePlace {
  const lines = part.line - 1 + skipped.line - 1;
  return {
    ...place,
    from: place.from + part.from + skipped.offset,
    line: place.line + lines,
    before: place.before.map(({ line, value }) => ({ line: line + lines, value })),
  };
}

function endOf(
  isOpen: boolean,
  part: Part,
  footer: readonly FooterLine[] | undefined,
  skipped: { readonly offset: number; readonly line: number },
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

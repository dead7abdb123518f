import type { CellRecord } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import type { Dialect } from './dialect.ts';
import type { Effort } from './effort.ts';
import { scanText } from './scan.ts';

/** Quotes that swallow lines are passed over so often at most: each time the rest is read again. */
const maxRestarts = 12;

/** A quote that is still open behind so many bytes is not closed: quoted cells of several lines are shorter. */
const openBytes = 8 << 10;

/** Broken records that are kept, and bytes of the longest. */
const keptLines = 20;
const keptBytes = 16 << 10;

/** What a scan came upon besides the records it handed on. */
export interface SampleScan {
  /** Records whose broken quotes went on over the lines behind them, and were passed over. */
  readonly swallowed: number;
  /** The first broken records of one line, as they stand in the text. */
  readonly brokenLines: readonly Buffer[];
  /** Why the text cannot be read in this dialect: a row has more cells than any table. */
  readonly error: ImportError | null;
}

type Look = (record: CellRecord, isBroken: boolean) => void;

/** Ends a scan at a record whose quotes swallow the lines behind it. */
class Swallowing extends Error {
  readonly offset: number;
  readonly read: number;
  constructor(offset: number, read: number) {
    super();
    this.offset = offset;
    this.read = read;
  }
}

/**
 * Looks at the records of a text as a dialect cuts them. One whose broken quotes go on over several lines is one broken
 * line: the next is read by itself, so that a single stray quote does not hide all that is behind it.
 */
export function scanSample(text: Buffer, dialect: Dialect, isWhole: boolean, effort: Effort, look: Look): SampleScan {
  const brokenLines: Buffer[] = [];
  let swallowed = 0;
  let rest = text;
  try {
    for (;;) {
      const mayStop = swallowed < maxRestarts && !effort.isSpent;
      const { offset, read } = scanUpToSwallowing(rest, dialect, isWhole, mayStop, brokenLines, look);
      effort.spend(read);
      if (offset === undefined) break;
      swallowed++;
      const lineEnd = lineEndFrom(rest, offset);
      if (lineEnd >= rest.length || !mayStop) break;
      rest = rest.subarray(lineEnd + 1);
    }
    return { swallowed, brokenLines, error: null };
  } catch (error) {
    if (error instanceof ImportError) return { swallowed, brokenLines, error };
    throw error;
  }
}

/** Where the record begins that swallows others, undefined where none does, and how many bytes were read to find it. */
function scanUpToSwallowing(
  text: Buffer,
  dialect: Dialect,
  isWhole: boolean,
  mayStop: boolean,
  brokenLines: Buffer[],
  look: Look,
): { readonly offset: number | undefined; readonly read: number } {
  try {
    const state = scanText(text, dialect, isWhole, { base: 0 }, (record, { isBroken, innerLines }) => {
      const offset = record.offset ?? 0;
      if (isBroken && innerLines > 0 && mayStop) throw new Swallowing(offset, record.ends[record.count - 1] ?? offset);
      look(record, isBroken);
      if (isBroken && brokenLines.length < keptLines) {
        const line = text.subarray(offset, lineEndFrom(text.subarray(0, offset + keptBytes + 1), offset));
        if (line.length <= keptBytes) brokenLines.push(line);
      }
    });
    const isOpen = state.openQuoteLine > 0 && (isWhole || text.length - state.begin > openBytes);
    return { offset: isOpen ? state.begin : undefined, read: text.length };
  } catch (error) {
    if (error instanceof Swallowing) return error;
    throw error;
  }
}

/** Where the line ends that `from` is in: before a line feed, or a carriage return without one. */
function lineEndFrom(text: Buffer, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== 10 && (text[at] !== 13 || text[at + 1] === 10)) at++;
  return at;
}

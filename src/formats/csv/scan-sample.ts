import type { CellRecord } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import type { Dialect } from './dialect.ts';
import type { Effort } from './effort.ts';
import { scannable, scanScannable } from './scan.ts';

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
  readonly to: number;
  constructor(offset: number, to: number) {
    super();
    this.offset = offset;
    this.to = to;
  }
}

/**
 * Looks at the records of a text as a dialect cuts them. One whose broken quotes go on over several lines is one broken
 * line: the next is read by itself, so that a single stray quote does not hide all that is behind it.
 */
export function scanSample(text: Buffer, dialect: Dialect, isWhole: boolean, effort: Effort, look: Look): SampleScan {
  const brokenLines: Buffer[] = [];
  const bytes = scannable(text);
  let swallowed = 0;
  let from = 0;
  try {
    for (;;) {
      const mayStop = swallowed < maxRestarts && !effort.isSpent;
      const { offset, to } = scanUpToSwallowing(bytes, from, dialect, isWhole, mayStop, brokenLines, look);
      effort.spend(to - from);
      if (offset === undefined) break;
      swallowed++;
      const lineEnd = lineEndFrom(text, offset);
      if (lineEnd >= text.length || !mayStop) break;
      from = lineEnd + 1;
    }
    return { swallowed, brokenLines, error: null };
  } catch (error) {
    if (error instanceof ImportError) return { swallowed, brokenLines, error };
    throw error;
  }
}

/** Where the record begins that swallows others, undefined where none does, and up to where was read to find it. */
function scanUpToSwallowing(
  bytes: Buffer,
  from: number,
  dialect: Dialect,
  isWhole: boolean,
  mayStop: boolean,
  brokenLines: Buffer[],
  look: Look,
): { readonly offset: number | undefined; readonly to: number } {
  const to = bytes.length - 2;
  try {
    const state = scanScannable(bytes, from, dialect, isWhole, { base: 0 }, (record, { isBroken, innerLines }) => {
      const offset = record.offset ?? 0;
      if (isBroken && innerLines > 0 && mayStop) throw new Swallowing(offset, offset + lengthOf(record));
      look(record, isBroken);
      if (isBroken && brokenLines.length < keptLines) {
        const line = bytes.subarray(
          offset,
          lineEndFrom(bytes.subarray(0, Math.min(to, offset + keptBytes + 1)), offset),
        );
        if (line.length <= keptBytes) brokenLines.push(line);
      }
    });
    const isOpen = state.openQuoteLine > 0 && (isWhole || to - state.begin > openBytes);
    return { offset: isOpen ? state.begin : undefined, to };
  } catch (error) {
    if (error instanceof Swallowing) return error;
    throw error;
  }
}

/** From its first cell to the end of its last; one that was written anew stands elsewhere. */
const lengthOf = ({ starts, ends, count }: CellRecord): number => (ends[count - 1] ?? 0) - (starts[0] ?? 0);

/** Where the line ends that `from` is in: before a line feed, or a carriage return without one. */
function lineEndFrom(text: Buffer, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== 10 && (text[at] !== 13 || text[at + 1] === 10)) at++;
  return at;
}

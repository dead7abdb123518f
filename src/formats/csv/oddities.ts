import type { CellRecord } from '../../domain/layer.ts';
import type { LeftLine } from './find-table.ts';
import type { OnOddity } from './scan.ts';

/** Cases of each kind that are told in full; the others are only counted. */
const firstCases = 100;

/** Characters of a raw line that are told. */
const valueCharacters = 200;

interface Case {
  readonly row?: number;
  readonly line: number;
  readonly value?: string;
}

/** Counts what a text had that is not in the table as it stood there; the keys are the wire's. */
export class Oddities {
  readonly #counts = new Map<string, { count: number; readonly first: Case[] }>();
  /** Most cells that a row had beyond those that have a column. */
  extraCells = 0;
  nulCharacters = 0;

  #add(key: string, one: () => Case): void {
    const known = this.#counts.get(key) ?? { count: 0, first: [] };
    this.#counts.set(key, known);
    if (known.count++ < firstCases) known.first.push(one());
  }

  /** Lines before or behind the table. */
  leave(key: 'skipped_lines' | 'footer_lines', lines: readonly LeftLine[]): void {
    for (const { line, value } of lines) this.#add(key, () => ({ line, value: value.slice(0, valueCharacters) }));
  }

  /** A character of the file that its encoding does not have, in a row; 0: in its header. */
  replaced(row: number, line: number): void {
    this.#add('invalid_characters', () => ({ row, line }));
  }

  /** A row that seems to be in another encoding than the text around it. */
  mixed({ bytes, starts, ends, count, row, line }: CellRecord): void {
    this.#add('mixed_encodings', () => ({ row, line, value: rawText(bytes, starts[0] ?? 0, ends[count - 1] ?? 0) }));
  }

  /** What a scan tells; `width` is the number of columns that the header gives. */
  ofScan(width: number): OnOddity {
    return (kind, record, begin, end) => {
      if (kind === 'extra_cells') this.extraCells = Math.max(this.extraCells, record.count - width);
      else this.#add(kind, () => caseOf(kind, record, begin, end));
    };
  }

  /** All counts, as warnings. */
  all(): Readonly<Record<string, unknown>> {
    const all: Record<string, unknown> = Object.fromEntries(this.#counts);
    if (this.nulCharacters > 0) all.nul_characters = { count: this.nulCharacters };
    return all;
  }
}

/** The beginning of a line, as it stands there. */
function rawText(bytes: Buffer, begin: number, end: number): string {
  const raw = bytes.toString('utf8', begin, Math.min(end, begin + valueCharacters * 4));
  return raw.replace(/[\r\n]+$/, '').slice(0, valueCharacters);
}

function caseOf(kind: string, record: CellRecord, begin: number, end: number): Case {
  const { line } = record;
  const value = rawText(record.bytes, begin, end);
  return kind === 'comment_lines' ? { line, value } : { row: record.row + 1, line, value };
}

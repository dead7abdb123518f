import type { TextTable } from './describe-text.ts';
import type { Dialect } from './dialect.ts';
import type { Description } from './head.ts';
import type { Hypothesis } from './score-dialect.ts';

/** Characters after the decimal point of a score: more mean nothing. */
const scoreDigits = 3;

/** What was found out of a table of delimited text, for the import's report. */
export function reportOf(
  { charset, dialect, best, others, text }: Description,
  table: TextTable,
  at: number,
): Readonly<Record<string, unknown>> {
  const { encoding, by, markBytes } = charset;
  return {
    encoding: { used: encoding, by, byte_order_mark: markBytes > 0, others: charset.others },
    dialect: {
      ...dialectOf(dialect),
      row_ends: rowEnds(text),
      header_rows: table.headerRows,
      first_line: table.line,
      columns: table.columns,
      table: at + 1,
      consistency: round(best.consistency),
      score: round(best.score),
    },
    other_dialects: others.map(otherOf),
  };
}

const dialectOf = ({ delimiter, isPadded, quote, escapedBy, comment }: Dialect): Readonly<Record<string, unknown>> => ({
  delimiter: isPadded ? `${delimiter} ` : delimiter,
  quote,
  escape: escapedBy,
  ...(comment === '' ? {} : { comment }),
});

const otherOf = ({ dialect, columns, consistency, score }: Hypothesis): Readonly<Record<string, unknown>> => ({
  ...dialectOf(dialect),
  columns,
  consistency: round(consistency),
  score: round(score),
});

const round = (score: number): number => Number(score.toFixed(scoreDigits));

/** Bytes looked at for row ends. */
const lookedAtBytes = 1 << 16;

function rowEnds(text: Buffer): readonly string[] {
  const looked = text.toString('latin1', 0, lookedAtBytes);
  const found = [
    [/\r\n/, 'CRLF'],
    [/(?<!\r)\n/, 'LF'],
    [/\r(?!\n|$)/, 'CR'],
  ] as const;
  return found.filter(([pattern]) => pattern.test(looked)).map(([, name]) => name);
}

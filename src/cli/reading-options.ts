import { readFileSync } from 'node:fs';
import type { ImportParameters } from './api-client.ts';
import { UsageError } from './command.ts';

/** Options of the command line that say how files are to be read, as node:util's parseArgs takes them. */
export const readingOptions = {
  'no-type-guessing': { type: 'boolean' },
  layers: { type: 'string' },
  encoding: { type: 'string' },
  'source-srid': { type: 'string' },
  delimiter: { type: 'string' },
  quote: { type: 'string' },
  escape: { type: 'string' },
  header: { type: 'string' },
  'skip-rows': { type: 'string' },
  'null-values': { type: 'string' },
  decimal: { type: 'string' },
  'date-order': { type: 'string' },
  'extra-cells': { type: 'string' },
  columns: { type: 'string' },
  'max-rejects': { type: 'string' },
  'metadata-url': { type: 'string' },
  recipe: { type: 'string' },
} as const;

type Values = Readonly<Partial<Record<keyof typeof readingOptions, string | boolean | undefined>>>;

/** Their lines of `--help`. */
export const readingHelp: readonly string[] = [
  '  --no-type-guessing                   every column is text',
  '  --layers NAME,NAME                   only these layers or files of an archive',
  '  --encoding NAME                      encoding of the text; found out unless said',
  '  --source-srid CODE                   EPSG code of the coordinates, whatever the file says',
  '  --delimiter TEXT, --quote C, --escape C, --header true|false|ROWS, --skip-rows N',
  '                                       how delimited text is written; found out unless said',
  '  --null-values TEXT,TEXT              texts that mean NULL',
  '  --decimal .|,   --date-order dmy|mdy|ymd',
  '                                       how numbers and dates are written',
  '  --extra-cells columns|reject         where cells beyond the last column go',
  '  --columns JSON|@FILE                 what is said of single columns: {"id":"text"}',
  '  --max-rejects N|N%                   more rejects than this fail the import',
  '  --metadata-url URL                   a description in CSVW or Frictionless Data',
  '  --recipe JSON|@FILE                  all of these at once: the `recipe` of `landfall analyze --json`, or the\n                                       name of one that the account keeps',
];

/** Options that may be read from a file. */
const fromFile = new Set(['columns', 'recipe']);

/** The parameters of an import that the options stand for. Throws UsageError where a file cannot be read. */
export function toReadingParameters(values: Values): ImportParameters {
  const names = Object.keys(readingOptions) as readonly (keyof typeof readingOptions)[];
  const said = names.flatMap((name): [string, string][] => {
    const value = values[name];
    if (name === 'no-type-guessing') return value === true ? [['type_guessing', 'false']] : [];
    if (typeof value !== 'string') return [];
    return [[name.replaceAll('-', '_'), fromFile.has(name) ? textOrFile(name, value) : value]];
  });
  return Object.fromEntries(said);
}

function textOrFile(name: string, value: string): string {
  if (!value.startsWith('@')) return value;
  try {
    return readFileSync(value.slice(1), 'utf8');
  } catch (cause) {
    throw new UsageError(`--${name}: ${value.slice(1)} cannot be read`, { cause });
  }
}

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { defaultReading } from '../../src/domain/reading.ts';
import { ImportError } from '../../src/errors.ts';
import { openFiles } from '../../src/read/open-files.ts';
import { readToEnd } from '../../test/support/read-csv.ts';

/** What a file may end as: one of several. */
interface Outcome {
  readonly state: 'complete' | 'failure';
  readonly codes?: readonly (number | null | 'any')[];
  readonly tables?: readonly { readonly rows?: number }[];
}

interface Case {
  readonly file?: string;
  readonly any: readonly Outcome[];
}

/** Whether a folder holds files with expectations. */
export const isExpectations = (folder: string): boolean =>
  existsSync(join(folder, 'files')) && existsSync(join(folder, 'expectations.json'));

/** What became of a file: the rows of its tables, or the code that it ended with. */
type Found = { readonly rows: readonly number[] } | { readonly code: number };

async function readFile(path: string, typeGuessing: boolean): Promise<Found> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-score-'));
  try {
    const file = { path, name: basename(path), sizeBytes: statSync(path).size, mediaType: null };
    const limits = { maxRows: 10_000_000, maxUnpackedBytes: 1 << 30, maxTables: 50 };
    const options = { ...defaultReading, typeGuessing, ...limits };
    const { layers } = await openFiles([file], options, { folder });
    const rows: number[] = [];
    for (const { layer, options: own } of layers) rows.push((await readToEnd(layer, own)).rows);
    return { rows };
  } catch (error) {
    if (error instanceof ImportError) return { code: error.code };
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isExpected(found: Found, { state, codes = [], tables = [] }: Outcome): boolean {
  if ('code' in found) return state === 'failure' && (codes.includes('any') || codes.includes(found.code));
  const left = [...found.rows];
  // Tables that are not spoken of are no fault: what is empty beside others may be a table or a failure.
  return (
    state === 'complete' &&
    tables.every(({ rows }) => {
      const at = rows === undefined ? 0 : left.indexOf(rows);
      return at >= 0 && left.splice(at, 1).length === 1;
    })
  );
}

/**
 * Reads every file of a folder with expectations, archives too, and compares how it ends: failure and code, or the
 * the rows of the tables. Names, types and values are held by the tests of acceptance. Lines to print.
 */
export async function scoreExpectations(folder: string, typeGuessing: boolean): Promise<readonly string[]> {
  const { cases } = JSON.parse(readFileSync(join(folder, 'expectations.json'), 'utf8')) as {
    readonly cases: readonly Case[];
  };
  const wrong: string[] = [];
  const looked = cases.filter(({ file }) => file !== undefined && existsSync(join(folder, file)));
  for (const { file = '', any } of looked) {
    const found = await readFile(join(folder, file), typeGuessing);
    if (!any.some((outcome) => isExpected(found, outcome))) wrong.push(`  ${file}: ${JSON.stringify(found)}`);
  }
  return [`files ${looked.length}, as expected ${looked.length - wrong.length}`, ...wrong];
}

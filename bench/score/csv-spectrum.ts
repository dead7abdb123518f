import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { loadTable } from './load-table.ts';

/** Whether a folder has the layout of csv-spectrum. */
export const isCsvSpectrum = (folder: string): boolean =>
  existsSync(join(folder, 'csvs')) && existsSync(join(folder, 'json'));

/** Loads every file and compares its rows with those of the JSON file of its name; lines to print. */
export async function scoreCsvSpectrum(folder: string, typeGuessing: boolean): Promise<readonly string[]> {
  const files = readdirSync(join(folder, 'csvs')).filter((name) => name.endsWith('.csv'));
  const wrong: string[] = [];
  for (const file of files) {
    const expected: unknown = JSON.parse(readFileSync(join(folder, 'json', file.replace(/csv$/, 'json')), 'utf8'));
    const { rows, error } = await loadTable(join(folder, 'csvs', file), typeGuessing);
    const [names = [], ...values] = rows;
    const found = values.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? ''])));
    if (error !== null || !isDeepStrictEqual(found, expected))
      wrong.push(`  ${file}: ${error ?? JSON.stringify(found)}`);
  }
  return [`files ${files.length}, exact ${files.length - wrong.length}`, ...wrong];
}

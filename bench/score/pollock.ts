import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTable, type PrintedTable } from './load-table.ts';
import { normalise } from './normalise.ts';
import { readClean } from './read-clean.ts';

/** What one file of the benchmark scores. */
export interface FileScore {
  readonly file: string;
  /** 0 to 10. */
  readonly score: number;
  readonly weight: number;
  /** What is missing, in words. */
  readonly lost: string;
}

type Rows = PrintedTable['rows'];

/** How many the two have in common, each as often as it is in both. */
function shared(wanted: readonly string[], found: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const one of wanted) counts.set(one, (counts.get(one) ?? 0) + 1);
  let all = 0;
  for (const one of found) {
    const left = counts.get(one) ?? 0;
    if (left === 0) continue;
    counts.set(one, left - 1);
    all++;
  }
  return all;
}

/** Precision, recall and their harmonic mean, summed; 3 where nothing is wanted, as the benchmark has it. */
function agreement(wanted: readonly string[], found: readonly string[]): number {
  if (wanted.length === 0) return 3;
  const both = shared(wanted, found);
  if (both === 0) return 0;
  const precision = both / wanted.length;
  const recall = both / found.length;
  return precision + recall + (2 * precision * recall) / (precision + recall);
}

/** The score of a loaded table by Pollock's definition (Vitagliano et al., PVLDB 16, 2023): success, header, records, cells. */
export function scoreTable(
  clean: Rows,
  { rows, error }: PrintedTable,
): { readonly score: number; readonly lost: string } {
  if (error !== null) return { score: 0, lost: error };
  if (clean.length === 0) return { score: 10, lost: '' };
  const wanted = clean.map((row) => row.map(normalise));
  const found = rows.map((row) => row.map(normalise));
  const joined = (all: readonly (readonly string[])[]): readonly string[] => all.slice(1).map((row) => row.join(''));
  const parts = {
    header: agreement(wanted[0] ?? [], found[0] ?? []),
    records: agreement(joined(wanted), joined(found)),
    cells: agreement(wanted.flat(), found.flat()),
  };
  const lost = Object.entries(parts)
    .filter(([, value]) => value < 3)
    .map(([name, value]) => `${name} -${(3 - value).toFixed(3)}`)
    .join(', ');
  return { score: 1 + parts.header + parts.records + parts.cells, lost };
}

/** Whether a folder has the benchmark's layout. */
export const isPollock = (folder: string): boolean =>
  existsSync(join(folder, 'csv')) && existsSync(join(folder, 'clean'));

/** Loads and scores every file of a folder in the benchmark's layout. */
export async function scorePollock(folder: string, typeGuessing: boolean): Promise<readonly FileScore[]> {
  const weightsFile = ['weights.json', 'pollock_weights.json'].map((name) => join(folder, name)).find(existsSync);
  const weights: unknown = weightsFile === undefined ? {} : JSON.parse(readFileSync(weightsFile, 'utf8'));
  const scores: FileScore[] = [];
  for (const file of readdirSync(join(folder, 'csv')).filter((name) => name.endsWith('.csv'))) {
    const clean = readClean(readFileSync(join(folder, 'clean', file), 'utf8'));
    const printed = await loadTable(join(folder, 'csv', file), typeGuessing);
    scores.push({ file, ...scoreTable(clean, printed), weight: (weights as Record<string, number>)[file] ?? 1 });
  }
  return scores;
}

const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);

/** Files that are listed with what they lost. */
const worstShown = 25;

/** The figures of all files, as lines to print. */
export function summarisePollock(scores: readonly FileScore[]): readonly string[] {
  const simple = sum(scores.map(({ score }) => score)) / scores.length;
  const weighted = sum(scores.map(({ score, weight }) => score * weight)) / sum(scores.map(({ weight }) => weight));
  const worst = scores.filter(({ score }) => score < 9.9999).sort((a, b) => a.score - b.score);
  return [
    `files ${scores.length}, simple ${simple.toFixed(3)}, weighted ${weighted.toFixed(3)}`,
    ...worst.slice(0, worstShown).map(({ file, score, lost }) => `  ${score.toFixed(3)}  ${file}  (${lost})`),
    ...(worst.length > worstShown ? [`  and ${worst.length - worstShown} more below 10`] : []),
  ];
}

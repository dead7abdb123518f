import { readFileSync } from 'node:fs';
import type { LocalFile } from '../../domain/layer.ts';
import { isCsvw, readCsvw } from './csvw.ts';
import type { FileDescription } from './description.ts';
import { isFrictionless, readFrictionless } from './frictionless.ts';

/** Largest file of metadata, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Whether a file is called as descriptions of other files are: `NAME-metadata.json`, `datapackage.json`. */
export const isMetadataName = (path: string): boolean => /(^|[-._/])(metadata|datapackage)\.json$/i.test(path);

/** Problems of one file that are told. */
const MOST_PROBLEMS = 20;

/** What a file of metadata says. */
export interface Descriptions {
  readonly files: readonly FileDescription[];
  /** In sentences, what it says and cannot be heeded. */
  readonly problems: readonly string[];
}

/** What a file of metadata says of others, or in a sentence why it says nothing. Never throws for what is in it. */
export function readDescriptions(file: LocalFile): Descriptions | string {
  if (file.sizeBytes > MAX_BYTES) return `${file.name} is longer than ${MAX_BYTES} bytes and was not read.`;
  const problems = new Set<string>();
  const tell = (problem: string): void => {
    if (problems.size < MOST_PROBLEMS) problems.add(problem);
  };
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file.path, 'utf8').replace(/^\ufeff/, ''));
  } catch {
    return `${file.name} is not valid JSON.`;
  }
  const files = isFrictionless(document)
    ? readFrictionless(document, tell)
    : isCsvw(document)
      ? withOwnName(readCsvw(document, tell), file.name)
      : null;
  if (files !== null) return { files, problems: [...problems] };
  return `${file.name} describes the other files in words that are not known: CSVW and Frictionless Data are.`;
}

/** `NAME-metadata.json` without a URL is about NAME. */
function withOwnName(files: readonly FileDescription[], name: string): readonly FileDescription[] {
  const own = /^(.+)-metadata\.json$/i.exec(name)?.[1] ?? null;
  if (own === null || own.toLowerCase() === 'csv') return files;
  return files.map((description) => ({ ...description, file: description.file ?? own }));
}

/** The description of a file among those that were found; null where none is about it. */
export function descriptionOf(
  descriptions: readonly FileDescription[],
  name: string,
  isOnlyFile: boolean,
): FileDescription | null {
  const wanted = name.toLowerCase();
  const stem = wanted.replace(/\.[^.]*$/, '');
  const named = descriptions.find(({ file }) => file !== null && [wanted, stem].includes(file.toLowerCase()));
  if (named !== undefined) return named;
  const [only] = descriptions;
  return isOnlyFile && descriptions.length === 1 && only !== undefined ? only : null;
}

/** What is opened of the files of a job, and one file of it. */
import type { Warnings } from '../domain/import.ts';
import type { Layer, LocalFile } from '../domain/layer.ts';
import type { ImportedMap } from '../domain/map.ts';
import type { ImportError } from '../errors.ts';
import type { OpenContext, ReadOptions, SourceFile } from '../formats/format.ts';
import { type FileDescription, shown } from '../formats/metadata/description.ts';
import { descriptionOf, isMetadataName, readDescriptions } from '../formats/metadata/read-descriptions.ts';
import { detectFormat, openFile } from '../formats/open-file.ts';
import { readHead } from '../util/read-head.ts';
import { openingOf, problemsOf } from './apply-description.ts';

/** What is to be opened of the files of one import. */
export interface OpenOptions extends ReadOptions {
  /** Bytes that an archive may unpack to. */
  readonly maxUnpackedBytes: number;
  /** Layers that are taken of one import; the others are left out with a warning. */
  readonly maxTables: number;
  /** A map of the tables is wanted, so that one that comes with them is read; absent: no. */
  readonly createVisualization?: boolean;
}

/** A file, or a layer of one, that cannot be imported while others can. */
export interface FailedFile {
  /** Its path in the archive, or the name of the layer. */
  readonly name: string;
  readonly error: ImportError;
}

/** A layer, and how it is to be read. */
export interface OpenedLayer {
  readonly layer: Layer;
  /** Path of its file in the archive, or the name of the file. */
  readonly file: string;
  /** Id of the file's format. */
  readonly format: string;
  readonly options: ReadOptions;
}

/** What became of the files of a job. */
export interface OpenedFiles {
  readonly layers: readonly OpenedLayer[];
  readonly failed: readonly FailedFile[];
  readonly warnings: Warnings;
  /** The map that came with them, where one is wanted. */
  readonly map: ImportedMap | null;
}

/** A file that is left out, or metadata that say nothing, and why. */
export interface SkippedFile {
  readonly name: string;
  readonly text: string;
}

/** Files that an error or a warning names. */
export const FIRST_SHOWN = 5;

/** Problems of one file of metadata that are told. */
const FIRST_PROBLEMS = 20;

/** A file that was opened. */
export interface OpenedSource {
  readonly path: string;
  readonly layers: readonly Layer[];
  readonly format: string;
  readonly options: ReadOptions;
  /** What metadata say of it. */
  readonly description?: FileDescription | null;
}

/** What was found in the files of a job so far. */
export interface OpenedSources {
  readonly opened: OpenedSource[];
  readonly failed: FailedFile[];
  readonly skipped: SkippedFile[];
  /** What is wrong with metadata, which fails nothing. */
  readonly problems: SkippedFile[];
  /** The map that came with the tables. */
  map: ImportedMap | null;
}

/** Opens a file, and as it is described where metadata beside it say something. */
export async function openDescribed(
  file: SourceFile,
  descriptions: readonly FileDescription[],
  isOnlyFile: boolean,
  options: ReadOptions,
  context: OpenContext,
): Promise<Omit<OpenedSource, 'path'>> {
  const description = descriptionOf(descriptions, file.name, isOnlyFile);
  const opening = description === null ? options : openingOf(options, description);
  const layers = await openFile(file, opening, context);
  return { layers, format: formatOf(file), options: opening, description };
}

/** Whether a file describes others. */
export const isMetadata = ({ name }: LocalFile): boolean => isMetadataName(name);

/** What files of metadata say; those that say nothing are told. */
export function descriptionsOf(files: readonly LocalFile[], { problems }: OpenedSources): readonly FileDescription[] {
  return files.flatMap((file) => {
    const read = readDescriptions(file);
    if (typeof read === 'string') {
      problems.push({ name: file.name, text: read });
      return [];
    }
    const all = [...read.problems, ...read.files.flatMap(problemsOf)];
    problems.push(...all.slice(0, FIRST_PROBLEMS).map((text) => ({ name: file.name, text })));
    return read.files;
  });
}

/** Tells of descriptions of files that are not among those of these names. */
export function tellMissing(
  descriptions: readonly FileDescription[],
  names: readonly string[],
  { problems }: OpenedSources,
): void {
  const used = new Set(names.map((name) => descriptionOf(descriptions, name, names.length === 1)));
  for (const description of descriptions) {
    const { file } = description;
    if (file === null || used.has(description)) continue;
    problems.push({ name: file, text: `Metadata describe ${shown(file)}, which is not here or described twice.` });
  }
}

/** The id of the format as which a file was opened. */
const formatOf = ({ path, name, mediaType }: LocalFile): string =>
  detectFormat(readHead(path), name, mediaType)?.id ?? '';

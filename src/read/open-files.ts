/** The files of a job into layers: unpacked, put together, opened, chosen. One bad file does not hide the good ones. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Warnings } from '../domain/import.ts';
import type { Layer, LocalFile } from '../domain/layer.ts';
import type { ImportedMap } from '../domain/map.ts';
import { layerName, tableName } from '../domain/naming.ts';
import { rowsExtension } from '../domain/rows-file.ts';
import { ImportError } from '../errors.ts';
import { readCartoMap } from '../formats/carto/read-map.ts';
import { nameForeignContent } from '../formats/foreign-content.ts';
import type { OpenContext, ReadOptions, SourceFile } from '../formats/format.ts';
import { groupFiles, type PlacedFile, type Source } from '../formats/group.ts';
import type { FileDescription } from '../formats/metadata/description.ts';
import { descriptionOf, isMetadataName, readDescriptions } from '../formats/metadata/read-descriptions.ts';
import { detectFormat, formatOfContent, listExtensions, openFile, takesLate } from '../formats/open-file.ts';
import { packingOfName } from '../unpack/packings.ts';
import { type Member, unpack } from '../unpack/unpack.ts';
import { readHead } from '../util/read-head.ts';
import { openingOf, readingOf } from './apply-description.ts';
import { openingOfFile, readingOfLayer } from './apply-layer-wishes.ts';

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

/** Layers of one file, as the wire contract has it (4.5): more end with 1019. */
const MOST_LAYERS = 50;

/** Files that are told in full; a folder of pictures needs no longer list. */
const FIRST_SKIPPED = 100;

/** Files that an error names. */
const FIRST_SHOWN = 5;

interface SkippedFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Opens the files of a job. Throws ImportError where nothing can be imported: of a single file its own, of an archive
 * that of the first bad file, or 1002 where everything in it is of other kinds.
 */
export async function openFiles(
  files: readonly LocalFile[],
  options: OpenOptions,
  context: OpenContext,
): Promise<OpenedFiles> {
  const found: OpenedSources = { opened: [], failed: [], skipped: [], problems: [], map: null };
  const isAlone = files.length === 1;
  const given = isAlone ? [] : descriptionsOf(files.filter(isMetadata), found);
  for (const file of files) {
    if (!isAlone && isMetadata(file)) continue;
    if (file.name.endsWith(rowsExtension)) {
      const layers = [(await import('../formats/rows/layer.ts')).openRows(file)];
      found.opened.push({ path: file.name, layers, format: 'rows', options });
      continue;
    }
    const members = await unpack(file, {
      folder: context.folder,
      maxBytes: options.maxUnpackedBytes,
      isData: (head) => formatOfContent(head) !== null,
      takesLate,
    });
    if (members === null) {
      const source = { ...file, companions: new Map() };
      const opening = openingOfFile(options, file.name);
      const opened = await openDescribed(source, given, true, opening, context).catch(whatIsWrong(file));
      found.opened.push({ path: file.name, ...opened });
    } else {
      await openMembers(file, members, given, options, context, found);
    }
  }
  return take(found, options);
}

interface OpenedSource {
  readonly path: string;
  readonly layers: readonly Layer[];
  readonly format: string;
  readonly options: ReadOptions;
  /** What metadata say of it. */
  readonly description?: FileDescription | null;
}

/** Opens a file, and as it is described where metadata beside it say something. */
async function openDescribed(
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

const isMetadata = ({ name }: LocalFile): boolean => isMetadataName(name);

/** What files of metadata say; those that say nothing are told. */
function descriptionsOf(files: readonly LocalFile[], { problems }: OpenedSources): readonly FileDescription[] {
  return files.flatMap((file) => {
    const read = readDescriptions(file);
    if (typeof read !== 'string') return read.files;
    problems.push({ name: file.name, text: read });
    return [];
  });
}

interface OpenedSources {
  readonly opened: OpenedSource[];
  readonly failed: FailedFile[];
  readonly skipped: SkippedFile[];
  /** What is wrong with metadata, which fails nothing. */
  readonly problems: SkippedFile[];
  /** The map that came with the tables. */
  map: ImportedMap | null;
}

/** The id of the format as which a file was opened. */
const formatOf = ({ path, name, mediaType }: LocalFile): string =>
  detectFormat(readHead(path), name, mediaType)?.id ?? '';

/** A file that is called an archive and is none says that rather than that its extension is unknown. */
const whatIsWrong =
  (file: LocalFile) =>
  (error: unknown): never => {
    const packing = packingOfName(file.name);
    if (!(error instanceof ImportError) || error.kind !== 'unsupportedFormat' || packing === null) throw error;
    throw new ImportError('unpackFailed', {
      detail: `${file.name} cannot be unpacked: it does not begin as such an archive does.`,
      hint: 'Check that it was copied completely, or pack the files again as a zip file.',
      cause: error,
    });
  };

const isFile = (member: Member): member is Member & PlacedFile => !(member.file instanceof ImportError);

async function openMembers(
  archive: LocalFile,
  members: readonly Member[],
  given: readonly FileDescription[],
  options: OpenOptions,
  context: OpenContext,
  found: OpenedSources,
): Promise<void> {
  const placed = members.filter(isFile).map((member) => renamed(member, archive));
  const described = placed.filter(({ file }) => isMetadata(file)).map(({ file }) => file);
  const descriptions = [...given, ...descriptionsOf(described, found)];
  const sources = groupFiles(placed.filter(({ file }) => !isMetadata(file)));
  const isAlone = sources.length === 1;
  const opened = found.opened.length;
  const before = opened + found.failed.length;
  const links: FailedFile[] = [];
  for (const { path, file } of members) if (file instanceof ImportError) found.failed.push({ name: path, error: file });
  for (const source of sources) {
    if (options.createVisualization === true && !isAlone && isCartoMap(source)) {
      found.map = mapIn(source, found);
      continue;
    }
    const why = notData(source, isAlone);
    if (why !== null) {
      found.skipped.push({ name: source.path, text: why });
      continue;
    }
    try {
      const opening = openingOfFile(options, source.path);
      const opened = await openDescribed(source.file, descriptions, isAlone, opening, context);
      found.opened.push({ path: source.path, ...opened });
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      if (error.kind === 'unsupportedFormat' && isForeign(source))
        found.skipped.push({ name: source.path, text: error.message });
      else if (error.kind === 'onlyLinks') links.push({ name: source.path, error });
      else found.failed.push({ name: source.path, error });
    }
  }
  // The table of contents of a KMZ links to the files beside it, which were opened.
  if (found.opened.length === opened) found.failed.push(...links);
  else found.skipped.push(...links.map(({ name }) => ({ name, text: `${name} only links to other files.` })));
  if (found.opened.length + found.failed.length === before) {
    throw nothingIn(archive, sources, found.skipped);
  }
}

/** Pictures, documents and what has no format lie beside data everywhere; a bad file of a format is a failure. */
function isForeign({ file }: Source): boolean {
  const head = readHead(file.path);
  return detectFormat(head, file.name, null) === null || nameForeignContent(head) !== null;
}

/** The one document of a KMZ is always called `doc.kml`: the KMZ has the better name, also where it lies in an archive. */
function renamed(member: PlacedFile, archive: LocalFile): PlacedFile {
  const kmz = /(?:^|\/)([^/]+\.kmz)\/doc\.kml$/i.exec(`${archive.name}/${member.path}`)?.[1];
  if (kmz === undefined) return member;
  return { ...member, file: { ...member.file, name: `${layerName(kmz.replace(/\.kmz$/i, ''))}.kml` } };
}

/** Pictures are data where they have a place on earth; an empty one has none. */
const isNamedAsData = (name: string): boolean =>
  extname(name) !== '' && !/\.(jpe?g|png|gif)$/i.test(name) && detectFormat(Buffer.alloc(0), name, null) !== null;

const isCartoMap = ({ path }: { readonly path: string }): boolean => /\.carto\.json$/i.test(path);

/** Bytes of a map: those of CARTO have some hundred thousand. */
const MOST_MAP_BYTES = 10 * 1024 * 1024;

/** The map that a file holds; one that holds none is told. */
function mapIn({ path, file }: Source, { skipped, map: before }: OpenedSources): ImportedMap | null {
  const map = file.sizeBytes > MOST_MAP_BYTES ? null : readCartoMap(readFileSync(file.path, 'utf8'));
  if (map === null)
    skipped.push({ name: path, text: `${path} holds no map that can be read: the map shows all tables.` });
  return map ?? before;
}

/** Why a member is no data by its name or its lack of bytes; null where it is to be opened. */
function notData({ path, file }: Source, isAlone: boolean): string | null {
  if (isCartoMap({ path })) return `${path} is the map of a CARTO export: create_vis=true makes it with its tables.`;
  if (file.sizeBytes === 0 && !isNamedAsData(file.name)) return `${path} has no bytes.`;
  // Beside other files, a file without an extension is a licence or the like, whatever text it holds.
  const isUnnamed = extname(file.name) === '' && formatOfContent(readHead(file.path)) === null;
  return isUnnamed && !isAlone ? `${path} has no extension that says what it is.` : null;
}

function nothingIn(archive: LocalFile, sources: readonly Source[], skipped: readonly SkippedFile[]): ImportError {
  if (sources.length > 0 && sources.every(({ file }) => file.sizeBytes === 0)) {
    return new ImportError('emptyFile', {
      detail: `${archive.name} holds nothing: ${sources[0]?.path} has no bytes.`,
      hint: 'Check that the file was saved or exported completely before it was packed.',
    });
  }
  if (skipped.length === 0) {
    return new ImportError('emptyFile', {
      detail: `${archive.name} holds no files.`,
      hint: 'Check that the right files were packed.',
    });
  }
  const more = skipped.length > FIRST_SHOWN ? ` There are ${skipped.length - FIRST_SHOWN} more.` : '';
  const reasons = skipped.slice(0, FIRST_SHOWN).map(({ text }) => text);
  return new ImportError('unsupportedFormat', {
    detail: `${archive.name} holds no file that can be imported. ${reasons.join(' ')}${more}`,
    hint: `These extensions can be read: ${listExtensions()}.`,
  });
}

/** Of what was opened, the layers that were asked for, within the limits. */
function take(found: OpenedSources, options: OpenOptions): OpenedFiles {
  const { failed, skipped } = found;
  const layers: OpenedLayer[] = [];
  for (const { path, layers: all, format, options: own, description = null } of found.opened) {
    const chosen = all.filter((layer) => isWanted(layer, path, options.layers));
    if (chosen.length > MOST_LAYERS) failed.push({ name: path, error: tooManyLayers(path, chosen.length) });
    else {
      for (const layer of chosen) {
        const asked = readingOfLayer(own, layer.name, path);
        const read = description === null ? null : readingOf(asked, description, layer.columns);
        if (read !== null && read.missing.length > 0) found.problems.push(missingColumns(path, read.missing));
        layers.push({ layer, file: path, format, options: read?.options ?? asked });
      }
    }
  }
  if (layers.length === 0 && failed[0] !== undefined) throw failed[0].error;
  if (options.layers !== null) checkChoice(found, options.layers);
  const leftOut = layers.slice(options.maxTables);
  skipped.push(
    ...leftOut.map(({ layer: { name } }) => ({
      name,
      text: `${name} is beyond the ${options.maxTables} tables of one import.`,
    })),
  );
  return {
    layers: layers.slice(0, options.maxTables),
    failed,
    map: found.map,
    warnings: {
      ...(leftOut.length > 0 ? { max_tables_per_import: options.maxTables } : {}),
      ...(found.problems.length > 0 ? { metadata: found.problems.slice(0, FIRST_SKIPPED) } : {}),
      ...(skipped.length > 0 ? { skipped_files: skipped.slice(0, FIRST_SKIPPED) } : {}),
    },
  };
}

/** Names that a layer answers to: its own, its table's, and its own without that of the file before it. */
function namesOf(layer: Layer, path: string): readonly string[] {
  const prefix = `${layerName(path)}_`;
  const short = layer.name.startsWith(prefix) ? [layer.name.slice(prefix.length)] : [];
  return [layer.name, tableName(layer.name), ...short].map((name) => name.toLowerCase());
}

const isWanted = (layer: Layer, path: string, wanted: readonly string[] | null): boolean =>
  wanted === null || wanted.some((name) => namesOf(layer, path).includes(name.toLowerCase()));

function checkChoice({ opened }: OpenedSources, wanted: readonly string[]): void {
  const all = opened.flatMap(({ path, layers }) => layers.map((layer) => ({ layer, path })));
  const unknown = wanted.filter((name) => !all.some(({ layer, path }) => isWanted(layer, path, [name])));
  if (unknown.length === 0) return;
  const names = all.map(({ layer }) => layer.name);
  const shown = names.slice(0, 50).join(', ') + (names.length > 50 ? ` and ${names.length - 50} more` : '');
  throw new ImportError('unsupportedFormat', {
    detail: `There is no layer ${unknown.map((name) => `"${name}"`).join(', ')}. There are: ${shown}.`,
    hint: 'Name layers as they are in this list, separated by commas, or leave the parameter layers out.',
  });
}

const missingColumns = (name: string, columns: readonly string[]): SkippedFile => {
  const more = columns.length > FIRST_SHOWN ? ` and ${columns.length - FIRST_SHOWN} more` : '';
  const named = columns.slice(0, FIRST_SHOWN).map((column) => `"${column}"`);
  return { name, text: `${name} has no column ${named.join(', ')}${more}, which its metadata describe.` };
};

const tooManyLayers = (path: string, count: number): ImportError =>
  new ImportError('tooManyLayers', {
    detail: `${path} has ${count} layers; one file may have ${MOST_LAYERS}.`,
    hint: 'Choose layers with the parameter layers, or split the file.',
  });

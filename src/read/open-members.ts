import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { LocalFile } from '../domain/layer.ts';
import type { ImportedMap } from '../domain/map.ts';
import { layerName } from '../domain/naming.ts';
import { ImportError } from '../errors.ts';
import { readCartoMap } from '../formats/carto/read-map.ts';
import { nameForeignContent } from '../formats/foreign-content.ts';
import type { OpenContext } from '../formats/format.ts';
import { groupFiles, type PlacedFile, type Source } from '../formats/group.ts';
import type { FileDescription } from '../formats/metadata/description.ts';
import { detectFormat, formatOfContent, listExtensions } from '../formats/open-file.ts';
import type { Member } from '../unpack/unpack.ts';
import { readHead } from '../util/read-head.ts';
import { openingOfFile } from './apply-layer-wishes.ts';
import {
  descriptionsOf,
  type FailedFile,
  FIRST_SHOWN,
  isMetadata,
  type OpenedSources,
  type OpenOptions,
  openDescribed,
  type SkippedFile,
  tellMissing,
} from './opened-sources.ts';

const isFile = (member: Member): member is Member & PlacedFile => !(member.file instanceof ImportError);

/** Opens what an archive holds. Throws where none of it can be imported and nothing is wrong with a file of it. */
export async function openMembers(
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
  const name = archive.name.replace(/\.[^.]*$/, '');
  const sources = groupFiles(
    placed.filter(({ file }) => !isMetadata(file)),
    name,
  );
  const isAlone = sources.length === 1;
  tellMissing(
    descriptions,
    sources.map(({ file }) => file.name),
    found,
  );
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
  if (sources.length > 0 && sources.every(({ file }) => file.sizeBytes === 0 && extname(file.name) === '')) {
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

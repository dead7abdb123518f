/** The files of a job into layers: unpacked, put together, opened, chosen. One bad file does not hide the good ones. */
import type { LocalFile } from '../domain/layer.ts';
import { rowsExtension } from '../domain/rows-file.ts';
import { ImportError } from '../errors.ts';
import type { OpenContext } from '../formats/format.ts';
import { formatOfContent, takesLate } from '../formats/open-file.ts';
import { packingOfName } from '../unpack/packings.ts';
import { unpack } from '../unpack/unpack.ts';
import { openingOfFile } from './apply-layer-wishes.ts';
import { chooseLayers } from './choose-layers.ts';
import { openMembers } from './open-members.ts';
import {
  descriptionsOf,
  isMetadata,
  type OpenedFiles,
  type OpenedSources,
  type OpenOptions,
  openDescribed,
  tellMissing,
} from './opened-sources.ts';

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
      tellMissing(given, [file.name], found);
    } else {
      await openMembers(file, members, given, options, context, found);
    }
  }
  return chooseLayers(found, options);
}

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

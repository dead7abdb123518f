import { basename, extname, join } from 'node:path';
import type { Layer } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { readXml } from '../../util/xml.ts';
import type { OpenContext, ReadOptions, SourceFile } from '../format.ts';
import { RecordSpool } from '../record-spool.ts';
import { kmlRoots } from './index.ts';
import { KmlReader } from './reader.ts';

/**
 * Opens a KML file: reads it once. Throws what `readXml` throws, onlyLinks (3202), emptyFile (1005), tooManyLayers
 * (1019), tooManyRows, tooManyColumns.
 */
export async function openKml(file: SourceFile, options: ReadOptions, context: OpenContext): Promise<readonly Layer[]> {
  const name = basename(file.name, extname(file.name));
  using spool = new RecordSpool(join(context.folder, `${basename(file.path)}.records`), file.name, options.maxRows);
  const reader = new KmlReader(spool, name);
  await readXml(
    { path: file.path, name: file.name, encoding: options.encoding, roots: kmlRoots, kind: 'a KML file' },
    reader,
  );
  spool.flush();
  const { layers } = spool;
  if (layers.length === 0) refuseEmpty(file.name, reader.links);
  if (layers.length === 1) return [spool.open(name, layers)];
  return layers.map((layer) => spool.open(layer.name, [layer]));
}

function refuseEmpty(file: string, links: number): never {
  if (links > 0) {
    throw new ImportError('onlyLinks', {
      detail: `${file} holds no placemark, only ${links === 1 ? 'a link' : `${links} links`} to other files.`,
      hint: 'Open the file in Google Earth, save the place that it links to as KML or KMZ, and import that.',
    });
  }
  throw new ImportError('emptyFile', {
    detail: `${file} holds no placemark.`,
    hint: 'Check that the right file was sent, and that it was saved with its places.',
  });
}

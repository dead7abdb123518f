import { basename, extname, join } from 'node:path';
import type { Layer } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { readXml } from '../../util/xml.ts';
import type { OpenContext, ReadOptions, SourceFile } from '../format.ts';
import { RecordSpool } from '../record-spool.ts';
import { GpxReader } from './reader.ts';

/** Opens a GPX file: reads it once. Throws what `readXml` throws, emptyFile (1005), tooManyRows, tooManyColumns. */
export async function openGpx(file: SourceFile, options: ReadOptions, context: OpenContext): Promise<readonly Layer[]> {
  using spool = new RecordSpool(join(context.folder, `${basename(file.path)}.records`), file.name, options.maxRows);
  const reader = new GpxReader(spool);
  await readXml(
    { path: file.path, name: file.name, encoding: options.encoding, roots: ['gpx'], kind: 'a GPX file' },
    reader,
  );
  spool.flush();
  const filled = spool.layers.filter(({ rows }) => rows > 0);
  if (filled.length === 0) {
    throw new ImportError('emptyFile', {
      detail: `${file.name} holds no waypoint, no route and no track.`,
      hint: 'Check that the right file was sent, and that the device had recorded anything.',
    });
  }
  const name = basename(file.name, extname(file.name));
  return filled.map((layer) => spool.open(filled.length === 1 ? name : `${name}_${layer.name}`, [layer]));
}

import { closeSync, openSync, readSync } from 'node:fs';
import { type CrsDefinition, readCrsDefinition } from '../../domain/crs-definition.ts';
import type { LocalFile } from '../../domain/layer.ts';

/** The longest definition that is read; the longest of EPSG has 6 KB. */
const MAX_BYTES = 1 << 16;

/** The reference system in a .prj file; nothing where there is no such file, or it says nothing. */
export function readProjection(file: LocalFile | undefined): CrsDefinition {
  if (file === undefined) return { srid: null };
  const bytes = Buffer.alloc(MAX_BYTES);
  const fd = openSync(file.path, 'r');
  try {
    return readCrsDefinition(bytes.toString('utf8', 0, readSync(fd, bytes, 0, MAX_BYTES, 0)));
  } finally {
    closeSync(fd);
  }
}

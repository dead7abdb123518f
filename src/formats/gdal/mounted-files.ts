import { closeSync, openSync } from 'node:fs';
import { extname } from 'node:path';
import type { LocalFile } from '../../domain/layer.ts';
import type { SourceFile } from '../format.ts';
import type { MountedFile } from './emscripten.ts';
import type { GdalKind } from './kinds.ts';

/** Ends the name of the folder that a file geodatabase is; its driver looks at no other. */
const GEODATABASE_SUFFIX = '.gdb';

/** Files open for reading; closed with `using`. */
export class MountedFiles implements Disposable {
  readonly files: readonly MountedFile[];
  /** Ends the name of the folder of these files. */
  readonly suffix: string;
  /** What GDAL is to open in that folder; empty for the folder itself. */
  readonly main: string;

  constructor(file: SourceFile, kind: GdalKind) {
    const isGeodatabase = kind.driver === 'OpenFileGDB';
    const extension = mainExtension(file, kind);
    this.suffix = isGeodatabase ? GEODATABASE_SUFFIX : '';
    // SRTM: the name of a tile says where it lies; anything else in it is left out.
    const tile = kind.isPlacedByName
      ? /^[NS]\d\d[EW]\d\d\d(?=[^/]*\.hgt$)/i.exec(file.name)?.[0].toUpperCase()
      : undefined;
    const base = tile ?? 'data';
    this.main = isGeodatabase ? '' : `/${base}${extension}`;
    const named: readonly (readonly [string, LocalFile])[] = isGeodatabase
      ? [...file.companions.values()].map((one) => [baseName(one.name), one])
      : [[`${base}${extension}`, file], ...[...file.companions].map(([end, one]) => [`${base}${end}`, one] as const)];
    this.files = [...new Map(named)].map(([name, { path, sizeBytes }]) => ({
      name,
      sizeBytes,
      descriptor: openSync(path, 'r'),
    }));
  }

  [Symbol.dispose](): void {
    for (const { descriptor } of this.files) closeSync(descriptor);
  }
}

/** The extension by which GDAL's driver knows the file; what the file is called does not count. */
function mainExtension(file: SourceFile, { extensions }: GdalKind): string {
  const own = extname(file.name).toLowerCase();
  return extensions.includes(own) ? own : (extensions[0] ?? '');
}

/** The last part of a name, with nothing in it that means something in a path. */
const baseName = (name: string): string => name.replace(/^.*[\\/]/s, '').replaceAll(/[^\w.-]/g, '_');

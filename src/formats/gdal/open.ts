import { closeSync, mkdtempSync, openSync, readSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Layer } from '../../domain/layer.ts';
import { layerName } from '../../domain/naming.ts';
import { ImportError } from '../../errors.ts';
import type { OpenContext, ReadOptions, SourceFile } from '../format.ts';
import { convertLayer } from './convert-layer.ts';
import { type Dataset, Gdal, GdalFailure } from './gdal.ts';
import { type GdalKind, type Head, headOf, isPmtiles, isRaster, kindOf, pointsElsewhere } from './kinds.ts';
import { plainTiles } from './mbtiles.ts';
import { MountedFiles } from './mounted-files.ts';
import { plainSqlite } from './plain-sqlite.ts';
import { rasterKindOf } from './raster/kinds.ts';
import { checkPlaced, openRaster } from './raster/open-raster.ts';
import { translateGdal } from './translate.ts';

const HEAD_BYTES = 1 << 16;

/** Read at once where a whole file is looked at. */
const PIECE_BYTES = 1 << 20;

/** As the wire contract has it (4.5): more end with 1019. */
const MAX_LAYERS = 50;

interface Running {
  readonly gdal: Gdal;
  /** What GDAL knows as `/scratch`. */
  readonly scratch: string;
}

/** GDAL by the folder of the job. A reader process has one job, so there is one. */
const running = new Map<string, Promise<Running>>();

function gdalIn(folder: string): Promise<Running> {
  const started = running.get(folder);
  if (started !== undefined) return started;
  const scratch = mkdtempSync(join(folder, 'gdal-'));
  const starting = Gdal.start(scratch).then((gdal) => ({ gdal, scratch }));
  running.set(folder, starting);
  return starting;
}

/**
 * Opens a file by GDAL: every layer with features is written to the job's folder as FlatGeobuf and read from there; a
 * raster is written there on the grid of web maps.
 * Throws unsupportedFormat (1002), emptyFile (1005), tooManyLayers (1019), loadFailed (2001), fileTooBig (6666).
 */
export async function openWithGdal(
  file: SourceFile,
  options: ReadOptions,
  context: OpenContext,
): Promise<readonly Layer[]> {
  const head = headOf(readHead(file.path));
  const rasterKind = rasterKindOf(head, extname(file.name).toLowerCase());
  if (rasterKind !== null && rasterKind.driver !== 'MBTiles') {
    checkPlaced(file, rasterKind);
    return openRaster(file, rasterKind, options, await gdalIn(context.folder));
  }
  const kind = identify(file, head);
  if (kind.isText) checkText(file, kind);
  const { gdal, scratch } = await gdalIn(context.folder);
  if (rasterKind !== null) {
    const tiles = plainTiles(file, mkdtempSync(join(scratch, 'plain-')));
    if (tiles !== null) {
      return openRaster(tiles.file, { ...rasterKind, openOptions: tiles.openOptions }, options, { gdal, scratch });
    }
  }
  const plain = kind.driver === 'SQLite' ? plainSqlite(file, mkdtempSync(join(scratch, 'plain-'))) : null;
  using mounted = new MountedFiles(plain?.file ?? file, kind);
  try {
    const path = gdal.mount(mounted.files, mounted.suffix) + mounted.main;
    const open = (): Dataset => gdal.open(kind.driver, path, kind.openOptions);
    let dataset = open();
    const names = chooseLayers(gdal, dataset, file, plain?.tables ?? (kind.layers && new Set(kind.layers)));
    const layers: Layer[] = [];
    for (const [index, name] of names.entries()) {
      if (kind.readsOnce && index > 0) {
        gdal.close(dataset);
        dataset = open();
      }
      const layer = await convertLayer(gdal, dataset, name, { file, kind, scratch, encoding: options.encoding });
      if (layer !== null) layers.push(layer);
    }
    gdal.close(dataset);
    if (layers.length === 0) throw nothingIn(file);
    const base = layerName(file.name);
    return layers.map((layer) => ({ ...layer, name: layers.length === 1 ? base : `${base}_${layer.name}` }));
  } catch (error) {
    // What a trap of WebAssembly left behind is not used again.
    if (error instanceof GdalFailure && error.cause !== undefined) running.delete(context.folder);
    throw translateGdal(error, file.name, kind.title);
  }
}

/** The kind of a file, once it is sure that GDAL may see it. */
function identify(file: SourceFile, head: Head): GdalKind {
  if (pointsElsewhere(head)) {
    throw new ImportError('unsupportedFormat', {
      detail: `${file.name} holds no data: as ${head.root} it says where other programs are to fetch it.`,
      hint: 'Open it in the program that made it, save the data itself (as GeoPackage, for instance) and import that.',
    });
  }
  if (isPmtiles(head)) {
    throw new ImportError('unsupportedFormat', {
      detail: `${file.name} is a PMTiles archive: tiles that were made for drawing a map, which are not the data any more.`,
      hint: 'Import the file that the tiles were made from. Of pictures, an MBTiles file or a GeoTIFF can be imported.',
    });
  }
  if (isRaster(head)) {
    throw new ImportError('unsupportedFormat', {
      detail: `${file.name} is a raster of a kind that cannot be read here (JPEG 2000 and NITF, for instance).`,
      hint: 'Save it as GeoTIFF (gdal_translate) and import that.',
    });
  }
  const kind = kindOf(head, extname(file.name).toLowerCase());
  if (kind === null) {
    throw new ImportError('unsupportedFormat', {
      detail: `${file.name} is of no format that GDAL is asked to read here.`,
      hint: 'Save it in one of the formats that "landfall formats" lists.',
    });
  }
  if (kind.isXml && head.isMarkup && /<!DOCTYPE[^>]*\[|<!ENTITY/i.test(head.text)) {
    throw new ImportError('loadFailed', {
      detail: `${file.name} declares entities of its own (<!DOCTYPE … [), which are not read.`,
      hint: 'Remove the declaration, or save the file without it.',
    });
  }
  return kind;
}

/** Throws loadFailed for a file of text that has a NUL character. */
function checkText(file: SourceFile, kind: GdalKind): void {
  const fd = openSync(file.path, 'r');
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    for (let position = 0; ; ) {
      const length = readSync(fd, piece, 0, PIECE_BYTES, position);
      if (length === 0) return;
      const at = piece.subarray(0, length).indexOf(0);
      if (at >= 0) {
        throw new ImportError('loadFailed', {
          detail: `${file.name} is no text at byte ${position + at}; ${kind.title} is text.`,
          hint: 'Save it again as text (ASCII), with the program that made it, and import that.',
        });
      }
      position += length;
    }
  } finally {
    closeSync(fd);
  }
}

function readHead(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

/** Names of the layers to read: of the `wanted`, those that are not known to be empty. Throws tooManyLayers. */
function chooseLayers(
  gdal: Gdal,
  dataset: Dataset,
  file: SourceFile,
  wanted: ReadonlySet<string> | undefined,
): readonly string[] {
  const filled = gdal.layerNames(dataset).filter((name, index) => {
    // A table with several geometries gives a layer for each: `table(column)`.
    const isWanted = wanted === undefined || wanted.has(name) || wanted.has(name.replace(/\([^()]*\)$/, ''));
    return isWanted && gdal.featureCount(dataset, index) !== 0;
  });
  if (filled.length <= MAX_LAYERS) return filled;
  throw new ImportError('tooManyLayers', {
    detail: `${file.name} has ${filled.length} layers with data; one import takes ${MAX_LAYERS}.`,
    hint: 'Save the layers that you need in a file of their own.',
  });
}

const nothingIn = (file: SourceFile): ImportError =>
  new ImportError('emptyFile', {
    detail: `${file.name} has no layer with data.`,
    hint: 'Check in the program that made the file that it was saved with its contents.',
  });

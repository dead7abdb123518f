import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ImportError } from '../../../errors.ts';
import type { SourceFile } from '../../format.ts';
import { type Gdal, GdalFailure } from '../gdal.ts';
import { decodeBlock, isRepacked, MAX_BLOCK_BYTES } from './decode-block.ts';
import {
  type Directory,
  type Entry,
  readBytes,
  readDirectory,
  readLayout,
  type TiffLayout,
  wholesOf,
} from './directory.ts';
import { type Block, bytesOf, imageOf, type TiffImage } from './image.ts';
import { DEFLATE, IS_MASK, IS_REDUCED, NO_COMPRESSION, RGB, Tag } from './tags.ts';
import { TiffWriter } from './writer.ts';

/** Most bytes of a decoded image, on the disk of the reader: as many as a raster on the grid of web maps may have. */
const MAX_BYTES = 2 ** 31 - 1;

/** More images than any file has before the mask of its first one. */
const MAX_DIRECTORIES = 64;

/** Tags that tell of places or codes which the written file does not have. */
const LEFT_OUT: readonly number[] = [
  ...[Tag.freeOffsets, Tag.freeByteCounts, Tag.subDirectories, Tag.exifDirectory, Tag.gpsDirectory],
  ...[Tag.jpegTables, Tag.lercParameters],
];

/** What only colours as brightness and differences have. */
const OF_Y_CB_CR = [Tag.yCbCrCoefficients, Tag.yCbCrSubSampling, Tag.yCbCrPositioning, Tag.referenceBlackWhite];

/** More than any compression makes of the largest block. */
const MAX_PACKED_BYTES = 2 * MAX_BLOCK_BYTES;

interface Found {
  readonly directory: Directory;
  readonly image: TiffImage;
}

/** A TIFF that GDAL can read, deleted with `using` where it is ours. */
export interface ReadableTiff extends Disposable {
  readonly file: SourceFile;
}

let written = 0;

/**
 * A TIFF in a compression that the GDAL module lacks (JPEG, LERC, Zstandard, WebP) is written to `scratch` with
 * its blocks decoded, one at a time; everything else that it says of its image and of the mask of that stays. Overviews
 * and further images are left out. Any other file stays as it is, also one that is damaged: GDAL says of what.
 * Throws loadFailed (2001) for a damaged block, fileTooBig (6666), GdalFailure.
 */
export async function readableTiff(file: SourceFile, gdal: Gdal, scratch: string): Promise<ReadableTiff> {
  const asItIs = { file, [Symbol.dispose]: () => undefined };
  const source = openSync(file.path, 'r');
  try {
    const layout = readLayout(source);
    const images = layout === null ? [] : imagesOf(source, layout);
    if (layout === null || images.every(({ image }) => image.codec === null)) return asItIs;
    const path = join(scratch, `${++written}.tif`);
    checkSize(images, file.name);
    try {
      using writer = new TiffWriter(path, layout.isLittle);
      for (const found of images) await writeImage(writer, found, { source, gdal, name: file.name });
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
    return {
      file: { ...file, path, sizeBytes: statSync(path).size },
      [Symbol.dispose]: () => rmSync(path, { force: true }),
    };
  } finally {
    closeSync(source);
  }
}

/** The first image of a file and its mask; none where the first is damaged. */
function imagesOf(source: number, layout: TiffLayout): readonly Found[] {
  const found: Found[] = [];
  let at = layout.first;
  for (let index = 0; index < MAX_DIRECTORIES && at !== 0 && found.length < 2; index++) {
    const directory = readDirectory(source, layout, at);
    if (directory === null) break;
    const [kind = 0] = wholesOf(directory.entries.get(Tag.newSubfileType), layout.isLittle);
    if (index === 0 || ((kind & IS_MASK) !== 0 && (kind & IS_REDUCED) === 0)) {
      const image = imageOf(directory, layout);
      if (image === null) break;
      found.push({ directory, image });
    }
    at = directory.next;
  }
  return found;
}

function checkSize(images: readonly Found[], name: string): void {
  const bytes = images.reduce((sum, { image }) => sum + image.decodedBytes, 0);
  if (bytes > MAX_BYTES) {
    throw new ImportError('fileTooBig', {
      detail: `${name} has ${Math.ceil(bytes / 2 ** 20)} MB of pixels; one raster may have ${Math.floor(MAX_BYTES / 2 ** 20)} MB.`,
      hint: 'Cut it into several files, or save it with fewer bands or larger pixels (gdalwarp -tr).',
    });
  }
  const largest = Math.max(...images.map(({ image }) => bytesOf(image, { rows: image.blockHeight })));
  if (largest > MAX_BLOCK_BYTES) {
    throw new ImportError('fileTooBig', {
      detail: `${name} has a tile or strip of ${Math.ceil(largest / 2 ** 20)} MB; ${MAX_BLOCK_BYTES / 2 ** 20} MB can be read at once.`,
      hint: 'Save it in tiles (gdal_translate -co TILED=YES) and import that.',
    });
  }
}

interface From {
  readonly source: number;
  readonly gdal: Gdal;
  readonly name: string;
}

async function writeImage(writer: TiffWriter, { directory, image }: Found, from: From): Promise<void> {
  const places: number[] = [];
  const lengths: number[] = [];
  for (const [index, block] of image.blocks.entries()) {
    const decoded = block.length === 0 ? Buffer.alloc(0) : await decodedBlock(index, block, image, from);
    places.push(decoded.length === 0 ? 0 : writer.append(decoded));
    lengths.push(decoded.length);
  }
  const entries = new Map<number, Entry>(directory.entries);
  for (const tag of LEFT_OUT) entries.delete(tag);
  entries.set(image.isTiled ? Tag.tileOffsets : Tag.stripOffsets, writer.longs(places));
  entries.set(image.isTiled ? Tag.tileByteCounts : Tag.stripByteCounts, writer.longs(lengths));
  if (image.codec !== null) entries.set(Tag.compression, writer.short(isRepacked(image) ? DEFLATE : NO_COMPRESSION));
  if (image.codec !== null && !isRepacked(image)) entries.delete(Tag.predictor);
  if (image.codec === 'JPEG' && image.isYCbCr) {
    for (const tag of OF_Y_CB_CR) entries.delete(tag);
    entries.set(Tag.photometric, writer.short(RGB));
  }
  writer.endImage(entries);
}

async function decodedBlock(index: number, block: Block, image: TiffImage, from: From): Promise<Buffer> {
  const damaged = (found: string, cause?: unknown): ImportError =>
    new ImportError('loadFailed', {
      detail: `${from.name} cannot be read: of ${image.isTiled ? 'tile' : 'strip'} ${index + 1} of ${image.blocks.length}, ${found}.`,
      hint: 'Check that the file came over whole, or save it again with another compression (gdal_translate -co COMPRESS=DEFLATE).',
      cause,
    });
  const packed = block.length > MAX_PACKED_BYTES ? null : readBytes(from.source, block.at, block.length);
  if (packed === null) throw damaged(`${block.length} bytes at ${block.at} are not in the file`);
  try {
    const decoded = await decodeBlock(packed, image, block, from.gdal);
    if (typeof decoded !== 'string') return decoded;
    throw damaged(
      `${decoded}, and ${image.blockWidth} x ${block.rows} pixels of ${image.samples} x ${image.bits} bits are due`,
    );
  } catch (error) {
    const isTrap = error instanceof GdalFailure && error.cause !== undefined;
    if (error instanceof ImportError || isTrap) throw error;
    throw damaged(`the ${image.codec} data is damaged`, error);
  }
}

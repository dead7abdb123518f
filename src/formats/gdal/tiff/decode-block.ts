import { deflateSync, zstdDecompressSync } from 'node:zlib';
import { decodePicture, type Picture } from '../decode-picture.ts';
import type { Gdal } from '../gdal.ts';
import { type Block, bytesOf, type TiffImage } from './image.ts';
import { wholeJpeg } from './jpeg.ts';
import { decodeLerc } from './lerc.ts';

/** Most bytes of one decoded block: it is in memory as a whole, with what decoding needs beside it. */
export const MAX_BLOCK_BYTES = 1 << 27;

/** Whether the blocks are only packed again, so that the predictor of the image stays as it is. */
export const isRepacked = ({ codec, hasPredictor }: TiffImage): boolean => codec === 'ZSTD' && hasPredictor;

/** Of zlib: the quickest, as the result is read once. */
const QUICKEST = { level: 1 };

/**
 * A block as the GDAL module can read it: pixels as they are, or deflated where `isRepacked`. A string says what is wrong
 * with it. Also throws what the libraries and GDAL throw.
 */
export async function decodeBlock(
  packed: Buffer,
  image: TiffImage,
  block: Block,
  gdal: Gdal,
): Promise<Buffer | string> {
  const size = bytesOf(image, block);
  switch (image.codec) {
    case 'ZSTD': {
      // A strip at the end may have been packed with rows that the image does not have.
      const most = bytesOf(image, { rows: image.blockHeight });
      const bytes = zstdDecompressSync(packed, { maxOutputLength: most }).subarray(0, size);
      if (bytes.length < size) return `it unpacks to ${bytes.length} bytes`;
      return isRepacked(image) ? deflateSync(bytes, QUICKEST) : bytes;
    }
    case 'LERC':
      return decodeLerc(packed, image, block);
    case 'JPEG': {
      const jpeg = wholeJpeg(packed, image.jpegTables, image.isYCbCr);
      return jpeg === null ? 'it is no JPEG' : samplesOf(picture(gdal, 'JPEG', jpeg, image), image, block);
    }
    case 'WEBP':
      return samplesOf(picture(gdal, 'WEBP', packed, image), image, block);
    case null:
      return packed;
  }
}

/** A picture no larger than a block; a strip at the end may be stored with rows that the image does not have. */
const picture = (gdal: Gdal, driver: 'JPEG' | 'WEBP', bytes: Buffer, image: TiffImage): Picture =>
  decodePicture(gdal, driver, bytes, { width: image.blockWidth, height: image.blockHeight, samples: image.samples });

function samplesOf({ width, height, bands, pixels }: Picture, image: TiffImage, block: Block): Buffer | string {
  const { blockWidth, samples } = image;
  if (width !== blockWidth || height < block.rows) return `it has ${width} x ${height} pixels`;
  const size = bytesOf(image, block);
  if (bands === samples) return pixels.subarray(0, size);
  // WebP leaves out of a block that all of it is opaque, and has no other way to say that nothing is transparent.
  if (image.codec !== 'WEBP' || Math.min(bands, samples) !== 3 || Math.max(bands, samples) !== 4) {
    return `it has ${bands} samples`;
  }
  const out = Buffer.alloc(size, 255);
  for (let from = 0, to = 0; to < size; from += bands, to += samples) pixels.copy(out, to, from, from + 3);
  return out;
}

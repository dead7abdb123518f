import { inflateSync, zstdDecompressSync } from 'node:zlib';
import * as lerc from 'lerc';
import { type Block, bytesOf, type TiffImage } from './image.ts';

/** Types of pixels as LERC numbers them, by bits and format of a TIFF. */
const lercTypes: Readonly<Record<string, number>> = {
  '8/2': 0,
  '8/1': 1,
  '16/2': 2,
  '16/1': 3,
  '32/2': 4,
  '32/1': 5,
  '32/3': 6,
  '64/3': 7,
};

/** Room of a LERC blob for its header and what it may add to pixels that it could not make smaller. */
const SLACK_BYTES = 1 << 16;

/** Decodes a block of LERC into samples as TIFF has them, or says what is wrong with it. Pixels without value are NaN in floats. */
export async function decodeLerc(packed: Buffer, image: TiffImage, block: Block): Promise<Buffer | string> {
  if (!lerc.isLoaded()) await lerc.load();
  const { blockWidth: width, samples, bits, sampleFormat, hasAlpha } = image;
  const size = bytesOf(image, block);
  const bytes = unpacked(packed, image.lercPacking, size * 2 + SLACK_BYTES);
  const info = lerc.getBlobInfo(bytes);
  if (info.width !== width || info.height !== block.rows) return `it has ${info.width} x ${info.height} pixels`;
  if (info.dataType !== lercTypes[`${bits}/${sampleFormat}`]) return 'its numbers are of another type';
  const isMasked = hasAlpha && info.depthCount === samples - 1;
  if (info.bandCount !== 1 || (info.depthCount !== samples && !isMasked)) return `it has ${info.depthCount} samples`;
  const { pixels, mask } = lerc.decode(bytes, { returnInterleaved: true });
  const [values] = pixels;
  if (values === undefined || values.length !== width * block.rows * info.depthCount) return 'it is cut off';
  if (mask !== null && sampleFormat === 3) {
    for (let i = 0; i < values.length; i++) if (mask[Math.floor(i / info.depthCount)] === 0) values[i] = Number.NaN;
  }
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  // libtiff swaps the bytes of numbers before it packs them: those that come out are in the order of the file.
  return isMasked ? withAlpha(raw, mask, info.depthCount) : raw;
}

function unpacked(packed: Buffer, packing: number, maxOutputLength: number): Buffer {
  if (packing === 1) return inflateSync(packed, { maxOutputLength });
  if (packing === 2) return zstdDecompressSync(packed, { maxOutputLength });
  return packed;
}

/** Bytes with a last one for each pixel: 255 where the mask has it, else 0. */
function withAlpha(raw: Buffer, mask: Uint8Array | null, depth: number): Buffer {
  const pixels = raw.length / depth;
  const out = Buffer.alloc(pixels * (depth + 1), 255);
  for (let i = 0; i < pixels; i++) {
    raw.copy(out, i * (depth + 1), i * depth, (i + 1) * depth);
    if (mask !== null && mask[i] === 0) out[i * (depth + 1) + depth] = 0;
  }
  return out;
}

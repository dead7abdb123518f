import { type Directory, type TiffLayout, wholesOf } from './directory.ts';
import { compressions, Tag, Y_CB_CR } from './tags.ts';

/** An image of a TIFF as its blocks (tiles or strips) are to be decoded. */
export interface TiffImage {
  readonly width: number;
  readonly height: number;
  /** Name of its compression where it is one that we undo. */
  readonly codec: 'JPEG' | 'LERC' | 'ZSTD' | 'WEBP' | null;
  readonly bits: number;
  /** 1 whole without sign, 2 whole with sign, 3 float (tag 339). */
  readonly sampleFormat: number;
  /** Samples of a pixel in one block: of planes of their own, one. */
  readonly samples: number;
  readonly isYCbCr: boolean;
  /** Whether pixels are differences to others, which GDAL undoes in deflated blocks. */
  readonly hasPredictor: boolean;
  /** Whether the last sample is how opaque a pixel is, not multiplied into the others. */
  readonly hasAlpha: boolean;
  /** Tables that all JPEG blocks share. */
  readonly jpegTables: Buffer | null;
  /** Of LERC: 0 as it is, 1 deflated too, 2 Zstandard too. */
  readonly lercPacking: number;
  readonly isTiled: boolean;
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly blocks: readonly Block[];
  /** Bytes of all blocks when they are decoded. */
  readonly decodedBytes: number;
}

/** A tile or strip: where it is in the file, and how many rows it has. */
export interface Block {
  readonly at: number;
  /** 0: there is nothing in it. */
  readonly length: number;
  readonly rows: number;
}

/** Bytes of a decoded block. */
export const bytesOf = ({ blockWidth, samples, bits }: TiffImage, { rows }: Pick<Block, 'rows'>): number =>
  rows * Math.ceil((blockWidth * samples * bits) / 8);

/** Samples of a pixel that pictures can have. */
const PICTURE_SAMPLES = { JPEG: [1, 3, 4], WEBP: [3, 4] };

function codecOf(compression: number, bits: number, samples: number, isYCbCr: boolean): TiffImage['codec'] {
  const codec = compressions.get(compression) ?? null;
  if (codec !== 'JPEG' && codec !== 'WEBP') return codec;
  // Brightness and differences of each pixel become colours only where they are in one block.
  const isPicture = PICTURE_SAMPLES[codec].includes(samples) && (!isYCbCr || samples === 3);
  return bits === 8 && isPicture ? codec : null;
}

/** The image of a directory; null where what it says of itself cannot be. */
export function imageOf({ entries }: Directory, { isLittle }: TiffLayout): TiffImage | null {
  const all = (tag: number): readonly number[] => wholesOf(entries.get(tag), isLittle);
  const one = (tag: number, otherwise: number): number => all(tag)[0] ?? otherwise;
  const width = one(Tag.imageWidth, 0);
  const height = one(Tag.imageLength, 0);
  const isTiled = entries.has(Tag.tileOffsets);
  const blockWidth = isTiled ? one(Tag.tileWidth, 0) : width;
  const blockHeight = isTiled ? one(Tag.tileLength, 0) : Math.min(one(Tag.rowsPerStrip, height), height);
  const samplesPerPixel = one(Tag.samplesPerPixel, 1);
  const isPlanar = one(Tag.planarConfiguration, 1) === 2 && samplesPerPixel > 1;
  const bits = one(Tag.bitsPerSample, 1);
  const isYCbCr = one(Tag.photometric, 0) === Y_CB_CR;
  const offsets = all(isTiled ? Tag.tileOffsets : Tag.stripOffsets);
  const lengths = all(isTiled ? Tag.tileByteCounts : Tag.stripByteCounts);
  const down = Math.ceil(height / blockHeight);
  const count = Math.ceil(width / blockWidth) * down * (isPlanar ? samplesPerPixel : 1);
  const isSound = [width, height, blockWidth, blockHeight, samplesPerPixel, bits].every((value) => value > 0);
  if (!isSound || offsets.length < count || lengths.length < count) return null;
  const blocks = Array.from({ length: count }, (_, index): Block => {
    const rows = isTiled ? blockHeight : Math.min(blockHeight, height - (index % down) * blockHeight);
    return { at: offsets[index] ?? 0, length: lengths[index] ?? 0, rows };
  });
  const image: TiffImage = {
    width,
    height,
    codec: codecOf(one(Tag.compression, 1), bits, isPlanar ? 1 : samplesPerPixel, isYCbCr),
    bits,
    sampleFormat: one(Tag.sampleFormat, 1),
    samples: isPlanar ? 1 : samplesPerPixel,
    isYCbCr,
    hasPredictor: one(Tag.predictor, 1) !== 1,
    hasAlpha: all(Tag.extraSamples).at(-1) === 2,
    jpegTables: entries.get(Tag.jpegTables)?.bytes ?? null,
    lercPacking: all(Tag.lercParameters)[1] ?? 0,
    isTiled,
    blockWidth,
    blockHeight,
    blocks,
    decodedBytes: 0,
  };
  return { ...image, decodedBytes: blocks.reduce((sum, block) => sum + bytesOf(image, block), 0) };
}

import { type Gdal, GdalFailure, MEMORY_FOLDER } from './gdal.ts';

/** A decoded picture: rows from the top, the samples of a pixel one after another, a byte each. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly pixels: Buffer;
}

const INPUT = `${MEMORY_FOLDER}/picture`;
const OUTPUT = `${MEMORY_FOLDER}/pixels`;

/**
 * How GDAL is to decode a picture, and what it does otherwise: no files beside it, and memory for all of one that is
 * stored in several scans, as its size is known to be bounded.
 */
const SETTINGS: Readonly<Record<string, readonly [string, string]>> = {
  GDAL_PAM_ENABLED: ['NO', 'YES'],
  GDAL_ALLOW_LARGE_LIBJPEG_MEM_ALLOC: ['YES', 'NO'],
};

/** Whether GDAL takes four samples for inks. Without it three stay brightness and differences, too. */
const AS_COLOURS = 'GDAL_JPEG_TO_RGB';

/** What a library says of a picture of which a part is missing, and of one that was padded, which does no harm. */
const IS_INCOMPLETE = /premature end|corrupt/i;
const IS_PADDED = /extraneous bytes/i;

/**
 * Decodes a picture that is no wider and no higher than `most`, four `samples` of which are no inks. Throws GdalFailure, also
 * for one that is larger, before any of it is decoded, and for one of which a part is missing.
 */
export function decodePicture(
  gdal: Gdal,
  driver: 'JPEG' | 'WEBP',
  bytes: Uint8Array,
  most: { readonly width: number; readonly height: number; readonly samples: number },
): Picture {
  for (const [name, [own]] of Object.entries(SETTINGS)) gdal.set(name, own);
  gdal.set(AS_COLOURS, most.samples === 4 ? 'NO' : 'YES');
  try {
    gdal.writeMemory(INPUT, bytes);
    const dataset = gdal.open(driver, INPUT, [], 'raster');
    const size = gdal.sizeOf(dataset);
    if (size.width > most.width || size.height > most.height) {
      throw new GdalFailure([
        `ERROR 1: a ${driver} of ${size.width} x ${size.height} pixels where ${most.width} x ${most.height} are due`,
      ]);
    }
    const lines = gdal.copyRaster(dataset, OUTPUT, ['-q', '-of', 'ENVI', '-co', 'INTERLEAVE=BIP', '-mask', 'none']);
    gdal.close(dataset);
    const missing = lines.find((line) => IS_INCOMPLETE.test(line) && !IS_PADDED.test(line));
    if (missing !== undefined) throw new GdalFailure([missing]);
    return { ...size, pixels: gdal.readMemory(OUTPUT) };
  } finally {
    for (const [name, [, usual]] of Object.entries(SETTINGS)) gdal.set(name, usual);
    gdal.set(AS_COLOURS, 'YES');
  }
}

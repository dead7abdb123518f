/** Tags of TIFF 6.0 and of those that came after it, as far as they are looked at or left out here. */
export const Tag = {
  newSubfileType: 254,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  freeOffsets: 288,
  freeByteCounts: 289,
  predictor: 317,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  subDirectories: 330,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  yCbCrCoefficients: 529,
  yCbCrSubSampling: 530,
  yCbCrPositioning: 531,
  referenceBlackWhite: 532,
  exifDirectory: 34665,
  gpsDirectory: 34853,
  lercParameters: 50674,
} as const;

/** Compressions that the GDAL module cannot undo and we can; others are GDAL's business. */
export const compressions: ReadonlyMap<number, 'JPEG' | 'LERC' | 'ZSTD' | 'WEBP'> = new Map([
  [7, 'JPEG'],
  [34887, 'LERC'],
  [50000, 'ZSTD'],
  [50001, 'WEBP'],
]);

/** Compression: none, and deflate as zlib writes it. */
export const NO_COMPRESSION = 1;
export const DEFLATE = 8;

/** Photometric interpretation: red, green and blue, or brightness and two differences of colour. */
export const RGB = 2;
export const Y_CB_CR = 6;

/** NewSubfileType: the image is smaller than another one of the file; it is a mask of another one. */
export const IS_REDUCED = 1;
export const IS_MASK = 4;

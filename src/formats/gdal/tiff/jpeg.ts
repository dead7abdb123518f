/** Markers of JPEG (ISO/IEC 10918-1): start and end of a picture, start of a scan, what programs add of their own. */
const START = 0xd8;
const END = 0xd9;
const SCAN = 0xda;
const JFIF = 0xe0;
const ADOBE = 0xee;

/** Adobe's segment, which says whether three colours are brightness and differences (1) or as they are (0). */
const adobe = (isYCbCr: boolean): Buffer =>
  Buffer.from([0xff, ADOBE, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, isYCbCr ? 1 : 0]);

/**
 * A JPEG that can be read alone, made of a block of a TIFF and the tables that its blocks share. What its colours are is
 * said by the TIFF, whatever the block says. Null where either is no JPEG.
 */
export function wholeJpeg(block: Buffer, tables: Buffer | null, isYCbCr: boolean): Buffer | null {
  const own = segmentsOf(block);
  const shared = tables === null ? [] : segmentsOf(tables);
  if (own === null || shared === null) return null;
  return Buffer.concat([Buffer.from([0xff, START]), adobe(isYCbCr), ...shared, ...own]);
}

/** What lies between the start and the first scan, and the scans; null where it does not begin as a JPEG does. */
function segmentsOf(jpeg: Buffer): Buffer[] | null {
  if (jpeg[0] !== 0xff || jpeg[1] !== START) return null;
  const segments: Buffer[] = [];
  for (let at = 2; at + 4 <= jpeg.length; ) {
    if (jpeg[at] !== 0xff) return null;
    const marker = jpeg[at + 1]!;
    // Bytes that fill up.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === SCAN) {
      segments.push(jpeg.subarray(at));
      return segments;
    }
    if (marker === END) break;
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (marker !== JFIF && marker !== ADOBE) segments.push(jpeg.subarray(at, end));
    at = end;
  }
  return segments;
}

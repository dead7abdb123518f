import { fstatSync, readSync } from 'node:fs';

/** A value of a directory: its bytes as they are in the file. */
export interface Entry {
  readonly type: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** The directory of one image of a TIFF. */
export interface Directory {
  readonly entries: ReadonlyMap<number, Entry>;
  /** Where the next one is; 0: nowhere. */
  readonly next: number;
}

/** The way in which a TIFF writes numbers. */
export interface TiffLayout {
  readonly isLittle: boolean;
  readonly isBig: boolean;
  /** Where the first directory is. */
  readonly first: number;
}

/** Bytes of a value by its type, of TIFF 6.0 and BigTIFF. */
const typeBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/** More values than any directory has, and more bytes in one: a raster of 2 GB has 2^23 blocks of 16 by 16 bytes. */
const MAX_ENTRIES = 4096;
const MAX_VALUE_BYTES = 1 << 26;

/** Reads `length` bytes of an open file; null where it ends before them. */
export function readBytes(file: number, at: number, length: number): Buffer | null {
  if (at + length > fstatSync(file).size) return null;
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const read = readSync(file, bytes, done, length - done, at + done);
    if (read === 0) return null;
    done += read;
  }
  return bytes;
}

/** How a TIFF is written; null where it is none. */
export function readLayout(file: number): TiffLayout | null {
  const head = readBytes(file, 0, 8);
  if (head === null) return null;
  const isLittle = head.toString('latin1', 0, 2) === 'II';
  const version = isLittle ? head.readUInt16LE(2) : head.readUInt16BE(2);
  if (version === 42) return { isLittle, isBig: false, first: isLittle ? head.readUInt32LE(4) : head.readUInt32BE(4) };
  const at = version === 43 ? readBytes(file, 8, 8) : null;
  return at === null ? null : { isLittle, isBig: true, first: readWhole(at, 0, 8, isLittle) };
}

/** Reads the directory at `at`; null where it is damaged. */
export function readDirectory(file: number, { isLittle, isBig }: TiffLayout, at: number): Directory | null {
  const [countBytes, entryBytes, pointerBytes] = isBig ? [8, 20, 8] : [2, 12, 4];
  const head = readBytes(file, at, countBytes);
  const count = head === null ? Infinity : readWhole(head, 0, countBytes, isLittle);
  if (count > MAX_ENTRIES) return null;
  const table = readBytes(file, at + countBytes, count * entryBytes + pointerBytes);
  if (table === null) return null;
  const entries = new Map<number, Entry>();
  for (let start = 0; start < count * entryBytes; start += entryBytes) {
    const type = readWhole(table, start + 2, 2, isLittle);
    const values = readWhole(table, start + 4, pointerBytes, isLittle);
    const length = values * (typeBytes[type] ?? 1);
    if (length > MAX_VALUE_BYTES) return null;
    const place = start + 4 + pointerBytes;
    const bytes =
      length <= pointerBytes
        ? table.subarray(place, place + length)
        : readBytes(file, readWhole(table, place, pointerBytes, isLittle), length);
    if (bytes === null) return null;
    // The first of two entries of one tag counts, as for GDAL.
    const tag = readWhole(table, start, 2, isLittle);
    if (typeBytes[type] !== undefined && !entries.has(tag)) entries.set(tag, { type, count: values, bytes });
  }
  return { entries, next: readWhole(table, count * entryBytes, pointerBytes, isLittle) };
}

/** The whole numbers of an entry; none where it is absent. */
export function wholesOf(entry: Entry | undefined, isLittle: boolean): readonly number[] {
  if (entry === undefined) return [];
  const size = typeBytes[entry.type] ?? 1;
  return Array.from({ length: entry.count }, (_, index) => readWhole(entry.bytes, index * size, size, isLittle));
}

/** A number without sign of 1, 2, 4 or 8 bytes; one above 2^53 is not exact, and lies outside of every file. */
function readWhole(bytes: Buffer, at: number, size: number, isLittle: boolean): number {
  if (size === 8) return Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  return isLittle ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
}

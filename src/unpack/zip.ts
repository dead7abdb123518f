import { createReadStream } from 'node:fs';
import { Readable, type Transform } from 'node:stream';
import { crc32, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import type { LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import { type Budget, damaged, locked, refused } from './budget.ts';
import type { ArchiveEntry } from './entry.ts';
import { legacyNameDecoder } from './legacy-names.ts';
import type { Write } from './scratch-files.ts';

/** Bytes unpacked at once: each piece is a trip to another thread, which takes as long as unpacking 16 KiB. */
const SMALL_CHUNK_BYTES = 1 << 18;
/** Of a large entry, whose bytes are read while others are unpacked. */
const LARGE_CHUNK_BYTES = 1 << 20;
const LARGE_ENTRY_BYTES = 16 << 20;

/** In an archive of more entries each is unpacked on its own: the bad ones are told apart from the good ones. */
const FEW_ENTRIES = 12;

/** Compression methods (APPNOTE 4.4.5) that are read, with what undoes them; a stored file needs nothing. */
const decoders: ReadonlyMap<number, ((chunkSize: number) => Transform) | null> = new Map<
  number,
  ((chunkSize: number) => Transform) | null
>([
  [0, null],
  [8, (chunkSize) => createInflateRaw({ chunkSize })],
  [93, (chunkSize) => createZstdDecompress({ chunkSize })],
]);

const otherMethods: ReadonlyMap<number, string> = new Map([
  [9, 'Deflate64'],
  [12, 'bzip2'],
  [14, 'LZMA'],
  [95, 'XZ'],
  [98, 'PPMd'],
]);

/** Flags of an entry (APPNOTE 4.4.4). */
const Flag = { encrypted: 1, sizesFollow: 8, utf8: 0x800 } as const;

/** Extra field with the name in UTF-8 (APPNOTE 4.6.9): version, checksum of the raw name, the name. */
const UNICODE_PATH = 0x7075;

/** A size that stands in the Zip64 extra field instead. */
const ZIP64 = 0xffffffff;

/** An entry with where its bytes are. */
interface Place {
  readonly entry: Entry;
  readonly start: number;
  readonly end: number;
}

/** Walks through a zip archive: Zip64, stored, deflated or Zstandard. Names and places are checked before any content. */
export async function* walkZip(archive: LocalFile, budget: Budget): AsyncGenerator<ArchiveEntry> {
  let zip: ZipFile | null = null;
  try {
    zip = await openPromise(archive.path, { lazyEntries: true, decodeStrings: false, autoClose: false });
    const entries = await listEntries(zip, budget);
    const places = await locate(zip, entries);
    const nameOf = nameReader(entries);
    for (const place of places) {
      const name = nameOf(place.entry);
      yield {
        name,
        kind: kindOf(place.entry, name),
        ...(places.length <= FEW_ENTRIES ? { sizeBytes: place.entry.uncompressedSize } : {}),
        copyTo: copier(archive.path, place, name, budget),
      };
    }
  } catch (cause) {
    throw translate(cause, archive.name);
  } finally {
    zip?.close();
  }
}

const translate = (cause: unknown, name: string): ImportError => {
  if (cause instanceof ImportError) return cause;
  const found = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
  if (found.includes('strong encryption')) return locked(name, cause);
  return damaged(name, found.startsWith('End of central directory') ? 'its end is missing' : found, cause);
};

async function listEntries(zip: ZipFile, budget: Budget): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    budget.countEntry(entry.fileNameRaw.toString('latin1'));
    entries.push(entry);
  }
  return entries;
}

/** Where each file lies. Throws 1003 where files overlap, or the two descriptions of one differ. */
async function locate(zip: ZipFile, entries: readonly Entry[]): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const entry of entries) {
    const local = await zip.readLocalFileHeaderPromise(entry);
    const differs =
      !local.fileName.equals(entry.fileNameRaw) ||
      local.compressionMethod !== entry.compressionMethod ||
      ((local.generalPurposeBitFlag ^ entry.generalPurposeBitFlag) & Flag.encrypted) !== 0 ||
      ((local.generalPurposeBitFlag & Flag.sizesFollow) === 0 &&
        (sizeDiffers(local.compressedSize, entry.compressedSize) ||
          sizeDiffers(local.uncompressedSize, entry.uncompressedSize)));
    if (differs) throw refused('its table of contents and its files contradict each other');
    places.push({
      entry,
      start: entry.relativeOffsetOfLocalHeader,
      end: local.fileDataStart + entry.compressedSize,
    });
  }
  const sorted = places.toSorted((a, b) => a.start - b.start);
  if (sorted.some(({ end }, index) => end > (sorted[index + 1]?.start ?? Number.POSITIVE_INFINITY))) {
    throw refused('its files overlap');
  }
  return places;
}

const sizeDiffers = (local: number, central: number): boolean => local !== ZIP64 && local !== central;

function nameReader(entries: readonly Entry[]): (entry: Entry) => string {
  const saysUtf8 = (entry: Entry): boolean => (entry.generalPurposeBitFlag & Flag.utf8) !== 0;
  const decode = legacyNameDecoder(entries.filter((entry) => !saysUtf8(entry)).map(({ fileNameRaw }) => fileNameRaw));
  return (entry) => {
    if (saysUtf8(entry)) return entry.fileNameRaw.toString();
    const field = entry.extraFields.find(({ id }) => id === UNICODE_PATH)?.data;
    const holds = field !== undefined && field.length > 5 && field.readUInt32LE(1) === crc32(entry.fileNameRaw);
    return holds ? field.subarray(5).toString() : decode(entry.fileNameRaw);
  };
}

function kindOf(entry: Entry, name: string): ArchiveEntry['kind'] {
  if (/[/\\]$/.test(name)) return 'folder';
  // Written by Unix (3) or macOS (19): the mode is in the upper half of the attributes. 0o10: a regular file.
  const isUnix = [3, 19].includes(entry.versionMadeBy >>> 8);
  const type = isUnix ? (entry.externalFileAttributes >>> 28) & 0o17 : 0;
  return type === 0 || type === 0o10 ? 'file' : 'other';
}

/** Bytes of the archive from `start` to before `end`. */
const bytesOf = (archive: string, start: number, end: number, highWaterMark: number): Readable =>
  start === end ? Readable.from([]) : createReadStream(archive, { start, end: end - 1, highWaterMark });

function copier(archive: string, place: Place, name: string, budget: Budget) {
  const { entry } = place;
  return async (write: Write): Promise<void> => {
    const method = entry.compressionMethod;
    if ((entry.generalPurposeBitFlag & Flag.encrypted) !== 0 || method === 99) throw locked(name);
    const decoder = decoders.get(method);
    if (decoder === undefined) {
      const known = otherMethods.get(method) ?? `method ${method}`;
      throw damaged(name, `it is compressed with ${known}, where zip programs use Deflate`);
    }
    const chunkSize = entry.uncompressedSize < LARGE_ENTRY_BYTES ? SMALL_CHUNK_BYTES : LARGE_CHUNK_BYTES;
    const packed = bytesOf(archive, place.end - entry.compressedSize, place.end, chunkSize);
    let size = 0;
    let sum = 0;
    try {
      const through = decoder?.(chunkSize);
      if (through !== undefined) packed.on('error', (error) => through.destroy(error));
      const content: AsyncIterable<Uint8Array> = through === undefined ? packed : packed.pipe(through);
      for await (const chunk of content) {
        budget.countBytes(chunk.length);
        size += chunk.length;
        sum = crc32(chunk, sum);
        write(chunk);
      }
    } catch (cause) {
      throw translate(cause, name);
    } finally {
      packed.destroy();
    }
    if (size !== entry.uncompressedSize || sum !== entry.crc32) throw damaged(name, 'its checksum is wrong');
  };
}

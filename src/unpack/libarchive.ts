import { closeSync, openSync, readSync } from 'node:fs';
import type { LibarchiveWasm } from 'libarchive-wasm';
import type { LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import { type Budget, damaged, locked, MOST_ENTRIES } from './budget.ts';
import type { ArchiveEntry } from './entry.ts';
import { rarNames } from './rar-names.ts';
import { isNameOf, sevenZipNames } from './seven-zip-names.ts';

/**
 * The library reads an archive from its own memory, so that a larger one would not fit beside the dictionary of its
 * compression into the memory of a reader (LANDFALL_READER_MEMORY).
 */
const MOST_PACKED_BYTES = 256 * 1024 ** 2;

const CHUNK_BYTES = 1 << 18;

/** Types of entries, as stat(2) numbers them. */
const FileType = { regular: 0o100000, folder: 0o040000 } as const;

/** Walks through a 7z or RAR archive with libarchive, compiled to WebAssembly: no part of it can reach the system. */
export async function* walkLibarchive(archive: LocalFile, budget: Budget): AsyncGenerator<ArchiveEntry> {
  if (archive.sizeBytes > MOST_PACKED_BYTES) {
    throw new ImportError('fileTooBig', {
      detail: `${archive.name} has more than ${MOST_PACKED_BYTES} bytes, the most that a 7z or RAR archive may have.`,
      hint: 'Pack the files as a zip or tar.gz archive, which may be larger.',
    });
  }
  const { libarchiveWasm } = await import('libarchive-wasm');
  const library = await libarchiveWasm();
  try {
    yield* entriesOf(library, archive, budget);
  } catch (cause) {
    throw translate(cause, archive.name);
  }
}

async function* entriesOf(library: LibarchiveWasm, archive: LocalFile, budget: Budget): AsyncGenerator<ArchiveEntry> {
  const { module } = library;
  const packed: number = module._malloc(archive.sizeBytes);
  const chunk: number = module._malloc(CHUNK_BYTES);
  if (packed === 0 || chunk === 0) throw new Error('there is not enough memory for it');
  load(archive, () => module.HEAPU8 ?? new Uint8Array(module.HEAP8.buffer), packed);

  const nameAt = namesOf(library, archive);
  const handle = openMemory(library, packed, archive.sizeBytes);
  let entries = 0;
  for (;;) {
    const entry = library.read_next_entry(handle);
    if (entry === 0) {
      // The end and a failure look alike, but for the words.
      const found: string | null = library.error_string(handle);
      if (found) throw new Error(found);
      return;
    }
    const name = nameAt(entries, library.entry_pathname(entry));
    entries++;
    budget.countEntry(name);
    const type = library.entry_filetype(entry);
    const isLocked = library.entry_is_encrypted(entry) !== 0;
    let isCopied = false;
    const copy = (write: (bytes: Uint8Array) => void): void => {
      isCopied = true;
      for (;;) {
        const length = library.read_data(handle, chunk, CHUNK_BYTES);
        if (length === 0) return;
        budget.countBytes(length);
        // The heap moves when it grows: a view of it is good for one chunk.
        write(new Uint8Array(module.HEAP8.buffer, chunk, length));
      }
    };
    yield {
      name,
      kind: type === FileType.regular ? 'file' : type === FileType.folder ? 'folder' : 'other',
      async copyTo(write) {
        if (isLocked) throw locked(name);
        try {
          copy(write);
        } catch (cause) {
          throw translate(cause, name);
        }
      },
    };
    // Files are packed as one stream: what is left out is unpacked all the same, and counts.
    if (!isCopied && !isLocked) copy(() => {});
  }
}

function openMemory(library: LibarchiveWasm, at: number, length: number): number {
  const handle = library.read_new();
  library.read_support_filter_all(handle);
  library.read_support_format_all(handle);
  library.read_open_memory(handle, at, length);
  return handle;
}

/**
 * Tells the name of an entry by its number and by what the library gives for its name: letters beyond ASCII are stars
 * there, and a name is missing or empty that is neither ASCII nor Unicode.
 */
function namesOf(library: LibarchiveWasm, archive: LocalFile): (index: number, given: string | null) => string {
  const rar = readPlaces(archive, (read) => rarNames(read, MOST_ENTRIES));
  let lists: readonly (readonly string[])[] | null = null;
  const sevenZip = (): readonly (readonly string[])[] =>
    readPlaces(archive, (read) => sevenZipNames(read, (bytes, most) => unpackFirst(library, bytes, most)));
  return (index, given) => {
    const left = given ?? '';
    if (left !== '' && !left.includes('*')) return left;
    lists ??= rar.length > 0 ? [rar] : sevenZip();
    const found = lists.map((names) => names[index]).find((name) => name && (left === '' || isNameOf(name, left)));
    return found ?? (left === '' ? `file ${index + 1}` : left);
  };
}

function readPlaces<T>({ path, sizeBytes }: LocalFile, use: (read: (at: number, length: number) => Buffer) => T): T {
  const fd = openSync(path, 'r');
  try {
    return use((at, length) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, sizeBytes - at)));
      return bytes.subarray(0, bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, at));
    });
  } finally {
    closeSync(fd);
  }
}

/** The first file of a small archive; null where it cannot be unpacked or is larger than `mostBytes`. */
function unpackFirst(library: LibarchiveWasm, archive: Buffer, mostBytes: number): Buffer | null {
  const { module } = library;
  const packed: number = module._malloc(archive.length);
  const chunk: number = module._malloc(CHUNK_BYTES);
  try {
    new Uint8Array(module.HEAP8.buffer).set(archive, packed);
    const handle = openMemory(library, packed, archive.length);
    if (library.read_next_entry(handle) === 0) return null;
    const parts: Buffer[] = [];
    for (let total = 0; ; ) {
      const length = library.read_data(handle, chunk, CHUNK_BYTES);
      if (length === 0) return Buffer.concat(parts);
      total += length;
      if (total > mostBytes) return null;
      parts.push(Buffer.from(new Uint8Array(module.HEAP8.buffer, chunk, length)));
    }
  } catch {
    return null;
  } finally {
    module._free(packed);
    module._free(chunk);
  }
}

function load(archive: LocalFile, heap: () => Uint8Array, at: number): void {
  const fd = openSync(archive.path, 'r');
  try {
    for (let done = 0; done < archive.sizeBytes; ) {
      const length = readSync(fd, heap(), at + done, Math.min(CHUNK_BYTES, archive.sizeBytes - done), null);
      if (length === 0) throw new Error('it ends too early');
      done += length;
    }
  } finally {
    closeSync(fd);
  }
}

function translate(cause: unknown, name: string): ImportError {
  if (cause instanceof ImportError) return cause;
  const found = cause instanceof Error ? cause.message : String(cause);
  return /encrypt|passphrase|password|crypt/i.test(found) ? locked(name, cause) : damaged(name, found, cause);
}

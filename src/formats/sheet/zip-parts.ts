import { crc32 } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { ImportError } from '../../errors.ts';

/** A part that unpacks to more than this is looked at for its ratio. */
const SMALL_PART_BYTES = 64 << 20;

/** Deflate reaches 1032; the sheets of real workbooks stay under 100. */
const MAX_RATIO = 250;

/** Largest part, unpacked: a full sheet of 1,048,576 rows and 80 columns. */
const MAX_PART_BYTES = 4 * 1024 ** 3;

/** Entries of a package; a workbook of 250 sheets has about a thousand. */
const MAX_ENTRIES = 20_000;

/** The parts of a package (a zip file), by their names in lower case. */
export class ZipParts {
  readonly #path: string;
  readonly #fileName: string;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(path: string, fileName: string, entries: ReadonlyMap<string, Entry>) {
    this.#path = path;
    this.#fileName = fileName;
    this.#entries = entries;
  }

  /** Reads the directory of a zip file. Throws badSpreadsheet, archiveLocked (1018), fileTooBig. */
  static async open(path: string, fileName: string): Promise<ZipParts> {
    const zip = await openZip(path, fileName);
    try {
      const entries = new Map<string, Entry>();
      await new Promise<void>((resolve, reject) => {
        zip.on('error', (cause) => reject(damaged(fileName, cause)));
        zip.on('end', resolve);
        zip.on('entry', (entry: Entry) => {
          entries.set(entry.fileName.toLowerCase().replace(/^\//, ''), entry);
          if (entries.size > MAX_ENTRIES) reject(tooManyParts(fileName));
          else zip.readEntry();
        });
        zip.readEntry();
      });
      for (const entry of entries.values()) checkEntry(entry, fileName);
      return new ZipParts(path, fileName, entries);
    } finally {
      zip.close();
    }
  }

  /** Names of all parts, as `chunks` takes them. */
  names(): Iterable<string> {
    return this.#entries.keys();
  }

  has(part: string): boolean {
    return this.#entries.has(part.toLowerCase());
  }

  /** Bytes that a part unpacks to, as the directory says; 0 where there is no such part. */
  bytesOf(part: string): number {
    return this.#entries.get(part.toLowerCase())?.uncompressedSize ?? 0;
  }

  /** Bytes that all parts unpack to, as the directory says; `chunks` holds every part to its number. */
  totalBytes(): number {
    return [...this.#entries.values()].reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  }

  /**
   * The unpacked bytes of a part, its size and checksum verified where it is read to its end. Nothing where there is no
   * such part. Throws badSpreadsheet.
   */
  async *chunks(part: string): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(part.toLowerCase());
    if (entry === undefined) return;
    const zip = await openZip(this.#path, this.#fileName);
    try {
      const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
        zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
      });
      let checksum = 0;
      for await (const chunk of stream) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        checksum = crc32(bytes, checksum);
        yield bytes;
      }
      if (checksum !== entry.crc32) throw new Error(`the checksum of ${entry.fileName} is wrong`);
    } catch (error) {
      throw error instanceof ImportError || (error instanceof Error && error.name === 'BadXml')
        ? error
        : damaged(this.#fileName, error);
    } finally {
      zip.close();
    }
  }
}

const openZip = (path: string, fileName: string): Promise<ZipFile> =>
  new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(damaged(fileName, error)) : resolve(zip),
    );
  });

function checkEntry(entry: Entry, fileName: string): void {
  if (entry.isEncrypted()) {
    throw new ImportError('archiveLocked', {
      detail: `${fileName} is protected by a password.`,
      hint: 'Open the workbook with its password, save it without one and import it again.',
    });
  }
  const { uncompressedSize: size, compressedSize } = entry;
  if (size <= SMALL_PART_BYTES) return;
  if (size <= MAX_PART_BYTES && size <= compressedSize * MAX_RATIO) return;
  throw new ImportError('fileTooBig', {
    detail: `${fileName}: ${entry.fileName} unpacks from ${compressedSize} to ${size} bytes.`,
    hint: 'Remove empty formatted rows and columns, or split the workbook, and save it again.',
  });
}

const tooManyParts = (fileName: string): ImportError =>
  new ImportError('badSpreadsheet', {
    detail: `${fileName} has more than ${MAX_ENTRIES} parts.`,
    hint: 'Open the workbook in a spreadsheet program, save it again and import that.',
  });

function damaged(fileName: string, cause: unknown): ImportError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ImportError('badSpreadsheet', {
    detail: `${fileName} is a damaged workbook: ${reason}.`,
    hint: 'Check that the file was copied or downloaded completely; open it in a spreadsheet program and save it again.',
    cause,
  });
}

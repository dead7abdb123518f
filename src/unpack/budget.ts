/** What unpacking may cost, counted on what really comes out: nothing that an archive says about itself is believed. */
import { ImportError } from '../errors.ts';

/** From here on the ratio below counts; small files may unpack to anything up to this. */
const FREE_BYTES = 10 * 1024 ** 2;

/** Bytes out of one byte in. Text with repetitions reaches 20 to 100; the densest honest files stay below. */
const LARGEST_RATIO = 200;

/** Files and folders of an archive and of the archives in it. A file geodatabase has some hundreds. */
export const MOST_ENTRIES = 1000;

/** Bytes of all names together. */
const MOST_NAME_BYTES = 1024 ** 2;

/** What one import may unpack, shared by an archive and the archives inside it. Its methods throw where it is spent. */
export class Budget {
  readonly #packedBytes: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #entries = 0;
  #nameBytes = 0;

  /** `packedBytes`: size of the outermost file; `maxBytes`: what one import may have (error 6666). */
  constructor(packedBytes: number, maxBytes: number) {
    this.#packedBytes = packedBytes;
    this.#maxBytes = maxBytes;
  }

  /** Counts an entry before anything of it is read. Throws 1003. */
  countEntry(name: string): void {
    this.#entries++;
    this.#nameBytes += Buffer.byteLength(name);
    if (this.#entries > MOST_ENTRIES) throw refused(`it holds more than ${MOST_ENTRIES} files`);
    if (this.#nameBytes > MOST_NAME_BYTES) throw refused('the names of its files have more than 1 MiB');
  }

  /** Counts bytes that came out. Throws 6666 above the size of an import, 1003 above the ratio. */
  countBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) {
      throw new ImportSizeExceeded(this.#maxBytes);
    }
    if (this.#bytes > FREE_BYTES && this.#bytes > LARGEST_RATIO * this.#packedBytes) {
      throw refused(`it unpacks to more than ${LARGEST_RATIO} times its size`);
    }
  }
}

/** An archive that is given up as a whole, however good its other files are: a bomb, an attack, a spent budget. */
export class ArchiveRefused extends ImportError {}

class ImportSizeExceeded extends ArchiveRefused {
  constructor(maxBytes: number) {
    super('fileTooBig', {
      detail: `The archive unpacks to more than the ${maxBytes} bytes that one import may have.`,
      hint: 'Import its files in several parts, or ask the operator for a higher limit.',
    });
  }
}

/** 1003 for an archive that an honest program would not make. `why` completes "The archive was refused:". */
export const refused = (why: string): ArchiveRefused =>
  new ArchiveRefused('unpackFailed', {
    detail: `The archive was refused: ${why}.`,
    hint: 'Pack only the files to import, without links, into a new zip file.',
  });

/** 1003 for an archive that cannot be read to its end. `found` says what was wrong. */
export const damaged = (name: string, found: string, cause?: unknown): ImportError =>
  new ImportError('unpackFailed', {
    detail: `${name} cannot be unpacked: ${found}.`,
    hint: 'Check that it was copied completely, or pack the files again as a zip file.',
    cause,
  });

/** 1018 for an archive, or a file in one, that needs a password. */
export const locked = (name: string, cause?: unknown): ImportError =>
  new ImportError('archiveLocked', {
    detail: `${name} is protected by a password.`,
    hint: 'Pack the files again without a password.',
    cause,
  });

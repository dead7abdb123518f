import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { FileWindow } from './file-window.ts';

/** dBASE III knows one size; the others say theirs, and this is what they mean where they do not. */
const BLOCK_BYTES = 512;

/** First bytes of a block of dBASE IV, before the length of the memo with these eight bytes. */
const DBASE4_MARK = 0x0008ffff;
const MEMO_HEADER_BYTES = 8;

/** Ends a memo of dBASE III. */
const END_OF_MEMO = 0x1a;

/** Read at once while that end is looked for. */
const SEARCH_BYTES = 4096;

/** Largest memo: far above any that is typed, far below a reader's memory. */
const MAX_MEMO_BYTES = 16 << 20;

/** Many records may share a memo, but not make gigabytes of a small file. */
const MAX_TIMES_READ = 64;

/** The texts of a DBF table that stand in a file of their own: `.dbt` of dBASE III and IV, `.fpt` of FoxPro. */
export class MemoFile implements Disposable {
  readonly #window: FileWindow;
  readonly #name: string;
  readonly #isFoxPro: boolean;
  readonly #blockBytes: number;
  #bytesRead = 0;

  constructor(file: LocalFile) {
    this.#window = new FileWindow(file.path);
    this.#name = file.name;
    this.#isFoxPro = /\.fpt$/i.test(file.name);
    this.#blockBytes = this.#readBlockBytes();
  }

  #readBlockBytes(): number {
    if (!this.#window.fill(0, 24)) return BLOCK_BYTES;
    const { view, start } = this.#window;
    // A FoxPro file may have blocks of one byte, which it writes as 0 or 1.
    if (this.#isFoxPro) return Math.max(1, view.getUint16(start + 6, false));
    return view.getUint16(start + 20, true) || BLOCK_BYTES;
  }

  /**
   * The text that begins at a block; null where there is none: number 0, a picture, a place behind the end. It holds
   * until the next call. Throws badShapefile where the table reads the same memos over and over.
   */
  read(block: number): Buffer | null {
    if (!(block > 0)) return null;
    const found = this.#find(block * this.#blockBytes) ?? (this.#isFoxPro ? null : this.#search(block * BLOCK_BYTES));
    if (found === null) return null;
    this.#bytesRead += found.length;
    if (this.#bytesRead > MAX_TIMES_READ * this.#window.size + MAX_MEMO_BYTES) {
      throw new ImportError('badShapefile', {
        detail: `${this.#name} is damaged: the records of the table share its texts more than ${MAX_TIMES_READ} times over.`,
        hint: 'Open the table in the program that made it and save it again.',
      });
    }
    return found;
  }

  /** A memo that says its length. */
  #find(offset: number): Buffer | null {
    if (!this.#window.fill(offset, MEMO_HEADER_BYTES)) return null;
    const { view, start } = this.#window;
    if (this.#isFoxPro) {
      const isText = view.getUint32(start, false) === 1;
      return isText ? this.#slice(offset + MEMO_HEADER_BYTES, view.getUint32(start + 4, false)) : null;
    }
    if (view.getUint32(start, true) !== DBASE4_MARK) return null;
    return this.#slice(offset + MEMO_HEADER_BYTES, view.getUint32(start + 4, true) - MEMO_HEADER_BYTES);
  }

  #slice(offset: number, length: number): Buffer | null {
    if (length < 1 || length > MAX_MEMO_BYTES || !this.#window.fill(offset, length)) return null;
    return this.#window.bytes.subarray(this.#window.start, this.#window.start + length);
  }

  /** A memo of dBASE III, which ends before a byte; or with the file, where a damaged one has lost it. */
  #search(offset: number): Buffer | null {
    const rest = this.#window.size - offset;
    for (let length = Math.min(SEARCH_BYTES, rest); length > 0; length = Math.min(length * 4, rest)) {
      const bytes = this.#slice(offset, length);
      if (bytes === null) return null;
      const end = bytes.indexOf(END_OF_MEMO);
      if (end >= 0) return bytes.subarray(0, end);
      if (length === rest) return bytes;
    }
    return null;
  }

  [Symbol.dispose](): void {
    this.#window[Symbol.dispose]();
  }
}

/** The number of a block as a table writes it: ten digits, or four bytes in tables of Visual FoxPro. */
export function blockNumber(source: Buffer, at: number, width: number): number {
  if (width === 4) return source.readUInt32LE(at);
  const digits = source
    .toString('latin1', at, at + width)
    .replaceAll('\0', '')
    .trim();
  return /^\d+$/.test(digits) ? Number(digits) : 0;
}

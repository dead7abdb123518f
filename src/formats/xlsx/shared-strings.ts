// hot path: bench/load.bench.ts
import { ImportError } from '../../errors.ts';
import { readPart } from '../sheet/read-part.ts';
import type { XmlHandler, XmlScanner } from '../sheet/xml-scanner.ts';
import { writeXmlText } from '../sheet/xml-text.ts';
import type { ZipParts } from '../sheet/zip-parts.ts';

/** Bytes of all different texts of a workbook, which stay in memory while its sheets are read. */
const MAX_BYTES = 160 << 20;

/** Different texts of a workbook; each costs four bytes besides its own. */
const MAX_STRINGS = 16_000_000;

/**
 * The texts that the cells of a workbook share, one after the other in one buffer. The runs of rich text are joined;
 * phonetic guides are left out.
 */
export class SharedStrings implements XmlHandler {
  readonly #fileName: string;
  bytes: Buffer = Buffer.allocUnsafeSlow(1 << 16);
  /** Where each text ends; it begins where the one before ends. */
  ends: Uint32Array = new Uint32Array(1 << 12);
  count = 0;
  #length = 0;
  #isText = false;
  #phoneticDepth = 0;

  private constructor(fileName: string) {
    this.#fileName = fileName;
  }

  /** Reads the part of shared strings. Throws badSpreadsheet, and fileTooBig where they do not fit into memory. */
  static async read(parts: ZipParts, part: string | null, fileName: string): Promise<SharedStrings> {
    const strings = new SharedStrings(fileName);
    if (part !== null) await readPart(parts, part, fileName, strings);
    return strings;
  }

  open(scanner: XmlScanner): void {
    if (scanner.isNamed('t')) this.#isText = this.#phoneticDepth === 0;
    else if (scanner.isNamed('rPh')) this.#phoneticDepth++;
  }

  close(scanner: XmlScanner): void {
    if (scanner.isNamed('t')) this.#isText = false;
    else if (scanner.isNamed('rPh')) this.#phoneticDepth--;
    else if (scanner.isNamed('si')) this.#add();
  }

  text(scanner: XmlScanner, start: number, end: number, isRaw: boolean): void {
    if (!this.#isText) return;
    const needed = this.#length + end - start;
    if (needed > this.bytes.length) {
      if (needed > MAX_BYTES) throw this.#tooBig(`${MAX_BYTES >> 20} MiB of different texts`);
      const grown = Buffer.allocUnsafeSlow(Math.min(MAX_BYTES, Math.max(needed, this.bytes.length * 2)));
      this.bytes.copy(grown, 0, 0, this.#length);
      this.bytes = grown;
    }
    this.#length = writeXmlText(scanner.bytes, start, end, isRaw, this.bytes, this.#length);
  }

  #add(): void {
    if (this.count === this.ends.length) {
      if (this.count >= MAX_STRINGS) throw this.#tooBig(`${MAX_STRINGS} different texts`);
      const grown = new Uint32Array(this.ends.length * 2);
      grown.set(this.ends);
      this.ends = grown;
    }
    this.ends[this.count++] = this.#length;
  }

  #tooBig(limit: string): ImportError {
    return new ImportError('fileTooBig', {
      detail: `${this.#fileName} has more than ${limit}, the most that a workbook may have.`,
      hint: 'Split the workbook, or save its sheets as CSV, which has no such limit.',
    });
  }
}

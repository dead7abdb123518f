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
  readonly bytes: Buffer;
  /** Where each text ends; it begins where the one before ends. */
  ends: Uint32Array = new Uint32Array(1 << 12);
  count = 0;
  #length = 0;
  #isText = false;
  #phoneticDepth = 0;

  /** `partBytes` is what the part unpacks to, which no text of it exceeds; memory is taken as it is written to. */
  private constructor(fileName: string, partBytes: number) {
    this.#fileName = fileName;
    this.bytes = Buffer.allocUnsafeSlow(Math.min(MAX_BYTES, partBytes));
  }

  /** Reads the part of shared strings. Throws badSpreadsheet, and fileTooBig where they do not fit into memory. */
  static async read(parts: ZipParts, part: string | null, fileName: string): Promise<SharedStrings> {
    const strings = new SharedStrings(fileName, part === null ? 0 : parts.bytesOf(part));
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
    if (this.#length + end - start > this.bytes.length) throw this.#tooBig(`${MAX_BYTES >> 20} MiB of different texts`);
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

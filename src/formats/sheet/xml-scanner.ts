// hot path: bench/load.bench.ts
import { isUtf8 } from 'node:buffer';
import { BadXml } from './bad-xml.ts';
import { attributeText } from './xml-text.ts';

/** Longest tag or text; a cell of a spreadsheet program holds 32,767 characters. */
const MAX_TOKEN_BYTES = 16 << 20;

const LT = 60;
const GT = 62;
const SLASH = 47;
const COLON = 58;
const isSpace = (byte: number): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9;

/** What a document is made of, in order. Ranges are of `scanner.bytes` and hold during the call. */
export interface XmlHandler {
  /** A start tag; its attributes are there through `scanner.nextAttribute`. */
  open(scanner: XmlScanner): void;
  /** An end tag, or the end of an empty element. */
  close(scanner: XmlScanner): void;
  /** Text as it is written, or, if `isRaw`, the inside of a CDATA section. One element may have several. */
  text(scanner: XmlScanner, start: number, end: number, isRaw: boolean): void;
}

/**
 * Reads the XML of spreadsheets as byte ranges, chunk by chunk, without making strings: a sheet of a million cells is
 * five million tags. Names are local names, whatever their prefix. A document type is refused, so that there are no
 * entities besides the five of XML and characters by number. That end tags match is not looked at, only that each start
 * has an end: a part's checksum tells whether it is as it was written. Throws BadXml.
 */
export class XmlScanner {
  bytes: Buffer = Buffer.allocUnsafeSlow(1 << 17);
  /** Local name of the element that was opened or closed. */
  nameStart = 0;
  nameEnd = 0;
  /** The attribute that `nextAttribute` found: its name without prefix and its value. */
  attributeStart = 0;
  attributeEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  readonly #handler: XmlHandler;
  /** Bytes of the document that `bytes` holds. */
  #length = 0;
  /** Up to where a text that is not whole yet has been looked through. */
  #looked = 0;
  #at = 0;
  #tagEnd = 0;
  #depth = 0;
  #hasRoot = false;

  constructor(handler: XmlHandler) {
    this.#handler = handler;
  }

  /** Reads what is whole and keeps the rest for the next call. */
  feed(chunk: Buffer): void {
    const filled = this.#length + chunk.length;
    if (filled > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(filled, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, this.#length);
      this.bytes = grown;
    }
    chunk.copy(this.bytes, this.#length);
    this.#length = filled;
    const consumed = this.#scan();
    const done = this.bytes.subarray(0, consumed);
    if (done.includes(0) || !isUtf8(done)) throw new BadXml('is not UTF-8 text');
    this.bytes.copyWithin(0, consumed, filled);
    this.#length = filled - consumed;
    this.#looked = Math.max(0, this.#looked - consumed);
    if (this.#length > MAX_TOKEN_BYTES) throw new BadXml(`has a text or a tag longer than ${MAX_TOKEN_BYTES} bytes`);
  }

  /** Call when all has been fed: a document that is not whole throws. */
  end(): void {
    for (let i = 0; i < this.#length; i++) if (!isSpace(this.bytes[i]!)) throw new BadXml('ends too early');
    if (this.#depth !== 0 || !this.#hasRoot) throw new BadXml('ends too early');
  }

  /** Whether the element's local name is `name` (ASCII). */
  isNamed(name: string): boolean {
    const { bytes, nameStart } = this;
    if (this.nameEnd - nameStart !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (bytes[nameStart + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  #scan(): number {
    const { bytes } = this;
    const end = this.#length;
    let at = 0;
    let lt = this.#looked;
    for (;;) {
      while (lt < end && bytes[lt] !== LT) lt++;
      this.#looked = lt;
      if (lt + 1 >= end) return at;
      const next = bytes[lt + 1]!;
      const isMarkup = next === 33 || next === 63;
      const after = isMarkup ? this.#skipMarkup(lt) : this.#findTagEnd(lt + 1);
      if (after < 0) return at;
      if (lt > at && this.#depth > 0) this.#handler.text(this, at, lt, false);
      if (isMarkup) this.#cdata(lt, after);
      else if (next === SLASH) this.#closeTag(lt + 2, after - 1);
      else this.#openTag(lt + 1, after - 1);
      at = lt = after;
    }
  }

  /** Position behind the `>` of a tag, which may stand inside quotes before; -1: not there yet. */
  #findTagEnd(from: number): number {
    const { bytes } = this;
    const end = this.#length;
    for (let i = from; i < end; i++) {
      const byte = bytes[i]!;
      if (byte === GT) return i + 1;
      if (byte === 34 || byte === 39) {
        i++;
        while (i < end && bytes[i] !== byte) i++;
      } else if (byte === LT) throw new BadXml('has a < inside a tag');
    }
    return -1;
  }

  #skipMarkup(lt: number): number {
    const { bytes } = this;
    if (bytes[lt + 1] === 63) return this.#behind('?>', lt + 2);
    if (this.#length < lt + 9) return -1;
    if (bytes.toString('latin1', lt, lt + 4) === '<!--') return this.#behind('-->', lt + 4);
    if (bytes.toString('latin1', lt, lt + 9) === '<![CDATA[') return this.#behind(']]>', lt + 9);
    throw new BadXml('has a document type declaration, which no spreadsheet needs');
  }

  #behind(mark: string, from: number): number {
    const found = this.bytes.subarray(0, this.#length).indexOf(mark, from, 'latin1');
    return found < 0 ? -1 : found + mark.length;
  }

  #cdata(lt: number, after: number): void {
    if (this.bytes[lt + 2] === 91 && this.#depth > 0) this.#handler.text(this, lt + 9, after - 3, true);
  }

  #openTag(from: number, gt: number): void {
    const { bytes } = this;
    const isEmpty = bytes[gt - 1] === SLASH;
    this.#tagEnd = isEmpty ? gt - 1 : gt;
    let at = from;
    let start = from;
    for (; at < this.#tagEnd; at++) {
      const byte = bytes[at]!;
      if (byte === COLON) start = at + 1;
      else if (isSpace(byte)) break;
    }
    if (start === at) throw new BadXml('has a tag without a name');
    this.nameStart = start;
    this.nameEnd = at;
    this.#at = at;
    this.#depth++;
    this.#hasRoot = true;
    this.#handler.open(this);
    if (!isEmpty) return;
    this.#depth--;
    this.#handler.close(this);
  }

  #closeTag(from: number, gt: number): void {
    const { bytes } = this;
    let end = gt;
    while (end > from && isSpace(bytes[end - 1]!)) end--;
    let start = from;
    for (let i = from; i < end; i++) if (bytes[i] === COLON) start = i + 1;
    this.nameStart = start;
    this.nameEnd = end;
    if (--this.#depth < 0) throw new BadXml('has an end tag without a start');
    this.#handler.close(this);
  }

  /** The attributes of the start tag that are not yet found, by their names without prefix; for small parts. */
  attributes(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    while (this.nextAttribute()) {
      const name = this.bytes.toString('latin1', this.attributeStart, this.attributeEnd);
      found.set(name, attributeText(this.bytes, this.valueStart, this.valueEnd));
    }
    return found;
  }

  /** Finds the next attribute of the start tag that `open` was told of; false: there is no other. */
  nextAttribute(): boolean {
    const { bytes } = this;
    const end = this.#tagEnd;
    let at = this.#at;
    while (at < end && isSpace(bytes[at]!)) at++;
    if (at >= end) return false;
    let start = at;
    for (; at < end && bytes[at] !== 61; at++) if (bytes[at] === COLON) start = at + 1;
    let nameEnd = at;
    while (nameEnd > start && isSpace(bytes[nameEnd - 1]!)) nameEnd--;
    at++;
    while (at < end && isSpace(bytes[at]!)) at++;
    const quote = bytes[at];
    if (at >= end || (quote !== 34 && quote !== 39)) throw new BadXml('has an attribute without a quoted value');
    const valueStart = ++at;
    while (at < end && bytes[at] !== quote) at++;
    if (at >= end) throw new BadXml('has an attribute whose quote is never closed');
    this.attributeStart = start;
    this.attributeEnd = nameEnd;
    this.valueStart = valueStart;
    this.valueEnd = at;
    this.#at = at + 1;
    return true;
  }
}

// hot path: bench/load.bench.ts
import type { PageHeader, SchemaTree } from 'hyparquet';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';

/**
 * Byte arrays of an unpacked page in the plain encoding, found one by one as they are asked for: the library makes all at
 * once, and many programs put all texts of 65,536 rows into one page.
 */
export class PlainBytes {
  /** Values of the page, NULLs among them. */
  readonly count: number;
  readonly #body: Uint8Array;
  readonly #view: DataView;
  /** Levels of definition; null where no value can be NULL. */
  readonly #levels: Uint8Array | null;
  readonly #defined: number;
  #at: number;
  #row = 0;

  /** null: the page is of another kind. */
  static open(header: PageHeader, type: string, body: Uint8Array, schemaPath: SchemaTree[]): PlainBytes | null {
    const page = header.data_page_header ?? header.data_page_header_v2;
    const isKnown = page?.encoding === 'PLAIN' && type === 'BYTE_ARRAY' && getMaxRepetitionLevel(schemaPath) === 0;
    return isKnown ? new PlainBytes(header, page.num_values, body, schemaPath) : null;
  }

  private constructor(header: PageHeader, count: number, body: Uint8Array, schemaPath: SchemaTree[]) {
    this.count = count;
    this.#body = body;
    this.#view = new DataView(body.buffer, body.byteOffset, body.length);
    this.#defined = getMaxDefinitionLevel(schemaPath);
    this.#levels = this.#defined === 0 ? null : new Uint8Array(count);
    const reader = { view: this.#view, offset: 0 };
    const v2 = header.data_page_header_v2;
    if (v2 !== undefined) reader.offset = v2.repetition_levels_byte_length;
    if (this.#levels !== null) {
      const width = 32 - Math.clz32(this.#defined);
      readRleBitPackedHybrid(reader, width, this.#levels, v2?.definition_levels_byte_length);
    }
    if (v2 !== undefined) reader.offset = v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
    this.#at = reader.offset;
  }

  /** The next value, which lies in the page; undefined for NULL. Throws Error where it leads outside of the page. */
  next(): Uint8Array | undefined {
    if (this.#levels !== null && this.#levels[this.#row++] !== this.#defined) return undefined;
    const start = this.#at + 4;
    const end = start + this.#view.getUint32(this.#at, true);
    if (end > this.#body.length) throw new Error('a value leads outside of its page');
    this.#at = end;
    return new Uint8Array(this.#body.buffer, this.#body.byteOffset + start, end - start);
  }
}

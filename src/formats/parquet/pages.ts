// hot path: bench/load.bench.ts
import type { ColumnMetaData, DecodedArray, PageHeader, SchemaTree } from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { ImportError } from '../../errors.ts';
import type { ParquetFile } from './parquet-file.ts';
import { PlainBytes } from './plain-bytes.ts';
import { unpackPage } from './unpack.ts';

/** Bytes in which a page's header is looked for first; longer ones have long statistics. */
const HEADER_BYTES = 1 << 14;
const MAX_HEADER_BYTES = 16 << 20;

/** Largest page, unpacked, and most values of one; writers make pages of about 1 MiB. */
const MAX_PAGE_BYTES = 256 << 20;
const MAX_PAGE_VALUES = 1 << 24;

/** A back reference of Snappy gives 64 bytes for 3, one of LZ4 255 for 1. */
const MAX_RATIO = 256;

/** INT96 as nanoseconds since 1970, other values as they are stored: what they mean is decided by `values.ts`. */
const parsers = { ...DEFAULT_PARSERS, timestampFromNanoseconds: (nanos: bigint) => nanos };

/** One page of a column chunk: its header, and where its body is. */
interface Page {
  readonly header: PageHeader;
  readonly bodyAt: number;
}

/** The pages of a column chunk in order, each checked against the file and the bounds above before it is handed on. */
export class PageReader {
  readonly #file: ParquetFile;
  readonly #column: ColumnMetaData;
  readonly #name: string;
  #at: number;
  readonly #end: number;

  constructor(file: ParquetFile, column: ColumnMetaData) {
    this.#file = file;
    this.#column = column;
    this.#name = column.path_in_schema.join('.');
    const { dictionary_page_offset: dictionary, data_page_offset: data } = column;
    this.#at = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data);
    this.#end = this.#at + Number(column.total_compressed_size);
    if (!(this.#at >= 4 && this.#end <= file.size)) {
      throw file.damaged(`the column ${this.#name} is said to lie outside of the file`);
    }
  }

  /** The next page, null behind the last. Throws loadFailed, fileTooBig. */
  next(): Page | null {
    if (this.#at >= this.#end) return null;
    const { header, bytes } = this.#header();
    const bodyAt = this.#at + bytes;
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    const values =
      header.data_page_header?.num_values ??
      header.data_page_header_v2?.num_values ??
      header.dictionary_page_header?.num_values ??
      0;
    if (!(packed >= 0 && bodyAt + packed <= this.#end) || !(unpacked >= 0) || !(values >= 0)) {
      throw this.#file.damaged(`a page of the column ${this.#name} is said to lie outside of the file`);
    }
    if (unpacked > MAX_PAGE_BYTES || values > MAX_PAGE_VALUES) {
      throw new ImportError('fileTooBig', {
        detail: `${this.#file.name}: a page of the column ${this.#name} has ${values} values of ${unpacked} bytes.`,
        hint: 'Write the file with smaller pages, as most programs do by default.',
      });
    }
    const isBounded = this.#column.codec === 'SNAPPY' || this.#column.codec.startsWith('LZ4');
    if (isBounded && unpacked > MAX_RATIO * (packed + 64)) {
      throw this.#file.damaged(`a page of the column ${this.#name} is said to unpack to more than it can`);
    }
    this.#at = bodyAt + packed;
    return { header, bodyAt };
  }

  #header(): { readonly header: PageHeader; readonly bytes: number } {
    for (let length = HEADER_BYTES; ; length *= 16) {
      const window = this.#file.slice(this.#at, Math.min(this.#at + length, this.#end));
      const reader = { view: new DataView(window.buffer), offset: 0 };
      try {
        return { header: parquetHeader(reader), bytes: reader.offset };
      } catch (cause) {
        const isWhole = this.#at + length >= this.#end || length >= MAX_HEADER_BYTES;
        if (isWhole || !(cause instanceof RangeError)) {
          throw this.#file.translate(`a page of the column ${this.#name}`, cause);
        }
      }
    }
  }
}

/** The values of a flat column in one row group, one page in memory at a time. */
export class ColumnCursor {
  readonly #file: ParquetFile;
  readonly #pages: PageReader;
  readonly #column: ColumnMetaData;
  readonly #decoder: Parameters<typeof readPage>[2];
  #dictionary: DecodedArray | undefined;
  #values: DecodedArray = [];
  /** What `#values` would be, for texts and geometries in the plain encoding. */
  #bytes: PlainBytes | null = null;
  #at = 0;
  #count = 0;

  constructor(file: ParquetFile, column: ColumnMetaData, root: SchemaTree, node: SchemaTree) {
    this.#file = file;
    this.#pages = new PageReader(file, column);
    this.#column = column;
    // Without annotations the library leaves values as they are stored.
    const { converted_type: _, logical_type: __, ...element } = node.element;
    const raw = { ...node, element };
    this.#decoder = {
      pathInSchema: column.path_in_schema,
      element,
      schemaPath: [root, raw],
      ...column,
      codec: 'UNCOMPRESSED',
      utf8: false,
      parsers,
    };
  }

  /** The next value. Throws loadFailed where there is none. */
  next(): unknown {
    while (this.#at >= this.#count) this.#load();
    const at = this.#at++;
    return this.#bytes === null ? this.#values[at] : this.#bytes.next();
  }

  #load(): void {
    const page = this.#pages.next();
    const name = this.#decoder.pathInSchema.join('.');
    if (page === null) throw this.#file.damaged(`the column ${name} has fewer values than its row group has rows`);
    const { header, bodyAt } = page;
    const packed = this.#file.slice(bodyAt, bodyAt + header.compressed_page_size);
    this.#file.translated(`a page of the column ${name}`, () => {
      const { header: unpacked, body } = unpackPage(header, packed, this.#column, this.#decoder.schemaPath);
      this.#bytes = PlainBytes.open(header, this.#column.type, body, this.#decoder.schemaPath);
      if (this.#bytes !== null) {
        this.#values = [];
        this.#count = this.#bytes.count;
        this.#at = 0;
        return;
      }
      const reader = { view: new DataView(body.buffer, body.byteOffset, body.length), offset: 0 };
      const { data } = readPage(reader, unpacked, this.#decoder, this.#dictionary, undefined, 0);
      if (header.type === 'DICTIONARY_PAGE') this.#dictionary = convert(data ?? [], this.#decoder);
      else {
        this.#values = data ?? [];
        this.#count = this.#values.length;
        this.#at = 0;
      }
    });
  }
}

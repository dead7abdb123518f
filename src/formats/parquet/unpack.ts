// hot path: bench/load.bench.ts
import type { ColumnMetaData, DataPageHeader, PageHeader, SchemaTree } from 'hyparquet';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { compressors } from './decompress.ts';

type DataPageHeaderV2 = NonNullable<PageHeader['data_page_header_v2']>;

/** A page unpacked: the header says that it is not compressed. */
export interface UnpackedPage {
  readonly header: PageHeader;
  readonly body: Uint8Array<ArrayBufferLike>;
}

/**
 * Unpacks a page and checks the runs of its levels and dictionary indexes against the number of its values. The library
 * believes the length of a run: a page of ten bytes could keep it busy for minutes. Throws Error.
 */
export function unpackPage(
  packed: PageHeader,
  bytes: Uint8Array,
  { codec }: ColumnMetaData,
  schemaPath: SchemaTree[],
): UnpackedPage {
  const v2 = packed.data_page_header_v2;
  const levelBytes = v2 === undefined ? 0 : v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
  if (!(levelBytes >= 0 && levelBytes <= bytes.length)) throw new Error('levels lead outside of the page');
  const isPacked = v2?.is_compressed !== false && codec !== 'UNCOMPRESSED';
  const unpackedBytes = packed.uncompressed_page_size - levelBytes;
  const content = bytes.subarray(levelBytes);
  const values = isPacked ? decompressPage(content, unpackedBytes, codec, compressors) : content;
  const body = levelBytes === 0 ? values : Buffer.concat([bytes.subarray(0, levelBytes), values]);
  const header: PageHeader = {
    ...packed,
    compressed_page_size: body.length,
    ...(v2 === undefined ? {} : { data_page_header_v2: { ...v2, is_compressed: false } }),
  };
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const repetition = bitWidth(getMaxRepetitionLevel(schemaPath));
  const definition = bitWidth(getMaxDefinitionLevel(schemaPath));
  if (v2 !== undefined) checkPageV2(view, v2, repetition, definition);
  else if (packed.data_page_header !== undefined) checkPage(view, packed.data_page_header, repetition, definition);
  return { header, body };
}

const bitWidth = (value: number): number => 32 - Math.clz32(value);

function checkPage(view: DataView, page: DataPageHeader, repetition: number, definition: number): void {
  let at = 0;
  for (const width of [repetition, definition]) {
    if (width === 0) continue;
    const end = at + 4 + view.getUint32(at, true);
    checkLevels(view, at + 4, end, width, page.num_values);
    at = end;
  }
  checkValues(view, at, page.encoding, page.num_values);
}

function checkPageV2(view: DataView, page: DataPageHeaderV2, repetition: number, definition: number): void {
  const { repetition_levels_byte_length: first, definition_levels_byte_length: second } = page;
  if (repetition > 0) checkLevels(view, 0, first, repetition, page.num_values);
  if (definition > 0) checkLevels(view, first, first + second, definition, page.num_values);
  checkValues(view, first + second, page.encoding, page.num_values);
}

/** There is a level for every value; the library would read on behind their end. */
function checkLevels(view: DataView, start: number, end: number, width: number, count: number): void {
  if (checkRuns(view, start, end, width, count) < count) throw new Error('there are fewer levels than values');
}

/** Values may be fewer than `count`, which has the NULLs too. */
function checkValues(view: DataView, at: number, encoding: string, count: number): void {
  if (at >= view.byteLength) return;
  if (encoding.endsWith('_DICTIONARY')) checkRuns(view, at + 1, view.byteLength, view.getUint8(at), count);
  else if (encoding === 'RLE') checkRuns(view, at + 4, view.byteLength, 1, count);
}

/** Walks over runs, repeated and bit-packed, and returns how many values they have; the last is filled up to eight. */
function checkRuns(view: DataView, start: number, end: number, width: number, count: number): number {
  if (end > view.byteLength || width > 32) throw new Error('runs lead outside of the page');
  let seen = 0;
  for (let at = start; seen < count && at < end; ) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift > 28) throw new Error('a run is too long');
      const byte = view.getUint8(at++);
      header += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    const isBitPacked = header % 2 === 1;
    const length = isBitPacked ? ((header - 1) / 2) * 8 : header / 2;
    at += isBitPacked ? (length / 8) * width : (width + 7) >> 3;
    seen += length;
    if (length === 0 || seen > count + 7) throw new Error('a run does not end where the values do');
  }
  return seen;
}

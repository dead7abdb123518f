import { closeSync, openSync } from 'node:fs';
import {
  type Arrival,
  type CellRecord,
  type Layer,
  LayerMisread,
  type LocalFile,
  type OnLine,
  type OnRecord,
} from '../../domain/layer.ts';
import { layerName } from '../../domain/naming.ts';
import { ImportError } from '../../errors.ts';
import type { ReadOptions } from '../format.ts';
import { type Charset, charsetOf, charsetOfAll, charsetOfHead } from './charset.ts';
import type { TextTable } from './describe-text.ts';
import { HEAD_BYTES, readBytes, wholeLines, windows } from './file-pieces.ts';
import { type Description, describe, toText, unclosedQuote } from './head.ts';
import { mixedCheck } from './mixed-encodings.ts';
import { Oddities } from './oddities.ts';
import { reportOf } from './report.ts';
import { MAX_RECORD_BYTES, type Scan, type ScanOptions, scan, scanText, startScan } from './scan.ts';
import { createTextReader, type TextReader } from './text-reader.ts';

/** Read at once. Larger chunks fall out of the processor's cache, smaller ones cost calls. */
const CHUNK_BYTES = 1 << 20;

/** Columns that cells beyond the header may make; more are no table's, and are told instead. */
const MAX_EXTRA_COLUMNS = 16;

/** What of a request delimited text heeds. */
export type CsvOptions = Pick<ReadOptions, 'dialect' | 'encoding' | 'extraCells'>;

/**
 * Opens a file of delimited text as its layers: one, or more where a small file holds several tables; the first has the
 * file's name. `chunkBytes` changes the speed, never the result. Throws ImportError.
 */
export function openCsv(file: LocalFile, options: CsvOptions, chunkBytes: number = CHUNK_BYTES): readonly Layer[] {
  const head = readBytes(file.path, 0, HEAD_BYTES);
  const first = describe(file, head, charsetOf(file, head, options.encoding), options.dialect);
  return first.tables.map((_, at) => layerOf(file, head, first, at, options, chunkBytes, null));
}

/**
 * Opens a file that is still being written and of which the head is there. Its records can be read while it is; whatever
 * needs other places of it waits for its end.
 */
export async function openArriving(file: LocalFile, arrival: Arrival, options: CsvOptions): Promise<readonly Layer[]> {
  const head = readBytes(file.path, 0, HEAD_BYTES);
  const first = head.length < HEAD_BYTES ? null : describeHead(file, head, options);
  if (first?.tables.length === 1) return [layerOf(file, head, first, 0, options, CHUNK_BYTES, arrival)];
  await arrival.until(file.sizeBytes);
  return openCsv(file, options);
}

/** What the head tells; null where the whole file has a say, or says what is wrong. */
function describeHead(file: LocalFile, head: Buffer, options: CsvOptions): Description | null {
  try {
    const charset = charsetOfHead(file, head, options.encoding);
    return charset === null ? null : describe(file, head, charset, options.dialect);
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    return null;
  }
}

function layerOf(
  file: LocalFile,
  head: Buffer,
  first: Description,
  at: number,
  options: CsvOptions,
  chunkBytes: number,
  arrival: Arrival | null,
): Layer {
  let description = first;
  let oddities = new Oddities();
  let extraColumns = 0;
  const settle = async (): Promise<void> => {
    await arrival?.until(file.sizeBytes);
    description = describe(file, head, charsetOf(file, head, options.encoding), options.dialect);
  };
  const table = (): TextTable => {
    const found = description.tables[at];
    if (found === undefined) throw new Error('the file has other tables in its other encoding');
    return found;
  };
  const grow = (): void => {
    if (options.extraCells === 'reject') return;
    extraColumns = Math.max(extraColumns, Math.min(oddities.extraCells, MAX_EXTRA_COLUMNS));
  };
  const scanOptions = (onLine?: OnLine): ScanOptions => {
    const { columns, names, line, headerRows } = table();
    const onOddity = oddities.ofScan(names.length);
    return {
      ...{ columns, line, width: names.length, skip: headerRows },
      onOddity: (kind, record, begin, end) => {
        onOddity(kind, record, begin, end);
        if (kind === 'extra_cells') grow();
      },
      onLine,
    };
  };

  return {
    name: at === 0 ? layerName(file.name) : `${layerName(file.name)}_${at + 1}`,
    srid: null,
    hasGeometry: false,
    get columns() {
      return [...table().names, ...extraNames.slice(0, extraColumns)];
    },
    ...(arrival === null ? {} : { settle }),
    sample: async (onRecord) => {
      const { from, to } = table();
      const isWhole = to !== null || head.length < HEAD_BYTES;
      const text = description.text.subarray(from, to ?? undefined);
      scanText(text, description.dialect, isWhole, { ...scanOptions(), base: from }, onRecord);
      if (to !== null) return;
      for (const window of windows(file)) sampleWindow(window, description, table(), onRecord);
    },
    read: async (onRecord, onLine) => {
      oddities = new Oddities();
      const { before, after, to } = table();
      oddities.leave('skipped_lines', before);
      oddities.leave('footer_lines', after);
      try {
        const state = startScan(description.dialect, scanOptions(onLine));
        const hand = withMixedTold(description.charset, oddities, onRecord);
        if (to === null) await readAll(file, description, table(), state, chunkBytes, oddities, hand, arrival);
        else readPart(description, table(), state, hand);
      } catch (error) {
        if (error instanceof LayerMisread) {
          await arrival?.until(file.sizeBytes);
          description = describe(file, head, charsetOfAll(file, description.charset), options.dialect);
        }
        throw error;
      }
    },
    lineForm: () => {
      const { charset, dialect } = description;
      const { names, columns } = table();
      return JSON.stringify([charset.encoding, charset.isFinal, dialect, names, columns, extraColumns]);
    },
    report: () => reportOf(description, table(), at),
    warnings: () => oddities.all(),
  };
}

const extraNames = Array.from({ length: MAX_EXTRA_COLUMNS }, (_, i) => (i === 0 ? '_extra' : `_extra_${i + 1}`));

/** Hands on the records of a piece if all of them have as many cells as the header; else it began inside quotes. */
function sampleWindow(
  piece: Buffer,
  { charset, dialect }: Description,
  { columns, names }: TextTable,
  onRecord: OnRecord,
): void {
  const lines = wholeLines(toText(piece, charset));
  let isTrusted = true;
  scanText(lines, dialect, false, {}, (record) => {
    if (record.count !== columns) isTrusted = false;
  });
  if (isTrusted) scanText(lines, dialect, false, { columns, width: names.length }, onRecord);
}

/** Hands on every record, and tells those that seem to be in another encoding than the text. */
function withMixedTold(charset: Charset, oddities: Oddities, onRecord: OnRecord): OnRecord {
  const isMixed = mixedCheck(charset);
  if (isMixed === null) return onRecord;
  return (record) => {
    if (isMixed(record)) oddities.mixed(record);
    onRecord(record);
  };
}

/** Reads a table that ends before the file does; such a file is in memory. */
function readPart({ text, charset }: Description, table: TextTable, state: Scan, onRecord: OnRecord): void {
  const piece = text.subarray(table.from, table.to ?? undefined);
  const bytes = Buffer.allocUnsafe(piece.length + 2);
  piece.copy(bytes);
  bytes[piece.length] = 10;
  state.record.bytes = bytes;
  if (charset.encoding === 'utf-8' && !charset.isFinal) state.base = charset.markBytes + table.from;
  scan(state, 0, piece.length + 1, true, onRecord);
}

/** Reads a table to the end of the file. */
async function readAll(
  file: LocalFile,
  { charset }: Description,
  table: TextTable,
  state: Scan,
  chunkBytes: number,
  oddities: Oddities,
  onRecord: OnRecord,
  arrival: Arrival | null,
): Promise<void> {
  const fd = openSync(file.path, 'r');
  try {
    const reader = createTextReader(fd, charset, chunkBytes);
    const isExact = charset.encoding === 'utf-8' && !charset.isFinal;
    const replacements = new Replacements(reader, state, oddities);
    const hand: OnRecord = isExact ? onRecord : (record) => replacements.before(record, onRecord);
    // The text before the table is read and left out.
    let before = table.from;
    for (let length = 0; ; ) {
      if (arrival !== null) await arrival.until(Math.min(reader.position + chunkBytes, file.sizeBytes));
      const filled = reader.append(length);
      const isLast = filled === length;
      const { buffer } = reader;
      const from = Math.min(before, filled);
      before -= from;
      if (isLast) buffer[length] = 10;
      state.record.bytes = buffer;
      const to = isLast ? length + 1 : filled;
      replacements.base = reader.given - filled;
      state.base = isExact && reader.nulCharacters === 0 ? replacements.base + charset.markBytes : -1;
      const consumed = scan(state, from, to, isLast, hand);
      if (isLast) {
        if (consumed < to) throw unclosedQuote(file.name, state.openQuoteLine);
        replacements.atEnd();
        oddities.nulCharacters = reader.nulCharacters;
        return;
      }
      buffer.copyWithin(0, consumed, filled);
      length = filled - consumed;
      if (length > MAX_RECORD_BYTES) throw tooLong(file.name, state.line, state.openQuoteLine);
    }
  } finally {
    closeSync(fd);
  }
}

/** Finds the rows in which characters were replaced: each is of the last record that begins before it. */
class Replacements {
  readonly #reader: TextReader;
  readonly #state: Scan;
  readonly #oddities: Oddities;
  /** Where the buffer begins in the text. */
  base = 0;
  #row = 0;
  #line = 1;

  constructor(reader: TextReader, state: Scan, oddities: Oddities) {
    this.#reader = reader;
    this.#state = state;
    this.#oddities = oddities;
  }

  before(record: CellRecord, onRecord: OnRecord): void {
    if (this.#reader.replaced.length > 0) this.#tellUpTo(this.base + this.#state.begin);
    this.#row = record.row;
    this.#line = record.line;
    onRecord(record);
  }

  atEnd(): void {
    this.#tellUpTo(Number.POSITIVE_INFINITY);
  }

  #tellUpTo(place: number): void {
    const { replaced } = this.#reader;
    let told = 0;
    while (told < replaced.length && (replaced[told] ?? 0) < place) {
      this.#oddities.replaced(this.#row, this.#line);
      told++;
    }
    replaced.splice(0, told);
  }
}

const tooLong = (name: string, line: number, openQuoteLine: number): ImportError =>
  openQuoteLine > 0
    ? unclosedQuote(name, openQuoteLine)
    : new ImportError('malformedCsv', {
        detail: `${name}: the record that begins in line ${line} is longer than ${MAX_RECORD_BYTES} bytes.`,
        hint: 'Check that the file is delimited text with one record a line.',
      });

import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { type Layer, LayerMisread, type LocalFile, type OnRecord } from '../../domain/layer.ts';
import { layerName } from '../../domain/naming.ts';
import { ImportError } from '../../errors.ts';
import { scanText } from './dialect.ts';
import { detectCharset } from './encoding.ts';
import { type Description, describe, HEAD_BYTES, readBytes, toText, unclosedQuote } from './head.ts';
import { scan, startScan } from './scan.ts';
import { createTextReader } from './text-reader.ts';

/** Read at once. Larger chunks fall out of the processor's cache, smaller ones cost calls. */
const CHUNK_BYTES = 1 << 20;

/** Longest record. Beyond it a quote was left open, or the file has no lines. */
const MAX_RECORD_BYTES = 16 << 20;

/** Places in the file, besides its head, that are looked at to foresee the columns' types, and bytes of each. */
const WINDOWS = 16;
const WINDOW_BYTES = 1 << 16;

/** Opens a file of delimited text as its one layer. `chunkBytes` changes the speed, never the result. */
export function openCsv(file: LocalFile, chunkBytes: number = CHUNK_BYTES): Layer {
  const head = readBytes(file.path, 0, HEAD_BYTES);
  let description = describe(file, head, detectCharset(head, head.length < HEAD_BYTES));
  let nulCharacters = 0;

  /** The file is not the UTF-8 that it began as: everything told from its head is told anew. */
  const takeAsWindows1252 = (): void => {
    const { markBytes } = description.charset;
    description = describe(file, head, { encoding: 'windows-1252', markBytes });
  };

  return {
    name: layerName(file.name),
    srid: null,
    hasGeometry: false,
    get columns() {
      return description.header.names;
    },
    sample: async (onRecord) => {
      if (description.charset.encoding === 'utf-8' && !windows(file).every(isWindowUtf8)) takeAsWindows1252();
      sampleHead(head, description, onRecord);
      for (const window of windows(file)) sampleWindow(window, description, onRecord);
    },
    read: async (onRecord) => {
      try {
        nulCharacters = readAll(file, description, chunkBytes, onRecord);
      } catch (error) {
        if (error instanceof LayerMisread) takeAsWindows1252();
        throw error;
      }
    },
    warnings: () => (nulCharacters > 0 ? { nul_characters: { count: nulCharacters } } : {}),
  };
}

function sampleHead(head: Buffer, { charset, dialect, header }: Description, onRecord: OnRecord): void {
  const isWhole = head.length < HEAD_BYTES;
  let skip = header.isPresent ? 1 : 0;
  scanText(toText(head.subarray(charset.markBytes), charset, isWhole), dialect.delimiter, isWhole, (record) => {
    if (skip-- <= 0) onRecord(record);
  });
}

/** Pieces of the file behind its head, evenly spread, each beginning at an even offset (UTF-16). */
function windows(file: LocalFile): readonly Buffer[] {
  const size = fileBytes(file.path);
  const step = Math.floor((size - HEAD_BYTES) / WINDOWS / 2) * 2;
  if (step < WINDOW_BYTES) return [];
  return Array.from({ length: WINDOWS }, (_, i) => readBytes(file.path, HEAD_BYTES + step * i, WINDOW_BYTES));
}

function fileBytes(path: string): number {
  const fd = openSync(path, 'r');
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

/** What stands between the first and the last line end of a piece: whole lines. */
function wholeLines(piece: Buffer): Buffer {
  const lineEnd = piece.includes(10) ? 10 : 13;
  return piece.subarray(piece.indexOf(lineEnd) + 1, piece.lastIndexOf(lineEnd) + 1);
}

const isWindowUtf8 = (piece: Buffer): boolean => isUtf8(wholeLines(piece));

/** Hands on the records of a piece if all of them have as many cells as the header; else it began inside quotes. */
function sampleWindow(piece: Buffer, { charset, dialect, header }: Description, onRecord: OnRecord): void {
  const lines = wholeLines(toText(piece, charset, false));
  let isTrusted = true;
  scanText(lines, dialect.delimiter, false, (record) => {
    if (record.count !== header.names.length) isTrusted = false;
  });
  if (isTrusted) scanText(lines, dialect.delimiter, false, onRecord);
}

/** Reads the whole file and returns how many NUL characters it left out. */
function readAll(file: LocalFile, description: Description, chunkBytes: number, onRecord: OnRecord): number {
  const fd = openSync(file.path, 'r');
  try {
    const reader = createTextReader(fd, description.charset, chunkBytes);
    const state = startScan(description.dialect.delimiter, description.header.isPresent ? 1 : 0);
    for (let length = 0; ; ) {
      const filled = reader.append(length);
      const isLast = filled === length;
      const { buffer } = reader;
      if (isLast) buffer[length] = 10;
      state.record.bytes = buffer;
      const to = isLast ? length + 1 : filled;
      const consumed = scan(state, 0, to, isLast, onRecord);
      if (isLast) {
        if (consumed < to) throw unclosedQuote(file.name, state.openQuoteLine);
        return reader.nulCharacters;
      }
      buffer.copyWithin(0, consumed, filled);
      length = filled - consumed;
      if (length > MAX_RECORD_BYTES) throw tooLong(file.name, state.line, state.openQuoteLine);
    }
  } finally {
    closeSync(fd);
  }
}

const tooLong = (name: string, line: number, openQuoteLine: number): ImportError =>
  openQuoteLine > 0
    ? unclosedQuote(name, openQuoteLine)
    : new ImportError('malformedCsv', {
        detail: `${name}: the record that begins in line ${line} is longer than ${MAX_RECORD_BYTES} bytes.`,
        hint: 'Check that the file is delimited text with one record a line.',
      });

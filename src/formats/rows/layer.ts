// hot path: bench/connectors
import { closeSync, openSync, readSync } from 'node:fs';
import {
  type CellRecord,
  type GeometryKind,
  type Layer,
  type LocalFile,
  newRecord,
  type OnRecord,
} from '../../domain/layer.ts';
import { copyHeadBytes, maxRowBytes, type RowsHeader, rowsExtension, rowsMagic } from '../../domain/rows-file.ts';
import { ImportError } from '../../errors.ts';
import { END_MARK, endOfTuple, takeTuple } from './tuples.ts';

const CHUNK_BYTES = 1 << 20;
/** Records that `sample` hands on. */
const SAMPLE_ROWS = 1000;

/** Opens a file of fetched rows. Throws loadFailed (2001) where it is cut off. */
export function openRows(file: LocalFile): Layer {
  const { header, dataStart } = readHeader(file);
  const read = (limit: number, onRecord: OnRecord): void => readRecords(file, header, dataStart, limit, onRecord);
  return {
    // The file's own name may be another by now, as of the table of a synchronization.
    name: file.name.slice(0, -rowsExtension.length),
    srid: header.srid,
    columns: header.columns.map(({ name }) => name),
    types: header.columns.map(({ type }) => type),
    labels: header.columns.map(({ label }) => label ?? null),
    hasGeometry: header.hasGeometry,
    sample: async (onRecord) => read(SAMPLE_ROWS, onRecord),
    read: async (onRecord) => read(Number.POSITIVE_INFINITY, onRecord),
  };
}

function readHeader(file: LocalFile): { readonly header: RowsHeader; readonly dataStart: number } {
  const head = readStart(file.path, Math.min(MAX_HEADER_BYTES, file.sizeBytes));
  const end = head.indexOf(10, rowsMagic.length);
  if (end < 0 || !head.subarray(0, rowsMagic.length).equals(Buffer.from(rowsMagic))) throw cutOff(file, 0);
  const header = JSON.parse(head.toString('utf8', rowsMagic.length, end)) as RowsHeader;
  return { header, dataStart: end + 1 };
}

/** Room for 1600 columns with long names. */
const MAX_HEADER_BYTES = 4 << 20;

function readStart(path: string, length: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, 0));
  } finally {
    closeSync(fd);
  }
}

function readRecords(
  file: LocalFile,
  { columns: { length: columns }, tuples }: RowsHeader,
  dataStart: number,
  limit: number,
  onRecord: OnRecord,
): void {
  const fd = openSync(file.path, 'r');
  try {
    const record = newRecord(columns);
    let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let position = dataStart + (tuples === undefined ? 0 : copyHeadBytes);
    let length = 0;
    for (;;) {
      const count = readSync(fd, buffer, length, buffer.length - length, position);
      position += count;
      length += count;
      let at = 0;
      for (;;) {
        const end = tuples === undefined ? endOfRecord(buffer, at, length) : endOfTuple(buffer, at, length);
        if (end === END_MARK) return;
        if (end - at > maxRowBytes) throw cutOff(file, record.row);
        if (end > length) break;
        record.row++;
        if (record.row > limit) return;
        if (tuples === undefined) takeRecord(record, buffer, at + 4, columns);
        else takeTuple(record, buffer, at, tuples);
        onRecord(record);
        at = end;
      }
      if (count === 0) {
        if (at < length || tuples !== undefined) throw cutOff(file, record.row);
        return;
      }
      const rest = length - at;
      // What is known of the record that is not all there: it has so many bytes at least.
      const needed = (tuples === undefined ? endOfRecord : endOfTuple)(buffer, at, length) - at;
      const next = needed > buffer.length ? Buffer.allocUnsafe(needed + CHUNK_BYTES) : buffer;
      buffer.copy(next, 0, at, length);
      buffer = next;
      length = rest;
    }
  } finally {
    closeSync(fd);
  }
}

/** Where the record at `at` ends; beyond `length` where it is not all there. */
const endOfRecord = (buffer: Buffer, at: number, length: number): number =>
  at + 4 <= length ? at + 4 + buffer.readUInt32LE(at) : length + 4;

function takeRecord(record: CellRecord, bytes: Buffer, start: number, columns: number): void {
  record.bytes = bytes;
  record.count = columns;
  record.geometryKind = bytes[start] as GeometryKind;
  record.geometryStart = start + 5;
  let at = start + 5 + bytes.readUInt32LE(start + 1);
  record.geometryEnd = at;
  for (let column = 0; column < columns; column++) {
    record.kinds[column] = bytes[at]!;
    record.starts[column] = at + 5;
    at += 5 + bytes.readUInt32LE(at + 1);
    record.ends[column] = at;
  }
}

const cutOff = (file: LocalFile, row: number): ImportError =>
  new ImportError('loadFailed', {
    detail: `The rows fetched into ${file.name} end in the middle, after row ${row}.`,
    hint: 'Import again.',
  });

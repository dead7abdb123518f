// hot path: bench/load.bench.ts
import type { RecordWriter } from '../record-writer.ts';
import { OutOfBounds } from './flat-table.ts';
import { FgbType } from './header.ts';

/** Bytes of the values of fixed size, by `FgbType`; the others have a length of four bytes before them. */
const fixedBytes = [1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8] as const;

/**
 * Writes the properties at `bytes[start, end)` (a column's number, then its value, again and again) as cells; text that is
 * not UTF-8 as `decode` reads it. Returns -1, or the number of a column with such text where `decode` is null. Throws
 * OutOfBounds.
 */
export function writeProperties(
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
  types: Uint8Array,
  writer: RecordWriter,
  decode: ((text: Buffer) => string) | null,
): number {
  let i = start;
  while (i < end) {
    if (i + 2 > end) throw new OutOfBounds();
    const column = view.getUint16(i, true);
    i += 2;
    if (column >= types.length) throw new OutOfBounds();
    const type = types[column]!;
    const fixed = fixedBytes[type];
    if (fixed !== undefined) {
      if (i + fixed > end) throw new OutOfBounds();
      writeFixed(view, i, type, column, writer);
      i += fixed;
      continue;
    }
    if (type > FgbType.binary || i + 4 > end) throw new OutOfBounds();
    const length = view.getUint32(i, true);
    i += 4;
    if (i + length > end) throw new OutOfBounds();
    if (type === FgbType.binary) writer.binary(column, bytes.subarray(i, i + length));
    else if (type === FgbType.json) writer.json(column, bytes.toString('utf8', i, i + length));
    else if (!writer.utf8(column, bytes, i, i + length)) {
      if (decode === null) return column;
      writer.text(column, decode(bytes.subarray(i, i + length)));
    }
    i += length;
  }
  return -1;
}

function writeFixed(view: DataView, at: number, type: number, column: number, writer: RecordWriter): void {
  if (type === FgbType.bool) writer.boolean(column, view.getUint8(at) !== 0);
  else if (type === FgbType.long) writer.bigint(column, view.getBigInt64(at, true));
  else if (type === FgbType.ulong) writer.bigint(column, view.getBigUint64(at, true));
  else writer.number(column, numberAt(view, at, type));
}

function numberAt(view: DataView, at: number, type: number): number {
  switch (type) {
    case FgbType.byte:
      return view.getInt8(at);
    case FgbType.ubyte:
      return view.getUint8(at);
    case FgbType.short:
      return view.getInt16(at, true);
    case FgbType.ushort:
      return view.getUint16(at, true);
    case FgbType.int:
      return view.getInt32(at, true);
    case FgbType.uint:
      return view.getUint32(at, true);
    case FgbType.float:
      return view.getFloat32(at, true);
    default:
      return view.getFloat64(at, true);
  }
}

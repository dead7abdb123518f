import { CellKind } from '../../domain/layer.ts';
import type { RecordWriter } from '../record-writer.ts';

/** Makes the JSON value between two positions the cell of a column, as it stands; `null` leaves the cell NULL. */
export function writeJsonCell(writer: RecordWriter, column: number, bytes: Buffer, start: number, end: number): void {
  const first = bytes[start];
  if (first === 0x6e) return;
  const isString = first === 0x22;
  const from = isString ? start + 1 : start;
  const to = isString ? end - 1 : end;
  writer.utf8(column, bytes, from, to);
  writer.record.kinds[column] = isString ? stringKind(bytes, from, to) : valueKind(first);
}

function stringKind(bytes: Buffer, from: number, to: number): CellKind {
  return bytes.subarray(from, to).includes(0x5c) ? CellKind.jsonEscaped : CellKind.jsonString;
}

const valueKind = (first: number | undefined): CellKind =>
  first === 0x7b || first === 0x5b ? CellKind.json : CellKind.jsonScalar;

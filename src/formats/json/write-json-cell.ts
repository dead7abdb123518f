import { CellKind } from '../../domain/layer.ts';
import { mayHoldNul, unescapeJson } from '../../util/json-escapes.ts';
import type { RecordWriter } from '../record-writer.ts';

const nothing = (): void => undefined;

/** Makes the JSON value between two positions the cell of a column, as it stands; `null` leaves the cell NULL. */
export function writeJsonCell(writer: RecordWriter, column: number, bytes: Buffer, start: number, end: number): void {
  const first = bytes[start];
  if (first === 0x6e) return;
  if (first === 0x22) writeString(writer, column, bytes.subarray(start + 1, end - 1));
  else {
    writer.utf8(column, bytes, start, end);
    writer.record.kinds[column] = first === 0x7b || first === 0x5b ? CellKind.json : CellKind.jsonScalar;
  }
}

/** Strings say the same with escapes as without. What holds NUL characters stays, so that they are counted. */
function writeString(writer: RecordWriter, column: number, inside: Buffer): void {
  const isEscaped = inside.includes(0x5c);
  const staysEscaped = isEscaped && mayHoldNul(inside, 0, inside.length);
  let text = inside;
  if (isEscaped && !staysEscaped) {
    text = Buffer.allocUnsafe(inside.length);
    text = text.subarray(0, unescapeJson(inside, 0, inside.length, text, 0, nothing));
  }
  writer.utf8(column, text, 0, text.length);
  writer.record.kinds[column] = staysEscaped ? CellKind.jsonEscaped : CellKind.jsonString;
}

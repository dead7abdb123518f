import { CellKind, type CellRecord } from '../../domain/layer.ts';

/** Length of `YYYY-MM-DDTHH:MM:SS`. */
const TIME_BYTES = 19;

/**
 * Puts times before 1970 right, in the cell itself: GDAL rounds the seconds of geodatabases by adding a half
 * and cutting off, which gives one second too many where the number is negative (FileGDBDoubleDateToOGRDate).
 */
export function correctOldTime(record: CellRecord, column: number): void {
  const start = record.starts[column] ?? 0;
  const end = record.ends[column] ?? 0;
  if (record.kinds[column] === CellKind.null || end - start < TIME_BYTES) return;
  const text = record.bytes.toString('latin1', start, start + TIME_BYTES).replace(/^(....)\/(..)\/(..) /, '$1-$2-$3T');
  const late = Date.parse(`${text}Z`);
  if (!(late < 0)) return;
  record.bytes.write(new Date(late - 1000).toISOString().slice(0, TIME_BYTES), start, 'latin1');
}

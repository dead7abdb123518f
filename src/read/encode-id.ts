// hot path: measured by npm run bench
import { CellKind, type CellRecord } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import { Kind } from '../infer/value-kinds.ts';
import { encodeBigint } from './encode-number.ts';
import type { OutBuffer } from './out-buffer.ts';

const TWO_32 = 4294967296;

/**
 * Appends the field `cartodb_id`: the value of the layer's column `position`, or with -1 the number of the record.
 * Room for 12 bytes must be reserved. Throws badCartodbId (2011) where the column has no whole number from 0 on.
 */
export function encodeId(record: CellRecord, position: number, out: OutBuffer): void {
  if (position < 0) {
    const high = Math.floor(record.row / TWO_32);
    out.view.setInt32(out.length, 8);
    out.view.setInt32(out.length + 4, high);
    out.view.setUint32(out.length + 8, record.row - high * TWO_32);
    out.length += 12;
    return;
  }
  const isPresent = position < record.count && record.kinds[position] !== CellKind.null;
  const start = isPresent ? record.starts[position]! : 0;
  const end = isPresent ? record.ends[position]! : 0;
  const isInteger =
    start < end &&
    record.bytes[start] !== 45 &&
    (encodeBigint(record.bytes, start, end, out) & (Kind.int15 | Kind.int64)) !== 0;
  if (!isInteger) throw badId(record, record.bytes.toString('utf8', start, Math.min(end, start + 100)));
}

const badId = (record: CellRecord, found: string): ImportError =>
  new ImportError('badCartodbId', {
    detail:
      `Row ${record.row}${record.line > 0 ? ` (line ${record.line})` : ''}, column cartodb_id: ` +
      (found === '' ? 'there is no value.' : `"${found}" is not a whole number from 0 on.`),
    hint: 'Give every row its own whole number, or rename the column so that rows are numbered anew.',
  });

// hot path: bench/connectors
import { CellKind, type CellRecord, GeometryKind } from '../../domain/layer.ts';
import { kindOfJson, type TupleField } from '../../domain/rows-file.ts';

/** What `endOfTuple` says of the end mark. */
export const END_MARK = -1;

/**
 * Where the tuple of a COPY in binary format at `at` ends: beyond `length`, which is where the buffer does, if it is not
 * all there; `END_MARK` for the mark behind the last one.
 */
export function endOfTuple(bytes: Buffer, at: number, length: number): number {
  if (at + 2 > length) return length + 2;
  const fields = bytes.readInt16BE(at);
  if (fields === -1) return END_MARK;
  let end = at + 2;
  for (let field = 0; field < fields; field++) {
    if (end + 4 > length) return end + 4;
    const size = (bytes[end]! << 24) | (bytes[end + 1]! << 16) | (bytes[end + 2]! << 8) | bytes[end + 3]!;
    end += size > 0 ? 4 + size : 4;
  }
  return end;
}

/** Makes a record of a tuple that is all there. */
export function takeTuple(record: CellRecord, bytes: Buffer, start: number, fields: readonly TupleField[]): void {
  let at = start + 2;
  let column = 0;
  record.bytes = bytes;
  record.geometryKind = GeometryKind.none;
  for (let field = 0; field < fields.length; field++) {
    const size = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const from = at + 4;
    at = size > 0 ? from + size : from;
    const kind = fields[field]!;
    if (kind === 'geometry') {
      if (size >= 0) record.geometryKind = GeometryKind.wkb;
      record.geometryStart = from;
      record.geometryEnd = at;
      continue;
    }
    record.starts[column] = from;
    record.ends[column] = at;
    record.kinds[column] = size < 0 ? CellKind.null : kindOfField(kind, bytes[from], size);
    column++;
  }
  record.count = column;
}

function kindOfField(field: TupleField, first: number | undefined, size: number): CellKind {
  if (field === 'text') return CellKind.plain;
  if (field === 'binary') return CellKind.binary;
  return kindOfJson(size === 0 ? undefined : first);
}

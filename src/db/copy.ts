/** Start of a COPY BINARY stream: signature, flags and no header extension (PostgreSQL manual, COPY, Binary Format). */
export const COPY_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');

/** The values of each tuple of a whole COPY BINARY stream; they share its memory. */
export function copiedValues(stream: Buffer): readonly (readonly (Buffer | null)[])[] {
  const rows: (Buffer | null)[][] = [];
  for (let at = COPY_HEADER.length; ; ) {
    const fields = stream.readInt16BE(at);
    at += 2;
    if (fields < 0) return rows;
    const row: (Buffer | null)[] = [];
    for (let field = 0; field < fields; field++) {
      const length = stream.readInt32BE(at);
      at += 4;
      row.push(length < 0 ? null : stream.subarray(at, at + length));
      at += Math.max(0, length);
    }
    rows.push(row);
  }
}

/** End of a COPY BINARY stream: a tuple of -1 fields. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

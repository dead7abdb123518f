/** Start of a COPY BINARY stream: signature, flags and no header extension (PostgreSQL manual, COPY, Binary Format). */
export const COPY_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');

/** End of a COPY BINARY stream: a tuple of -1 fields. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

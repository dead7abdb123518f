import { COPY_HEADER, COPY_TRAILER } from './copy.ts';
import { type CopyTarget, DatabaseError } from './database.ts';
import { identifier, join, type Sql, sql } from './sql.ts';

/** Bytes of tuples that one COPY statement of the embedded engine carries. */
const BATCH_BYTES = 4 * 1024 * 1024;

const QUERY = 0x51;
const COPY_DATA = 0x64;
const DATA_HEAD_LENGTH = 5;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const ERROR_RESPONSE = 0x45;

function startOf(target: CopyTarget): Buffer {
  const columns = join(target.columns.map((name) => identifier(name)));
  return queryOf(sql`copy ${identifier(target.schema, target.table)} (${columns}) from stdin with (format binary)`);
}

function queryOf({ text }: Sql): Buffer {
  const body = Buffer.from(`${text}\0`);
  const message = Buffer.alloc(5 + body.length);
  message[0] = QUERY;
  message.writeUInt32BE(4 + body.length, 1);
  body.copy(message, 5);
  return message;
}

/** Query, CopyData and CopyDone in one piece of memory. */
function wholeCopy(start: Buffer, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const dataLength = parts.reduce((sum, part) => sum + DATA_HEAD_LENGTH + part.length, 0);
  const bytes = new Uint8Array(start.length + dataLength + COPY_DONE.length);
  const view = new DataView(bytes.buffer);
  bytes.set(start);
  let at = start.length;
  for (const part of parts) {
    bytes[at] = COPY_DATA;
    view.setUint32(at + 1, 4 + part.length);
    bytes.set(part, at + DATA_HEAD_LENGTH);
    at += DATA_HEAD_LENGTH + part.length;
  }
  bytes.set(COPY_DONE, at);
  return bytes;
}

/** Bytes of one copy of a user on the embedded engine, which has to hold them; `docs/sql-copy-and-jobs.md` tells it. */
const MOST_USER_BYTES = 64 * 1024 * 1024;

/** A `copy … from stdin` with all that is copied. Throws a DatabaseError 54000 where it is too much. */
export async function userCopy(statement: Sql, chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length > MOST_USER_BYTES) {
      throw new DatabaseError(`the embedded database takes ${MOST_USER_BYTES} bytes in one copy`, { code: '54000' });
    }
  }
  return wholeCopy(queryOf(statement), parts);
}

const COMMAND_COMPLETE = 0x43;

/** Rows that an answer of the server says were copied. */
export function copiedRows(answer: Uint8Array): number {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.length);
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readUInt32BE(at + 1)) {
    if (bytes[at] !== COMMAND_COMPLETE) continue;
    return Number(/^COPY (\d+)/.exec(bytes.toString('latin1', at + 5, at + 1 + bytes.readUInt32BE(at + 1)))?.[1] ?? 0);
  }
  return 0;
}

/**
 * The chunks as whole COPY statements of the wire protocol (Query, CopyData, CopyDone) of a few megabytes each. A
 * batch has its own memory, which is given to the thread; the chunks' is copied once.
 */
export async function* copyBatches(
  target: CopyTarget,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const start = startOf(target);
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const batch = (): Uint8Array<ArrayBuffer> => {
    const bytes = wholeCopy(start, [COPY_HEADER, ...held, COPY_TRAILER]);
    held = [];
    heldBytes = 0;
    return bytes;
  };
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes >= BATCH_BYTES) yield batch();
  }
  if (heldBytes > 0) yield batch();
}

/** The error in an answer of the server, or null. Fields of the message: PostgreSQL manual, 55.8. */
export function errorOf(answer: Uint8Array): DatabaseError | null {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.length);
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readUInt32BE(at + 1)) {
    if (bytes[at] !== ERROR_RESPONSE) continue;
    const text = bytes.toString('utf8', at + 5, at + 1 + bytes.readUInt32BE(at + 1));
    const fields = new Map(text.split('\0').map((field) => [field.slice(0, 1), field.slice(1)]));
    return new DatabaseError(fields.get('M') ?? 'the database refused the copy', {
      code: fields.get('C') ?? 'XX000',
      constraint: fields.get('n'),
      table: fields.get('t'),
      column: fields.get('c'),
      detail: fields.get('D'),
      hint: fields.get('H'),
    });
  }
  return null;
}

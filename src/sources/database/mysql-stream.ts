// hot path: bench/connectors
import type { Connection, FieldPacket } from 'mysql2';
import { RowFields } from './mysql-rows.ts';

/** A row of a small answer, value by value. */
type SmallRow = readonly (Buffer | null)[];

/** Takes a row of the text protocol in `[from, end)` of bytes that are used again for the next one. */
type OnRow = (bytes: Buffer, from: number, end: number) => void;

/** Takes the columns of an answer. */
type OnFields = (fields: readonly FieldPacket[]) => void;

/** A message as mysql2 gives it to the step of a command that waits for one. */
interface Message {
  readonly buffer: Buffer;
  /** Where what it says begins. */
  readonly offset: number;
  readonly end: number;
  isEOF(): boolean;
}

/**
 * Hands on columns, then each row of a statement as it came: what mysql2 makes of rows takes three times as long as all
 * else (docs/decisions/0025). Rejects with what the server says, or what a callback throws.
 */
export function stream(
  client: Connection,
  statement: string,
  values: readonly (string | null)[],
  onFields: OnFields,
  onRow: OnRow,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isOver = false;
  // An exception in an event of the driver would end the process.
  const fail = (error: unknown): void => {
    isOver = true;
    client.destroy();
    reject(error instanceof Error ? error : new Error(String(error)));
  };
  const query = client.query({ sql: statement, values: [...values], typeCast: false });
  const last: unknown = Reflect.get(query, 'row');
  if (typeof last !== 'function') throw new Error('mysql2 is of a version that takes rows in another way');
  // The step of the command that takes a row; it returns the next one.
  const row = (message: Message, connection: unknown): unknown => {
    if (message.isEOF()) return Reflect.apply(last, query, [message, connection]);
    if (isOver) return row;
    try {
      onRow(message.buffer, message.offset, message.end);
    } catch (error) {
      fail(error);
    }
    return row;
  };
  Object.assign(query, { row });
  let answers = 0;
  query.on('fields', (fields: readonly FieldPacket[] | undefined) => {
    if (isOver) return;
    try {
      if (answers++ > 0) throw new Error('the statement has several answers');
      onFields(fields ?? []);
    } catch (error) {
      fail(error);
    }
  });
  query.on('error', reject);
  query.on('end', () => resolve());
  const onEnd = (): void => reject(new Error('the server closed the connection'));
  client.once('error', reject);
  client.once('end', onEnd);
  return promise.finally(() => {
    client.off('error', reject);
    client.off('end', onEnd);
  });
}

/** The rows of a small answer; `onFields` is told its columns. Rejects as `stream` does. */
export async function all(
  client: Connection,
  statement: string,
  values: readonly (string | null)[] = [],
  onFields: OnFields = () => undefined,
): Promise<readonly SmallRow[]> {
  const rows: SmallRow[] = [];
  let fields = new RowFields(0);
  const begin: OnFields = (found) => {
    fields = new RowFields(found.length);
    onFields(found);
  };
  const take: OnRow = (bytes, from, end) => {
    fields.find(bytes, from, end);
    const { starts, ends } = fields;
    rows.push(Array.from(starts, (start, i) => (start < 0 ? null : Buffer.from(bytes.subarray(start, ends[i])))));
  };
  await stream(client, statement, values, begin, take);
  return rows;
}

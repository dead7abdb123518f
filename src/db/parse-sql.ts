import { hasSqlDetails, parseSync } from 'libpg-query';
import { DatabaseError } from './database.ts';

/** A node of a parsed statement. */
export type Node = Readonly<Record<string, unknown>>;

/** Whether it is a node, or a list of some. */
export const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** The members of a list; none of what is no list. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A statement, and the bytes of the text where it stands, without a semicolon behind it. */
export interface Parsed {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
}

/** All statements of a text, by PostgreSQL's own parser, which has been loaded. Throws a DatabaseError 42601. */
export function parseSql(text: string): readonly Parsed[] {
  let parsed: ReturnType<typeof parseSync>;
  try {
    parsed = parseSync(text);
  } catch (cause) {
    const position = hasSqlDetails(cause) ? (cause.sqlDetails?.cursorPosition ?? -1) + 1 : 0;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseError(message, { code: '42601', position: position > 0 ? position : undefined, cause });
  }
  return (parsed.stmts ?? []).map(({ stmt, stmt_location: start = 0, stmt_len: length = 0 }) => ({
    node: isNode(stmt) ? stmt : {},
    start,
    end: length > 0 ? start + length : Buffer.byteLength(text),
  }));
}

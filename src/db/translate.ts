import { DatabaseError as PgError } from 'pg';
import { DatabaseError } from './database.ts';

/** SQLSTATE of a lost or refused connection. */
export const CONNECTION_FAILURE = '08006';

/** SQLSTATE of "no connection was free in time". */
export const TOO_MANY_CONNECTIONS = '53300';

/**
 * The one place where errors of the driver become ours: an error of the server keeps its SQLSTATE, "no connection in
 * time" is 53300, and everything else that the driver throws means that the connection is gone (08006).
 */
export function toDatabaseError(cause: unknown, offset = 0): DatabaseError {
  if (cause instanceof DatabaseError) return cause;
  if (cause instanceof PgError) {
    const position = cause.position === undefined ? undefined : Number(cause.position) - offset;
    return new DatabaseError(cause.message, {
      code: cause.code ?? 'XX000',
      constraint: cause.constraint,
      table: cause.table,
      column: cause.column,
      detail: cause.detail,
      hint: cause.hint,
      position: position !== undefined && position > 0 ? position : undefined,
      cause,
    });
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/timeout exceeded when trying to connect/.test(message)) {
    return new DatabaseError('no database connection became free in time', { code: TOO_MANY_CONNECTIONS, cause });
  }
  return new DatabaseError(`the connection to the database was lost: ${message}`, { code: CONNECTION_FAILURE, cause });
}

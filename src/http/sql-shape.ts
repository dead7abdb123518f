import { ImportError } from '../errors.ts';
import { toWireError } from './sql-errors.ts';
import { WireError } from './wire-error.ts';

/** Every error in the one shape that clients of the SQL API read, `error` with a list of sentences, and a 401 too. */
export function inSqlShape(error: unknown): unknown {
  if (error instanceof ImportError) return new WireError(400, { error: [error.text] });
  if (!(error instanceof WireError)) return toWireError(error);
  if (error.status === 401)
    return new WireError(401, { error: ['permission denied: a key of this account is needed'] });
  if (error.body === null || !('errors' in error.body)) return error;
  const { errors } = error.body;
  const found = typeof errors === 'object' && errors !== null ? Object.values(errors).map(String) : [String(errors)];
  return new WireError(error.status, { error: found }, error.headers);
}

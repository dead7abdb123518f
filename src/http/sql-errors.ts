import { DatabaseError } from '../db/database.ts';
import { ResultTooLargeError } from '../export/format.ts';
import { UnsuitableResultError } from '../sql/unsuitable-result.ts';
import { WireError } from './wire-error.ts';

/** Seconds until trying again can help: the queue of queries is short, and a database comes back within some. */
const RETRY_AFTER = { 'retry-after': '5' };

const TIMEOUT = '57014';
const TOO_MANY = '53300';

/** Classes of SQLSTATE that are about the server and not the query: connection, resources, operator, system, bug. */
const SERVER_CLASSES = /^(08|28|53|57P|58|XX)/;

/** What the user is told of an error of a query: the database's own words; null where they are about the server. */
export function explainQueryError(error: unknown): string | null {
  if (error instanceof UnsuitableResultError || error instanceof ResultTooLargeError) return error.message;
  if (!(error instanceof DatabaseError) || SERVER_CLASSES.test(error.code)) return null;
  if (error.code === TIMEOUT) return 'the query took longer than it may: ask for less, or use an index';
  return error.message;
}

/**
 * The answer to a query that failed before its result began, as CARTO's SQL API spelled it. `offset`: characters that were
 * put before the user's text.
 */
export function toWireError(error: unknown, offset = 0): unknown {
  if (!(error instanceof DatabaseError)) {
    const text = explainQueryError(error);
    return text === null ? error : new WireError(400, { error: [text] });
  }
  if (error.code === TOO_MANY) {
    const body = { error: ['too many queries at once: please try again'], context: 'limit', detail: 'rate-limit' };
    return new WireError(429, body, RETRY_AFTER);
  }
  const text = explainQueryError(error);
  if (text === null) {
    // Broken connections pass; everything else is for the log and a 500.
    if (!/^(08|57P)/.test(error.code)) return error;
    return new WireError(503, { error: ['the database does not answer: please try again'] }, RETRY_AFTER);
  }
  if (error.code === TIMEOUT) {
    return new WireError(429, { error: [text], context: 'limit', detail: 'datasource' }, RETRY_AFTER);
  }
  const position = error.position === undefined ? 0 : error.position - offset;
  return new WireError(400, {
    error: [text],
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(position > 0 ? { position } : {}),
  });
}

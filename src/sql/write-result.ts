import type { UserCursor } from '../db/database.ts';
import type { Ending, ResultWriter } from './formats.ts';

/** Rows asked for at a time; the cursor gives fewer where they are wide. */
const FETCH_ROWS = 1000;

/** Most characters of one answer: 50 MB (reliability 3.4). */
export const MAX_ANSWER_LENGTH = 50_000_000;

/** Says what is wrong in words that a user may see, or null where the error is not the user's to read. */
export type ExplainError = (error: unknown) => string | null;

/**
 * The result as text, piece by piece, as fast as it is taken; the cursor is closed at the end. An error after the
 * beginning is said inside, where the format can; otherwise, or where `explain` has no words for it, it is thrown.
 */
export async function* writeResult(
  cursor: UserCursor,
  writer: ResultWriter,
  explain: ExplainError,
  startedMs: number,
  maxLength = MAX_ANSWER_LENGTH,
): AsyncGenerator<string> {
  await using open = cursor;
  let rows = 0;
  let length = 0;
  const ending = (error: string | null): Ending => ({ rows, seconds: (performance.now() - startedMs) / 1000, error });
  yield writer.start;
  try {
    for (;;) {
      const more = await open.fetch(FETCH_ROWS);
      if (more.length === 0) break;
      let text = '';
      for (const row of more) {
        text += (rows === 0 ? '' : writer.separator) + writer.row(row);
        rows++;
      }
      length += text.length;
      if (length > maxLength) throw new ResultTooLargeError(maxLength);
      yield text;
    }
  } catch (error) {
    const text = explain(error);
    const end = text === null ? null : writer.end(ending(text));
    if (end === null) throw error;
    yield end;
    return;
  }
  yield writer.end(ending(null)) ?? '';
}

/** The answer would be larger than one may be. */
export class ResultTooLargeError extends Error {
  override readonly name = 'ResultTooLargeError';
  constructor(maxLength: number) {
    super(`the result is larger than ${maxLength} characters: ask for fewer rows or columns, or page through it`);
  }
}

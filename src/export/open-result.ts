import type { UserCursor } from '../db/database.ts';
import type { Result } from './format.ts';

/** Rows asked for at a time; the cursor gives fewer where they are wide. */
const FETCH_ROWS = 1000;

/** The rows of a cursor without the columns of these names. */
export function openResult(cursor: UserCursor, skipFields: readonly string[]): Result {
  const kept = cursor.fields.flatMap(({ name }, index) => (skipFields.includes(name) ? [] : [index]));
  const isWhole = kept.length === cursor.fields.length;
  return {
    fields: cursor.fields.filter((_, index) => kept.includes(index)),
    async *batches() {
      for (;;) {
        const rows = await cursor.fetch(FETCH_ROWS);
        if (rows.length === 0) return;
        yield isWhole ? rows : rows.map((row) => kept.map((index) => row[index] ?? null));
      }
    },
    [Symbol.asyncDispose]: async () => cursor[Symbol.asyncDispose](),
  };
}

/** Tables that inherit from a published one. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import { ImportError } from '../errors.ts';

/**
 * Throws `cannotOverwrite` where tables inherit from a table: each statement on it would write their rows too, which
 * are not the source's.
 */
export async function refuseHeirs(tx: Queryable, schema: string, table: string): Promise<void> {
  const heirs = await tx.query<{ name: string }>(sql`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = to_regclass(${identifier(schema, table).text}) order by 1`);
  if (heirs.length === 0) return;
  throw new ImportError('cannotOverwrite', {
    detail: `The table ${table} keeps its old rows: ${heirs.map(({ name }) => name).join(', ')} inherit${heirs.length === 1 ? 's' : ''} from it.`,
    hint: 'End the inheritance (ALTER TABLE … NO INHERIT …), or import under another name.',
  });
}

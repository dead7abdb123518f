import type { Database } from '../db/database.ts';
import { accountRoles } from './accounts.ts';

/**
 * What the reader role of an account must be refused by its rights alone, and by the read-only cursor; a part of the
 * hostile statements that the tests run in full.
 */
const MUST_FAIL: readonly string[] = [
  'select * from landfall.settings',
  'select * from landfall.api_keys',
  "select set_config('role', session_user, true)",
  "select query_to_xml('select 1', true, false, '')",
  'select pg_advisory_lock(1)',
  "select pg_notify('landfall_import', '')",
  'select pg_sleep(0)',
  "select lo_from_bytea(0, 'x')",
  "select pg_read_file('/etc/hostname')",
  'commit',
  'select * from pg_authid',
];

/** What must work, so that a broken login is not taken for a safe one. */
const MUST_WORK: readonly string[] = ['select 1', "select st_astext(st_buffer('POINT(0 0)'::geometry, 1))"];

/** Runs the statements as the reader role of an account. Readiness is refused while `ok` is false. */
export async function selfTest(
  db: Database,
  account: { readonly name: string },
): Promise<{ readonly ok: boolean; readonly failures: readonly string[] }> {
  const { reader } = await accountRoles(db, account.name);
  const attempt = async (text: string): Promise<string | null> => {
    try {
      await using cursor = await db.openUserCursor(text, {
        role: reader,
        schema: account.name,
        timeoutMs: 5_000,
        layers: 'rights',
      });
      await cursor.fetch(1);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const failures: string[] = [];
  for (const text of MUST_WORK) {
    const problem = await attempt(text);
    if (problem !== null) failures.push(`${text}: should work, but: ${problem}`);
  }
  for (const text of MUST_FAIL) {
    if ((await attempt(text)) === null) failures.push(`${text}: should be refused, but works`);
  }
  return { ok: failures.length === 0, failures };
}

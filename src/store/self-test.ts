import type { Database, UserQueryOptions } from '../db/database.ts';
import { literal } from '../db/sql.ts';
import { accountRoles } from './account-roles.ts';

/** What would break the wall between accounts: the rights of the reader role alone must refuse it. */
const isolation = (owner: string): readonly string[] => [
  'select * from landfall.settings',
  'select * from landfall.api_keys',
  'select * from pg_authid',
  `select set_config('role', ${literal(owner).text}, true)`,
  "select query_to_xml('select * from landfall.settings', true, false, '')",
  "select pg_read_file('/etc/hostname')",
  'commit',
  'select 1; select 1',
];

/** What would use up or disturb the server: refused by rights where they could be revoked, and by the check of text. */
const CAPACITY: readonly string[] = [
  'select pg_advisory_lock(1)',
  "select pg_notify('landfall_import', '')",
  'select pg_sleep(0)',
  "select lo_from_bytea(0, 'x')",
  "select st_buffer('POINT(0 0)'::geometry, 1, 'quad_segs=200000000')",
];

/** What must work, so that a broken login is not taken for a safe one. */
const MUST_WORK: readonly string[] = ['select 1', "select st_astext(st_buffer('POINT(0 0)'::geometry, 1))"];

/** Runs the statements as the reader role of an account. Readiness is refused while `ok` is false. */
export async function selfTest(
  db: Database,
  account: { readonly name: string },
): Promise<{ readonly ok: boolean; readonly failures: readonly string[] }> {
  const { reader, owner } = await accountRoles(db, account.name);
  const attempt = async (text: string, layers: UserQueryOptions['layers']): Promise<string | null> => {
    try {
      await using cursor = await db.openUserCursor(text, {
        role: reader,
        schema: account.name,
        timeoutMs: 5_000,
        layers,
      });
      await cursor.fetch(1);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const failures: string[] = [];
  for (const text of MUST_WORK) {
    const problem = await attempt(text, 'all');
    if (problem !== null) failures.push(`${text}: should work, but: ${problem}`);
  }
  for (const text of isolation(owner)) {
    if ((await attempt(text, 'rights')) === null) failures.push(`${text}: should be refused, but works`);
  }
  for (const text of CAPACITY) {
    if ((await attempt(text, 'all')) === null) failures.push(`${text}: should be refused, but works`);
  }
  return { ok: failures.length === 0, failures };
}

import { createHash, createHmac, hkdfSync, pbkdf2Sync, randomBytes } from 'node:crypto';
import { DatabaseError, type Queryable } from './database.ts';
import { sql } from './sql.ts';

/** Rounds of SCRAM-SHA-256; PostgreSQL's own default. */
const SCRAM_ROUNDS = 4096;

/** The secret that the installation made for itself in its first migration. */
export async function roleSecret(db: Queryable): Promise<string> {
  const [row] = await db.query<{ value: string }>(sql`select value from landfall.settings where name = 'role_secret'`);
  if (!row) throw new DatabaseError('landfall.settings holds no role_secret', { code: 'P0002' });
  return row.value;
}

/** The password of an account role: derived, so that it is stored nowhere. */
export const rolePassword = (secret: string, role: string): string =>
  Buffer.from(hkdfSync('sha256', secret, 'landfall role password', role, 32)).toString('base64url');

/** What the server keeps of a password (RFC 5803), so that the password itself stands in no statement and no log. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, SCRAM_ROUNDS, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${SCRAM_ROUNDS}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}

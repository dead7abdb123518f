/** SQL for `landfall.drive_tokens` and `landfall.drive_sign_ins`. Nothing readable of a token is in the database. */
import { createHash } from 'node:crypto';
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { DriveService } from '../domain/drive.ts';
import type { Seal } from '../util/seal.ts';

/** A token as it is sealed: JSON that only `sources/drives` reads. */
type Sealable = object;

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Binds a sealed token to its place, so that a copy of it in the row of another account does not open. */
const contextOf = (accountId: string, service: string): string => `drive ${accountId} ${service}`;

function opened<Token>(
  seal: Seal,
  accountId: string,
  service: string,
  row: { sealed: string } | undefined,
): Token | null {
  return row === undefined ? null : JSON.parse(seal.open(row.sealed, contextOf(accountId, service)));
}

/** Tokens of accounts under the seal. Opening throws `SealBroken` where they were sealed with another secret. */
export function createDriveTokens<Token extends Sealable>(db: Queryable, seal: Seal) {
  const sealed = (accountId: string, service: string, token: Token): string =>
    seal.seal(JSON.stringify(token), contextOf(accountId, service));
  const at = (accountId: string, service: DriveService) => sql`account_id = ${accountId} and service = ${service}`;
  return {
    async find(accountId: string, service: DriveService): Promise<Token | null> {
      const [row] = await db.query<{ sealed: string }>(sql`
        select sealed from landfall.drive_tokens where ${at(accountId, service)}`);
      return opened(seal, accountId, service, row);
    },
    async add(accountId: string, service: DriveService, token: Token): Promise<boolean> {
      const rows = await db.query(sql`
        insert into landfall.drive_tokens (account_id, service, sealed)
        values (${accountId}, ${service}, ${sealed(accountId, service, token)})
        on conflict do nothing returning 1 as one`);
      return rows.length > 0;
    },
    async remove(accountId: string, service: DriveService): Promise<Token | null> {
      const [row] = await db.query<{ sealed: string }>(sql`
        delete from landfall.drive_tokens where ${at(accountId, service)} returning sealed`);
      return opened(seal, accountId, service, row);
    },
    async lease(accountId: string, service: DriveService, lease: string, milliseconds: number): Promise<Token | null> {
      const [row] = await db.query<{ sealed: string }>(sql`
        update landfall.drive_tokens
        set lease = ${lease}::uuid, lease_until = now() + ${milliseconds}::int * interval '1 millisecond'
        where ${at(accountId, service)} and (lease is null or lease_until < now()) returning sealed`);
      return opened(seal, accountId, service, row);
    },
    async replace(accountId: string, service: DriveService, lease: string, token: Token): Promise<void> {
      await db.query(sql`
        update landfall.drive_tokens
        set sealed = ${sealed(accountId, service, token)}, lease = null, lease_until = null, updated_at = now()
        where ${at(accountId, service)} and lease = ${lease}::uuid`);
    },
    async release(accountId: string, service: DriveService, lease: string, isOver: boolean): Promise<void> {
      const mine = sql`${at(accountId, service)} and lease = ${lease}::uuid`;
      await db.query(
        isOver
          ? sql`delete from landfall.drive_tokens where ${mine}`
          : sql`update landfall.drive_tokens set lease = null, lease_until = null where ${mine}`,
      );
    },
  };
}

/** A sign-in can be ended for so long: what reading a page of consent and finding a password takes. */
const SIGN_IN_SECONDS = 900;

/** Sign-ins of an account with a service that are open at once; the oldest are given up. */
const MOST_OPEN = 10;

/** A sign-in that was begun. */
export interface OpenSignIn {
  readonly accountId: string;
  readonly service: DriveService;
  /** The secret of PKCE (RFC 7636). */
  readonly verifier: string;
  /** The cookie of the browser that has to end it; null: any may. */
  readonly browser: string | null;
}

/** Keeps a sign-in under the hash of its state, and removes those whose time is over. */
export async function beginSignIn(db: Queryable, seal: Seal, state: string, begun: OpenSignIn): Promise<void> {
  const { accountId, service, browser } = begun;
  const verifier = seal.seal(begun.verifier, contextOf(accountId, service));
  await db.query(sql`delete from landfall.drive_sign_ins where expires_at < now()
    or state_hash in (select state_hash from landfall.drive_sign_ins
      where account_id = ${accountId} and service = ${service} order by expires_at desc offset ${MOST_OPEN - 1})`);
  await db.query(sql`
    insert into landfall.drive_sign_ins (state_hash, account_id, service, sealed_verifier, browser_hash, expires_at)
    values (${hash(state)}, ${accountId}, ${service}, ${verifier}, ${browser === null ? null : hash(browser)},
      now() + ${SIGN_IN_SECONDS}::int * interval '1 second')`);
}

interface SignInRow {
  readonly account_id: string;
  readonly sealed_verifier: string;
}

/**
 * Takes the sign-in of this state: nobody else can take it. null where there is none to this service, where its time is
 * over, and where another browser began it.
 */
export async function takeSignIn(
  db: Queryable,
  seal: Seal,
  given: { readonly state: string; readonly service: DriveService; readonly browser: string | null },
): Promise<{ readonly accountId: string; readonly verifier: string } | null> {
  const browser = given.browser === null ? null : hash(given.browser);
  const [row] = await db.query<SignInRow>(sql`
    delete from landfall.drive_sign_ins
    where state_hash = ${hash(given.state)} and service = ${given.service} and expires_at > now()
      and (browser_hash is null or browser_hash = ${browser}::bytea)
    returning account_id, sealed_verifier`);
  if (row === undefined) return null;
  return {
    accountId: row.account_id,
    verifier: seal.open(row.sealed_verifier, contextOf(row.account_id, given.service)),
  };
}

/** Secret of the sign-in that the account began last with a service and that is open; null where there is none. */
export async function lastVerifier(
  db: Queryable,
  seal: Seal,
  accountId: string,
  service: DriveService,
): Promise<string | null> {
  const [row] = await db.query<SignInRow>(sql`
    select account_id, sealed_verifier from landfall.drive_sign_ins
    where account_id = ${accountId} and service = ${service} and expires_at > now()
    order by expires_at desc limit 1`);
  return row === undefined ? null : seal.open(row.sealed_verifier, contextOf(accountId, service));
}

/** Ends all open sign-ins of an account with a service: it has signed in. */
export async function endSignIns(db: Queryable, accountId: string, service: DriveService): Promise<void> {
  await db.query(sql`
    delete from landfall.drive_sign_ins where account_id = ${accountId} and service = ${service}`);
}

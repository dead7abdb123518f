import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DriveRefused, type DriveService } from '../../domain/drive.ts';
import type { DriveToken } from './oauth.ts';

/** Where tokens are kept. `L` is the id of a lease: who has it is the only one that changes the token. */
export interface TokenStore {
  find(accountId: string, service: DriveService): Promise<DriveToken | null>;
  /** Whether it was added; false where there is one already. */
  add(accountId: string, service: DriveService, token: DriveToken): Promise<boolean>;
  /** Removes the token and returns it; null where there was none. */
  remove(accountId: string, service: DriveService): Promise<DriveToken | null>;
  /** The token as it is now, with the lease of it; null where another has the lease, or the token is gone. */
  lease(accountId: string, service: DriveService, lease: string, milliseconds: number): Promise<DriveToken | null>;
  /** Puts the next token in place and ends the lease. */
  replace(accountId: string, service: DriveService, lease: string, token: DriveToken): Promise<void>;
  /** Ends the lease; with `isOver` the token too. */
  release(accountId: string, service: DriveService, lease: string, isOver: boolean): Promise<void>;
}

/** Longer than asking for a token can take (oauth.ts), so that no two ask at once. */
const LEASE_MS = 60_000;

/** Between two looks whether another process has brought the next token. */
const LOOK_MS = 100;

/** After this long without a token something is wrong with whoever has the lease. */
const MAX_WAIT_MS = 2 * LEASE_MS;

/** Tries to put a new token in place: where the service took the old one back, losing the new one loses the access. */
const STORE_TRIES = 5;

export interface AccessOptions {
  readonly store: TokenStore;
  readonly accountId: string;
  readonly service: DriveService;
  readonly title: string;
  /** Asks the service for the next token. Never aborted: its answer may be the only copy. */
  readonly refresh: (refreshToken: string) => Promise<DriveToken>;
  readonly signal: AbortSignal;
}

const isInForce = (token: DriveToken, unlike: string | undefined): boolean =>
  token.accessToken !== unlike && (token.expiresAt === null || token.expiresAt > Date.now());

/**
 * The access token in force, another one than `unlike`. Of all processes one asks the service for the next token at a
 * time and the others wait for it, because some services accept a refresh token once. Throws `DriveRefused`: absent,
 * expired (the token is then gone), failed.
 */
export async function accessToken(options: AccessOptions, unlike?: string): Promise<string> {
  const { store, accountId, service, title, signal } = options;
  const over = (): DriveRefused =>
    new DriveRefused('expired', `The access to ${title} has expired or was taken back. Connect it again`);
  for (const since = Date.now(); Date.now() - since < MAX_WAIT_MS; ) {
    const known = await store.find(accountId, service);
    if (known === null) throw new DriveRefused('absent', `No oauth set for service ${service}`);
    if (isInForce(known, unlike)) return known.accessToken;
    const lease = randomUUID();
    const leased = await store.lease(accountId, service, lease, LEASE_MS);
    if (leased === null) {
      await sleep(LOOK_MS, undefined, { signal });
      continue;
    }
    if (isInForce(leased, unlike)) {
      await store.release(accountId, service, lease, false);
      return leased.accessToken;
    }
    if (leased.refreshToken === null) {
      await store.release(accountId, service, lease, true);
      throw over();
    }
    let next: DriveToken;
    try {
      next = await options.refresh(leased.refreshToken);
    } catch (error) {
      const isOver = error instanceof DriveRefused && error.problem === 'expired';
      await store.release(accountId, service, lease, isOver);
      throw error;
    }
    await keep(() => store.replace(accountId, service, lease, next));
    return next.accessToken;
  }
  throw new DriveRefused('failed', `No token for ${title} came in time; try again`);
}

async function keep(write: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (tries >= STORE_TRIES) throw error;
      await sleep(200 * 2 ** tries);
    }
  }
}

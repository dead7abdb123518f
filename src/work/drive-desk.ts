import type { Queryable } from '../db/database.ts';
import { DriveRefused, type DriveService } from '../domain/drive.ts';
import type { DriveSource } from '../sources/drives/index.ts';
import { beginSignIn, endSignIns, lastVerifier, takeSignIn } from '../store/drive-tokens.ts';
import type { Seal } from '../util/seal.ts';

/** Sign-ins to cloud drives, from their beginning to the token. Refusals are `DriveRefused`. */
export interface DriveDesk extends Pick<DriveSource, 'offered' | 'check' | 'list' | 'forget'> {
  /** Address of the sign-in. `browser`: the cookie of the browser that has to end it; null: any may. */
  begin(accountId: string, service: DriveService, redirectUri: string, browser: string | null): Promise<string>;
  endByCode(accountId: string, service: DriveService, code: string, redirectUri: string): Promise<void>;
  /** Ends the sign-in of a state, which holds once, for the account that began it. */
  endByState(given: {
    readonly service: DriveService;
    readonly state: string;
    readonly code: string;
    readonly browser: string | null;
    readonly redirectUri: string;
  }): Promise<void>;
}

export function createDriveDesk(deps: { db: Queryable; seal: Seal; source: DriveSource }): DriveDesk {
  const { db, seal, source } = deps;

  async function refuseSecond(accountId: string, service: DriveService): Promise<void> {
    if (await source.hasToken(accountId, service)) {
      throw new DriveRefused('present', `OAuth token already set for service ${service}`);
    }
  }

  return {
    offered: source.offered,
    check: (accountId, service) => source.check(accountId, service),
    list: (accountId, service, extensions) => source.list(accountId, service, extensions),
    forget: (accountId, service) => source.forget(accountId, service),
    async begin(accountId, service, redirectUri, browser) {
      const { url, state, verifier } = source.begin(service, redirectUri);
      await refuseSecond(accountId, service);
      await beginSignIn(db, seal, state, { accountId, service, verifier, browser });
      return url;
    },
    async endByCode(accountId, service, code, redirectUri) {
      await refuseSecond(accountId, service);
      const verifier = await lastVerifier(db, seal, accountId, service);
      await source.end(accountId, service, { code, redirectUri, verifier });
      await endSignIns(db, accountId, service);
    },
    async endByState({ service, state, code, browser, redirectUri }) {
      const begun = await takeSignIn(db, seal, { state, service, browser });
      if (begun === null || code === '') throw new DriveRefused('badCode', 'The sign-in is not open');
      await refuseSecond(begun.accountId, service);
      await source.end(begun.accountId, service, { code, redirectUri, verifier: begun.verifier });
      await endSignIns(db, begun.accountId, service);
    },
  };
}

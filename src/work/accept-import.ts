import type { Database } from '../db/database.ts';
import type { Account, NewImport } from '../domain/import.ts';
import { cancelImport, countUnfinished, insertImport, lockImportsOf } from '../store/imports.ts';
import type { Seal } from '../util/seal.ts';
import type { Queue } from './queue.ts';
import { sealOptions, sealRequest } from './seal-request.ts';

export type Accepted =
  | { readonly kind: 'created'; readonly id: string }
  | { readonly kind: 'tooMany'; readonly limit: number };

/** The way in: what HTTP may do to imports before a worker has them. */
export interface ImportDesk {
  /** Stores the import and its job in one transaction. One that failed before it began gets no job. */
  accept(account: Account, input: NewImport): Promise<Accepted>;
  hasRoom(account: Account): Promise<{ readonly ok: true } | { readonly ok: false; readonly limit: number }>;
  /** Ends an import of the account that has not ended; nothing of it is kept. One that has ended stays as it is. */
  cancel(account: Account, id: string): Promise<void>;
}

export function createImportDesk(deps: {
  db: Database;
  queue: Queue;
  concurrentImports: number;
  seal: Seal;
}): ImportDesk {
  const { db, queue, seal } = deps;
  const limitOf = (account: Account): number => account.limits.concurrentImports ?? deps.concurrentImports;
  return {
    async accept(account, input) {
      const limit = limitOf(account);
      const accepted = await db.transaction(async (tx): Promise<Accepted> => {
        await lockImportsOf(tx, account.id);
        if ((await countUnfinished(tx, account.id)) >= limit) return { kind: 'tooMany', limit };
        const stored = { request: sealRequest(seal, input.request), options: sealOptions(seal, input.options) };
        const id = await insertImport(tx, account.id, { ...input, ...stored });
        if (input.failure === undefined) await queue.send(tx, { importId: id, accountId: account.id });
        return { kind: 'created', id };
      });
      if (accepted.kind === 'created') queue.wake();
      return accepted;
    },
    async hasRoom(account) {
      const limit = limitOf(account);
      return (await countUnfinished(db, account.id)) < limit ? { ok: true } : { ok: false, limit };
    },
    async cancel(account, id) {
      await db.transaction(async (tx) => {
        if (await cancelImport(tx, account.id, id)) await queue.cancel(tx, id);
      });
    },
  };
}

/** What a reader is given to find the difference to a table, where the table is as its last run left it. */
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../db/database.ts';
import type { FollowerWish } from '../domain/fingerprints.ts';
import type { Account } from '../domain/import.ts';
import type { Refresh } from '../domain/refresh.ts';
import { entriesOf } from '../publish/fingerprint-entries.ts';
import { seemsToHold } from '../publish/fingerprints.ts';
import { findFingerprints } from '../store/fingerprints.ts';
import { tablesOf } from '../store/tables.ts';

/**
 * The wish for fingerprints of a layer; null where none are kept: an import of its own, or a mode in which a table has
 * rows that are not the source's. Known entries go into a file of `folder`. Nothing is locked: publishing looks again.
 */
export async function fingerprintWish(
  db: Database,
  account: Account,
  refresh: Refresh | null,
  layer: string,
  folder: string,
): Promise<FollowerWish | null> {
  if (refresh?.synchronizationId === undefined || refresh.mode !== 'replace') return null;
  const anew: FollowerWish = { key: randomBytes(8).toString('hex'), known: null, version: null };
  const tableId = refresh.targets.get(layer);
  if (tableId === undefined || refresh.isAgain === true) return anew;
  const kept = await findFingerprints(db, tableId);
  const table = (await tablesOf(db, account.id)).find(({ id }) => id === tableId);
  if (kept === null || table === undefined) return anew;
  const path = join(folder, `known-${tableId}`);
  const isStanding = await seemsToHold(db, { schema: account.name, table: table.name }, kept).catch(() => false);
  if (!isStanding) return anew;
  await writeEntries(db, tableId, path);
  // While it was read another run may have written.
  const after = await findFingerprints(db, tableId);
  if (after?.version !== kept.version) return anew;
  return { key: kept.key, known: { path, shape: kept.shape, reading: kept.reading }, version: kept.version };
}

async function writeEntries(db: Database, tableId: string, path: string): Promise<void> {
  await using file = await open(path, 'w');
  for await (const entries of entriesOf(db, tableId)) {
    await file.write(entries);
  }
}

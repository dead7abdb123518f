import type { Account, Import } from '../domain/import.ts';
import type { OpenOptions } from '../read/opened-sources.ts';
import type { RunDeps } from './run-import.ts';

/** How the files of an import are to be read, and within which limits. */
export const openOptions = (job: Import, account: Account, deps: RunDeps): OpenOptions => ({
  ...job.options,
  maxRows: Math.min(deps.maxRows, account.limits.maxRows ?? deps.maxRows),
  maxUnpackedBytes: maxBytes(account, deps),
  // A service is asked for with all of its layers, however many (wire contract 9.2).
  maxTables: job.request.kind === 'arcgis' ? Number.MAX_SAFE_INTEGER : deps.maxTables,
});

/** The most bytes that an import of the account may bring. */
export const maxBytes = (account: Account, deps: RunDeps): number =>
  Math.min(deps.maxFileBytes, account.limits.maxFileBytes ?? deps.maxFileBytes);

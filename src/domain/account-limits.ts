import type { Account } from './import.ts';

/** What accounts may have that nothing else was said of; null: any number. */
export interface DefaultLimits {
  readonly LANDFALL_MAX_TABLES: number | null;
  readonly LANDFALL_MAX_STORAGE_BYTES: number | null;
}

/** Fills the limits of an account that has none of its own; no account stays none. */
interface Limited {
  (account: Account): Account;
  (account: Account | null): Account | null;
}

/** Binds it to the settings. */
export function limitedBy(defaults: DefaultLimits): Limited {
  function limited(account: Account): Account;
  function limited(account: Account | null): Account | null;
  function limited(account: Account | null): Account | null {
    if (account === null) return null;
    const { limits } = account;
    return {
      ...account,
      limits: {
        ...limits,
        maxTables: limits.maxTables ?? defaults.LANDFALL_MAX_TABLES,
        maxStorageBytes: limits.maxStorageBytes ?? defaults.LANDFALL_MAX_STORAGE_BYTES,
      },
    };
  }
  return limited;
}

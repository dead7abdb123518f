import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';
import type { Account, Import, ImportOptions, ImportRequest } from '../domain/import.ts';
import type { ErrorKind } from '../errors.ts';

/** An import as the HTTP layer hands it over, before it has an id. */
export interface NewImport {
  readonly request: ImportRequest;
  readonly options: ImportOptions;
  /** What `original_url` shows: the URL without its user and password, `''` for uploads. */
  readonly originalUrl: string;
  /** What `display_name` shows; `''` where there is nothing better than the id of the import. */
  readonly displayName: string;
  /** The `table_name` that was asked for, where it has a meaning: files and URLs name their table themselves. */
  readonly tableName: string | null;
  /** JSON text, shown as it stands. */
  readonly userDefinedLimits: string;
  /**
   * Set where the import has failed before it began, such as an upload over the size limit: it is stored in its final
   * state and never queued, because the wire never reports a quota in the answer to a POST (wire contract 1.3).
   */
  readonly failure?: { readonly kind: ErrorKind; readonly text: string };
}

/** One readiness check: whether it passed and, for the operator, why not. */
export interface Check {
  readonly ok: boolean;
  readonly detail?: string;
}

/** Everything the HTTP surface needs of the rest of the program. */
export interface HttpDeps {
  readonly config: Pick<
    Config,
    'LANDFALL_BASE_DOMAIN' | 'LANDFALL_BASE_URL' | 'LANDFALL_MAX_FILE_BYTES' | 'LANDFALL_CONCURRENT_IMPORTS'
  >;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly accounts: {
    /** The account that holds the key with this SHA-256. */
    byKeyHash(hash: Buffer): Promise<Account | null>;
    byName(name: string): Promise<Account | null>;
  };
  readonly imports: {
    create(
      account: Account,
      input: NewImport,
    ): Promise<
      { readonly kind: 'created'; readonly id: string } | { readonly kind: 'tooMany'; readonly limit: number }
    >;
    /** Ids of the imports of the last 24 hours that are not final, newest first. */
    unfinished(accountId: string): Promise<readonly string[]>;
    find(accountId: string, id: string): Promise<Import | null>;
    /** Asked before a body is read, so that a 429 does not cost an upload. */
    hasRoom(account: Account): Promise<{ readonly ok: true } | { readonly ok: false; readonly limit: number }>;
  };
  /** Throws where the URL is not one that a fetch may ask for: its scheme or its port. */
  readonly validateUrl: (url: string) => void;
  /** Folder into which uploads are spooled; it exists. */
  readonly uploadsFolder: string;
  /** Checks by name. The check `draining` is the caller's too: a server that is told to stop reports it as not ok. */
  readonly ready: () => Promise<Readonly<Record<string, Check>>>;
  readonly metrics: Registry;
}

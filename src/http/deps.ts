import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';
import type { UserCursor } from '../db/database.ts';
import type { ArcgisLayer } from '../domain/arcgis.ts';
import type { ProviderId, RemoteTable } from '../domain/connector.ts';
import type { CopyOptions } from '../domain/copy.ts';
import type { Corrected, Correction } from '../domain/correction.ts';
import type { DriveFile, DriveService } from '../domain/drive.ts';
import type { Account, Import, NewImport, ParkedRequest, Privacy } from '../domain/import.ts';
import type { Job } from '../domain/job.ts';
import type { LocalFile } from '../domain/layer.ts';
import type {
  NewSynchronization,
  SyncChange,
  SyncChangesPage,
  Synchronization,
  SyncRun,
  SyncSettings,
} from '../domain/sync.ts';
import type { WebhookDesk } from '../domain/webhook.ts';
import type { ExportFolder } from '../export/export-folders.ts';
import type { FeatureDesk } from '../features/feature-desk.ts';
import type { MapDesk } from '../maps/map-desk.ts';
import type { UploadStore } from '../sources/uploads/upload-store.ts';
import type { AccountLimits } from '../store/account-limits.ts';
import type { AnalysisRecord } from '../store/analyses.ts';
import type { NewConnection, StoredConnection } from '../store/connections.ts';
import type { Dataset, DatasetDetails } from '../store/datasets.ts';
import type { KeyDesk } from '../store/keys.ts';
import type { Library } from '../store/library.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import type { StoredRecipe } from '../store/recipes.ts';
import type { StoredReject } from '../store/rejects.ts';
import type { LayerRecord } from '../store/reports.ts';
import type { Usage } from '../store/usage.ts';
import type { Viewer } from '../store/viewers.ts';
import type {
  Visualization,
  VisualizationKey,
  VisualizationQuery,
  VisualizationWords,
} from '../store/visualizations.ts';
import type { TileDesk } from '../tiles/tile-desk.ts';
import type { Reading } from './read-access.ts';
import type { ResumableStore } from './resumable.ts';
import type { Sessions } from './session.ts';

/** One readiness check: whether it passed and, for the operator, why not. */
export interface Check {
  readonly ok: boolean;
  readonly detail?: string;
}

/** Everything the HTTP surface needs of the rest of the program. */
export interface HttpDeps {
  readonly config: Pick<
    Config,
    | 'LANDFALL_BASE_DOMAIN'
    | 'LANDFALL_BASE_URL'
    | 'LANDFALL_MAX_FILE_BYTES'
    | 'LANDFALL_MAX_ROWS'
    | 'LANDFALL_OPERATOR_KEY'
    | 'LANDFALL_CONCURRENT_IMPORTS'
    | 'LANDFALL_SYNC_MIN_INTERVAL'
  >;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly accounts: {
    /** The account that holds the key with this SHA-256. */
    byKeyHash(hash: Buffer): Promise<Account | null>;
    byName(name: string): Promise<Account | null>;
    /** The account of a restricted key, with the id of the key. */
    guestByKeyHash(hash: Buffer): Promise<{ readonly account: Account; readonly id: string } | null>;
  };
  /** Restricted keys. */
  readonly keys: KeyDesk;
  /** Accounts, for the operator. What cannot be is an AccountRefused. */
  readonly operator: {
    list(): Promise<readonly Account[]>;
    find(name: string): Promise<Account | null>;
    create(name: string, limits: Partial<AccountLimits>): Promise<{ readonly account: Account; readonly key: string }>;
    /** Sets the limits that are given. */
    limit(name: string, limits: Partial<AccountLimits>): Promise<void>;
    /** Removes an account with its tables. */
    drop(name: string): Promise<void>;
    rotate(name: string, overlapSeconds: number): Promise<{ readonly key: string }>;
  };
  /** What an account uses. */
  readonly usage: (account: Account) => Promise<Usage>;
  readonly imports: {
    create(
      account: Account,
      input: NewImport,
    ): Promise<
      { readonly kind: 'created'; readonly id: string } | { readonly kind: 'tooMany'; readonly limit: number }
    >;
    /** Ends an import that has not ended; one that has stays as it is. */
    cancel(account: Account, id: string): Promise<void>;
    /** Ids of the imports of the last 24 hours that are not final, newest first. */
    unfinished(accountId: string): Promise<readonly string[]>;
    find(accountId: string, id: string): Promise<Import | null>;
    /** The last imports of the account that are no runs of synchronizations, newest first. */
    recent(accountId: string, most: number): Promise<readonly Import[]>;
    /** Asked before a body is read, so that a 429 does not cost an upload. */
    hasRoom(account: Account): Promise<{ readonly ok: true } | { readonly ok: false; readonly limit: number }>;
  };
  readonly synchronizations: {
    create(account: Account, input: NewSynchronization): Promise<Synchronization>;
    list(accountId: string): Promise<readonly Synchronization[]>;
    /** Of any account: the routes compare it. */
    find(id: string): Promise<Synchronization | null>;
    /** With `replan` the next run is one interval from now. null where it is gone meanwhile. */
    change(id: string, settings: SyncSettings, replan: boolean): Promise<Synchronization | null>;
    remove(id: string): Promise<void>;
    /** Whether a run was begun (wire contract 1.10). */
    force(id: string, isFull?: boolean): Promise<boolean>;
    /** One page of the runs, newest first. */
    runs(
      id: string,
      page: { readonly skip: number; readonly most: number },
    ): Promise<{ readonly runs: readonly SyncRun[]; readonly total: number }>;
    run(id: string, runId: string): Promise<SyncRun | null>;
    changes(run: SyncRun, page: SyncChangesPage): Promise<readonly SyncChange[]>;
    /** Throws a WireError where the tables cannot be as they were after the run. */
    rollBack(account: Account, id: string, runId: string): Promise<SyncRun>;
  };
  readonly webhooks: WebhookDesk;
  readonly sessions: Sessions;
  readonly resumable: ResumableStore;
  readonly datasets: {
    /** The tables of an account, the last changed first. */
    list(accountId: string): Promise<readonly Dataset[]>;
    find(account: Account, name: string): Promise<DatasetDetails | null>;
  };
  /** Datasets. The three that write throw a WireError where the change cannot be made. */
  readonly visualizations: {
    list(
      account: Account,
      query: VisualizationQuery,
    ): Promise<{ readonly visualizations: readonly Visualization[]; readonly total: number }>;
    find(account: Account, key: VisualizationKey): Promise<Visualization | null>;
    change(
      account: Account,
      table: string,
      change: {
        readonly name: string | undefined;
        readonly privacy: Privacy | undefined;
        readonly words: VisualizationWords;
      },
    ): Promise<void>;
    drop(account: Account, table: string, cascade: boolean): Promise<void>;
    /** Makes an empty table; gives its id. */
    create(account: Account, name: string, words: VisualizationWords): Promise<string>;
  };
  /** The data library. */
  readonly library: Library;
  /** Published tables as somebody may read them. */
  readonly tables: {
    find(reading: Reading, name: string): Promise<ReadableTable | null>;
    /** By name. */
    list(reading: Reading): Promise<readonly ReadableTable[]>;
  };
  readonly tiles: TileDesk;
  readonly maps: MapDesk;
  readonly features: FeatureDesk;
  /** Uploads that wait to be named by their address, for a day. */
  readonly parked: {
    /** Takes over a spooled file, folder and all; returns its address. */
    keep(accountId: string, file: LocalFile): Promise<string>;
    /** What an address names; null where it is none of this account, or is kept no more. */
    find(accountId: string, address: string): Promise<ParkedRequest | null>;
  };
  /** Cloud drives. Everything throws `DriveRefused`, and ImportErrors where a service is out of reach. */
  readonly drives: {
    /** Services that this server is registered with. */
    readonly offered: readonly DriveService[];
    /** Asks the service whether the account's token is in force. */
    check(accountId: string, service: DriveService): Promise<boolean>;
    list(accountId: string, service: DriveService, extensions: readonly string[]): Promise<readonly DriveFile[]>;
    /** Address of a sign-in; `browser` is the cookie of the browser that has to end it, null: any may. */
    begin(accountId: string, service: DriveService, redirectUri: string, browser: string | null): Promise<string>;
    endByCode(accountId: string, service: DriveService, code: string, redirectUri: string): Promise<void>;
    endByState(given: {
      readonly service: DriveService;
      readonly state: string;
      readonly code: string;
      readonly browser: string | null;
      readonly redirectUri: string;
    }): Promise<void>;
    forget(accountId: string, service: DriveService): Promise<void>;
  };
  /** Looks at ArcGIS servers; errors are ImportErrors. */
  readonly arcgis: {
    list(at: { readonly url: string; readonly token: string | null }): Promise<readonly ArcgisLayer[]>;
  };
  /** Looks into databases; errors are ImportErrors in the server's own words. */
  readonly connectors: {
    check(provider: ProviderId, connection: Readonly<Record<string, string>>): Promise<void>;
    tables(provider: ProviderId, connection: Readonly<Record<string, string>>): Promise<readonly RemoteTable[]>;
    databases(provider: ProviderId, connection: Readonly<Record<string, string>>): Promise<readonly string[]>;
    /** Bytes that a query would read. */
    dryRun(provider: ProviderId, connection: Readonly<Record<string, string>>, sql: string): Promise<number>;
  };
  /** Stored connections of an account. */
  readonly connections: {
    list(accountId: string): Promise<readonly StoredConnection[]>;
    find(accountId: string, id: string): Promise<StoredConnection | null>;
    /** null: there is one of that name. */
    create(accountId: string, input: NewConnection): Promise<StoredConnection | null>;
    change(accountId: string, id: string, input: NewConnection): Promise<StoredConnection | null>;
    remove(accountId: string, id: string): Promise<boolean>;
    /** All parameters, its secrets too; null where the account has none of that id. */
    open(accountId: string, id: string): Promise<Readonly<Record<string, string>> | null>;
  };
  /** Recipes that an account keeps, by name. */
  readonly recipes: {
    list(accountId: string): Promise<readonly StoredRecipe[]>;
    find(accountId: string, name: string): Promise<StoredRecipe | null>;
    /** null: the account has as many as it may have. */
    keep(accountId: string, recipe: Pick<StoredRecipe, 'name' | 'recipe'>): Promise<StoredRecipe | null>;
    remove(accountId: string, name: string): Promise<boolean>;
  };
  readonly analyses: {
    /** An analysis of the account; null where there is none. */
    find(accountId: string, id: string): Promise<AnalysisRecord | null>;
    isEnded(id: string): Promise<boolean>;
  };
  /** What imports tell of their layers, by the id of an import that the account may see. */
  readonly reports: {
    layers(importId: string): Promise<readonly LayerRecord[]>;
    countRejects(importId: string): Promise<number>;
    rejects(importId: string, page: { readonly skip: number; readonly take: number }): Promise<readonly StoredReject[]>;
    /** Throws a WireError where the corrections have no place to go. */
    correct(account: Account, job: Import, corrections: readonly Correction[]): Promise<Corrected>;
  };
  /** COPY of the SQL API. Errors are DatabaseErrors and ImportErrors, those of `bytes` as they are. */
  readonly copies: {
    openTo(
      viewer: Viewer,
      text: string,
      signal: AbortSignal,
    ): Promise<{ readonly cursor: UserCursor; readonly options: CopyOptions }>;
    /** Gives the number of rows. */
    from(viewer: Viewer, text: string, bytes: AsyncIterable<Uint8Array>): Promise<number>;
  };
  /** Batch queries. Those that cannot be are DatabaseErrors and WireErrors. */
  readonly jobs: {
    create(account: Account, queries: readonly string[], isList: boolean): Promise<Job>;
    find(accountId: string, id: string): Promise<Job | null>;
    /** The last hundred, newest first. */
    list(accountId: string): Promise<readonly Job[]>;
    /** null where the account has none of this id. */
    cancel(accountId: string, id: string): Promise<Job | null>;
  };
  /** Opens a query as the viewer's role; its errors are DatabaseErrors. Rows are skipped and cut as told. */
  readonly openQuery: (
    viewer: Viewer,
    text: string,
    window: { readonly skipRows: number; readonly maxRows: number | null },
    signal: AbortSignal,
  ) => Promise<UserCursor>;
  /** A folder for a file that is being made; so many at once for each key, over that a DatabaseError 53300. */
  readonly openExportFolder: (key: string) => Promise<ExportFolder>;
  /** Throws where the URL is not one that a fetch may ask for: its scheme or its port. */
  readonly validateUrl: (url: string) => void;
  /** Where uploads wait for a worker; out of reach it throws ioError. */
  readonly uploads: Pick<UploadStore, 'put' | 'remove'>;
  /** Folder into which uploads are spooled; it exists. */
  readonly uploadsFolder: string;
  /** Folder of the built web app; it may be absent. */
  readonly webFolder: string;
  /** Checks by name. The check `draining` is the caller's too: a server that is told to stop reports it as not ok. */
  readonly ready: () => Promise<Readonly<Record<string, Check>>>;
  readonly metrics: Registry;
}

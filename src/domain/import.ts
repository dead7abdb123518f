import type { ErrorKind } from '../errors.ts';
import type { ArcgisRequest } from './arcgis.ts';
import type { ConnectorRequest } from './connector.ts';
import type { DriveRequest } from './drive.ts';
import type { ImportState } from './import-state.ts';
import type { LocalFile } from './layer.ts';
import type { Reading } from './reading.ts';
import type { RowChanges, SchemaPolicy, WriteMode } from './refresh.ts';

/** What may be asked. The wire's `data_type` is derived from `kind`. Later issues add kinds. */
export type ImportRequest =
  | UploadRequest
  | UrlRequest
  | ConnectorRequest
  | ArcgisRequest
  | DriveRequest
  | ParkedRequest
  | QueryRequest
  | LibraryRequest
  /** A POST without any source: accepted, then fails with 1010 (wire contract 1.3). */
  | { readonly kind: 'nothing' };

/** A file that came with the request and waits where all workers reach it. */
export interface UploadRequest {
  readonly kind: 'upload';
  /** Names the file in the store of uploads; `''` where nothing was kept, since the import failed before it began. */
  readonly key: string;
  readonly file: Omit<LocalFile, 'path'>;
  /** It is the file of an analysis, which others may import too. Absent: it is of this import alone. */
  readonly isShared?: true;
}

/** A query over the account's own tables. */
export interface QueryRequest {
  readonly kind: 'query';
  readonly text: string;
  /** Name of the new table; null: none was asked for. */
  readonly name: string | null;
}

/** A table of the data library. */
export interface LibraryRequest {
  readonly kind: 'library';
  /** The dataset of the table. */
  readonly visualizationId: string;
  /** Name of the new table. */
  readonly name: string;
}

/** A file of the web. `sealed`: the request as JSON, where its URL has a password; `url` then lacks it. */
export interface UrlRequest {
  readonly kind: 'url';
  readonly url: string;
  /** The stored connection whose keys open an object store. Absent: those of the URL, if any. */
  readonly connectionId?: string;
  readonly sealed?: string;
}

/** A file that the account has sent before, by `POST /api/v1/uploads`. */
export interface ParkedRequest {
  readonly kind: 'parked';
  /** 20 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
}

/** Requests whose data a source brings. */
export type RemoteRequest = Exclude<ImportRequest, { readonly kind: 'nothing' | 'query' | 'library' }>;

export type Privacy = 'public' | 'private' | 'link';
export type CollisionStrategy = 'rename' | 'skip' | 'overwrite';

/** What becomes of geometries that are not valid. */
export type GeometryPolicy = 'keep' | 'make_valid' | 'null' | 'reject';

/** What a request says besides its source. Imports of earlier versions have what `defaultReading` says. */
export interface ImportOptions extends Reading {
  /** Where a description of the files is: CSVW or Frictionless Data. Absent: nowhere. */
  readonly metadataUrl?: string;
  /** The request for it as JSON, sealed, where its URL has a password; `metadataUrl` then lacks it. */
  readonly metadataSealed?: string;
  readonly contentGuessing: boolean;
  readonly createVisualization: boolean;
  readonly collisionStrategy: CollisionStrategy;
  /** null: not said; a new table is then private, an overwritten one keeps what it has. */
  readonly privacy: Privacy | null;
  /** null or absent: they are kept, and counted where the layer is small. */
  readonly geometryPolicy?: GeometryPolicy | null;
  /** How the rows go into the table of the layer's name; null or absent: as `collisionStrategy` says. */
  readonly mode?: WriteMode | null;
  /** Columns that tell rows apart, as the source or the table names them. */
  readonly key?: readonly string[];
  /** null or absent: `evolve` where there is a mode, otherwise the rules of the wire contract (7.3). */
  readonly schemaPolicy?: SchemaPolicy | null;
}

/** A table that an import made or overwrote. */
export interface ImportedTable {
  readonly name: string;
  readonly id: string;
  readonly rows: number;
  /** As PostGIS names it (`MULTIPOLYGON`); `GEOMETRY` where there are several, null where there is none. */
  readonly geometryType: string | null;
  /** Whether it holds tiles of a raster; absent: no. */
  readonly isRaster?: boolean;
  /** The layer as the source names it. */
  readonly layer: string;
  readonly warnings: Warnings | null;
  /** What was done to its rows; absent in imports of earlier versions. */
  readonly changes?: RowChanges;
}

export interface Account {
  readonly id: string;
  /** The account's name is also the name of its schema. */
  readonly name: string;
  readonly limits: AccountLimits;
}

/** null: the server's own limit holds. */
export interface AccountLimits {
  readonly maxFileBytes: number | null;
  readonly maxRows: number | null;
  readonly maxTables: number | null;
  readonly maxStorageBytes: number | null;
  readonly concurrentImports: number | null;
  /** null: as many as it likes. */
  readonly maxMaps: number | null;
  /** Tables that are open to everybody; 0: none, null: as many as it likes. */
  readonly maxPublicTables: number | null;
}

/** Counted things that did not fail the import. Keys are part of the wire (`warnings`). */
export type Warnings = Readonly<Record<string, unknown>>;

export interface ImportFailure {
  readonly code: number;
  /** What happened and where, for the user: becomes `get_error_text.what_about`. */
  readonly text: string;
}

/** One row of `landfall.imports`. */
export interface Import {
  readonly id: string;
  /** It makes no table: its files are only looked at. Absent: it is an import. */
  readonly purpose?: 'analysis';
  readonly accountId: string;
  readonly request: ImportRequest;
  readonly options: ImportOptions;
  readonly state: ImportState;
  readonly attempt: number;
  readonly tableId: string | null;
  readonly tableName: string | null;
  readonly tablesCreatedCount: number | null;
  readonly error: ImportFailure | null;
  readonly warnings: Warnings | null;
  /** In the order in which they were made; null until the import is complete. */
  readonly tables: readonly ImportedTable[] | null;
  readonly userDefinedLimits: string;
  readonly originalUrl: string;
  readonly displayName: string;
  readonly httpResponseCode: number | null;
  /** The synchronization whose run it is; null for an import of its own. */
  readonly synchronizationId: string | null;
  /** The map that it made; absent in records that are no imports. */
  readonly visualizationId?: string | null;
  readonly progress: ImportProgress;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ImportProgress {
  readonly rows: number;
  readonly bytes: number;
}

/** An import before it has an id. */
export interface NewImport {
  /** The files are only to be looked at. */
  readonly purpose?: 'analysis';
  readonly request: ImportRequest;
  readonly options: ImportOptions;
  /** What `original_url` shows: the URL without its user and password, the query, `''` for uploads. */
  readonly originalUrl: string;
  /** What `display_name` shows; `''` where there is nothing better than the id of the import. */
  readonly displayName: string;
  /** The `table_name` that was asked for, where it has a meaning: files and URLs name their table themselves. */
  readonly tableName: string | null;
  /** JSON text, shown as it stands. */
  readonly userDefinedLimits: string;
  /** The synchronization whose run it is. */
  readonly synchronizationId?: string;
  /**
   * Set where the import has failed before it began, such as an upload over the size limit: it is stored in its final
   * state and never queued, because the wire never reports a quota in the answer to a POST (wire contract 1.3).
   */
  readonly failure?: { readonly kind: ErrorKind; readonly text: string };
}

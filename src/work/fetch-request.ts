import type { Queryable } from '../db/database.ts';
import type { RemoteRequest } from '../domain/import.ts';
import { withStoredKeys } from '../domain/object-store.ts';
import { ImportError } from '../errors.ts';
import type { ArcgisSource } from '../sources/arcgis/index.ts';
import type { DatabaseSource } from '../sources/database/index.ts';
import type { DriveSource } from '../sources/drives/index.ts';
import { fetchUpload } from '../sources/fetch-upload.ts';
import type { ObjectSource } from '../sources/objects/index.ts';
import type { ParkedUploads } from '../sources/parked.ts';
import type { FetchContext, Fetched } from '../sources/source.ts';
import type { UploadStore } from '../sources/uploads/upload-store.ts';
import type { UrlSource } from '../sources/url/index.ts';
import { openConnection } from '../store/connections.ts';
import { type Seal, SealBroken } from '../util/seal.ts';
import { openRequest, sealedElsewhere } from './seal-request.ts';

/** The sources that requests are brought from. */
export interface Sources {
  readonly urls: UrlSource;
  readonly databases: DatabaseSource;
  readonly arcgis: Pick<ArcgisSource, 'fetch'>;
  readonly objects: ObjectSource;
  readonly drives: DriveSource;
  readonly parked: ParkedUploads;
  readonly uploads: UploadStore;
  readonly seal: Seal;
  /** Parameters of a stored connection. Throws connectorParameters where it is gone. */
  connectionOf(id: string): Promise<Readonly<Record<string, string>>>;
}

/** Parameters of a stored connection. Throws connectorParameters where it is gone or sealed with another secret. */
export async function storedConnection(
  db: Queryable,
  seal: Seal,
  id: string,
): Promise<Readonly<Record<string, string>>> {
  const found = await openConnection(db, seal, id).catch((error: unknown) => {
    throw error instanceof SealBroken ? sealedElsewhere(error) : error;
  });
  if (found !== null) return found;
  throw new ImportError('connectorParameters', {
    detail: `There is no connection ${id}.`,
    hint: 'It was removed: name another one in connection_id.',
  });
}

/** Brings what a stored request names, by the source of its kind. */
export async function fetchRequest(sources: Sources, stored: RemoteRequest, context: FetchContext): Promise<Fetched> {
  const request = openRequest(sources.seal, stored);
  switch (request.kind) {
    case 'url': {
      const { url, connectionId } = request;
      if (!sources.objects.handles(url)) return sources.urls.fetch(url, context);
      const opened = connectionId === undefined ? url : withStoredKeys(url, await sources.connectionOf(connectionId));
      return sources.objects.fetch(opened, context);
    }
    case 'upload':
      return fetchUpload(sources.uploads, request, context);
    case 'parked':
      return sources.parked.fetch(request, context);
    case 'drive':
      return sources.drives.fetch(request, context);
    case 'arcgis':
      return sources.arcgis.fetch(request, context);
    case 'connector': {
      const { connectionId } = request;
      const connection = connectionId === null ? request.connection : await sources.connectionOf(connectionId);
      return sources.databases.fetch({ ...request, connection }, context);
    }
  }
}

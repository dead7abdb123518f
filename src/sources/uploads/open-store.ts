import { fileURLToPath } from 'node:url';
import type { HttpClient } from '../../util/http-client.ts';
import { type ObjectAddress, parseObjectUrl } from '../objects/address.ts';
import { openBucket } from './bucket.ts';
import { createBucketStore } from './bucket-store.ts';
import { createFolderStore } from './folder-store.ts';
import type { UploadStore } from './upload-store.ts';

/** Where uploads go, by the settings. */
export interface StorageSettings {
  /** `STORAGE_URL`; null: a folder beside the other data. */
  readonly url: string | null;
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
  readonly sessionToken: string | null;
  readonly region: string | null;
  /** What is kept beside the data: the store where `url` is null, the spool of this process where it is a bucket. */
  readonly ownFolder: string;
}

/** A store of uploads, and the folder into which this process spools what goes there. */
export interface Storage {
  readonly store: UploadStore;
  readonly spoolFolder: string;
  /** The spool, where it is no folder of the store: nobody else sweeps it. */
  readonly spool: UploadStore | null;
}

function addressOf(url: URL): ObjectAddress {
  try {
    return parseObjectUrl(url.href);
  } catch (cause) {
    throw new Error(`STORAGE_URL: ${cause instanceof Error ? cause.message : 'no address of a bucket'}`, { cause });
  }
}

/** Opens what the settings name; nothing is asked yet. Throws an Error that says which setting cannot be used. */
export function openStorage(
  settings: StorageSettings,
  client: Pick<HttpClient, 'send'>,
  retryDelayMs?: number,
): Storage {
  const { url: text, ownFolder } = settings;
  const url = text === null ? null : URL.parse(text);
  if (text === null || url?.protocol === 'file:') {
    const spoolFolder = url === null ? ownFolder : fileURLToPath(url);
    return { store: createFolderStore(spoolFolder), spoolFolder, spool: null };
  }
  // The text may hold a secret: no message quotes it.
  if (url?.protocol !== 's3:') throw new Error('STORAGE_URL: expected file:///FOLDER or s3://BUCKET/PREFIX');
  if (settings.region !== null && !url.searchParams.has('region')) url.searchParams.set('region', settings.region);
  const address = addressOf(url);
  const { accessKeyId: id, secretAccessKey: secret } = settings;
  const keys = id === null || secret === null ? address.keys : { id, secret };
  if (keys === null) {
    throw new Error('STORAGE_URL: a bucket needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  const bucket = openBucket({
    client,
    address: { ...address, keys },
    sessionToken: settings.sessionToken,
    ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
  });
  return {
    store: createBucketStore(bucket, () => new Date()),
    spoolFolder: ownFolder,
    spool: createFolderStore(ownFolder),
  };
}

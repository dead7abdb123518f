import { readXml } from '../../util/xml.ts';

/** An object as a list tells of it. */
export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
}

/** One page of a list; `next` names the page after it, null on the last. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  readonly next: string | null;
}

/** Names of the elements by store. */
const words = {
  s3: {
    root: 'ListBucketResult',
    object: 'Contents',
    key: 'Key',
    size: 'Size',
    etag: 'ETag',
    next: 'NextContinuationToken',
  },
  azure: {
    root: 'EnumerationResults',
    object: 'Blob',
    key: 'Name',
    size: 'Content-Length',
    etag: 'Etag',
    next: 'NextMarker',
  },
} as const;

/** Reads a page of a list from a file. Throws ImportErrors where it is no such XML. */
export async function readListing(path: string, store: 's3' | 'azure'): Promise<ListPage> {
  const word = words[store];
  const objects: ListedObject[] = [];
  let next: string | null = null;
  let current = new Map<string, string>();
  let text = '';
  await readXml(
    { path, name: 'the list of the bucket', encoding: null, roots: [word.root], kind: 'a list of objects' },
    {
      open(name) {
        text = '';
        if (name === word.object) current = new Map();
      },
      text(piece) {
        text += piece;
      },
      close(name) {
        if (name === word.object) {
          const key = current.get(word.key) ?? '';
          const sizeBytes = Number(current.get(word.size) ?? Number.NaN);
          if (key !== '' && Number.isSafeInteger(sizeBytes))
            objects.push({ key, sizeBytes, etag: current.get(word.etag) ?? '' });
        } else if (name === word.next) next = text.trim() === '' ? null : text.trim();
        else current.set(name, text);
        text = '';
      },
    },
  );
  return { objects, next };
}

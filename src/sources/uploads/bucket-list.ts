import { type Bucket, elementOf } from './bucket.ts';
import type { StoredUpload } from './upload-store.ts';

/** An upload in parts that is older was left by a server that died. */
const UNFINISHED_MS = 24 * 3_600_000;

/** The end of a name of our own making; whatever else lies under the prefix is not ours to touch. */
const namePattern = /([0-9a-f]{20})\/(data|upload\.json)$/;

const elementsOf = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map(([, inside = '']) => inside);

/** Key and kind of an object that lies right under the prefix; null where it is none of ours. */
function partsOf({ prefix }: Bucket, name: string): readonly [key: string, kind: string] | null {
  const [own = '', key = '', kind = ''] = namePattern.exec(name) ?? [];
  return own !== '' && name === prefix + own ? [key, kind] : null;
}

/** A name as XML writes it; the prefix may have any character. */
const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

/** All uploads of the bucket (S3 API reference, ListObjectsV2). */
export async function listUploads(bucket: Bucket): Promise<readonly StoredUpload[]> {
  const found = new Map<string, StoredUpload>();
  let next: string | null = null;
  do {
    const page: string = await bucket.askText({
      method: 'GET',
      name: null,
      query: { 'list-type': '2', prefix: bucket.prefix, ...(next === null ? {} : { 'continuation-token': next }) },
    });
    for (const entry of elementsOf(page, 'Contents')) {
      const [key, kind] = partsOf(bucket, unescaped(elementOf(entry, 'Key') ?? '')) ?? [];
      if (key === undefined) continue;
      const changedAt = new Date(elementOf(entry, 'LastModified') ?? Number.NaN);
      const isDescribed = kind === 'upload.json' || found.get(key)?.isDescribed === true;
      found.set(key, { key, changedAt, isDescribed });
    }
    const more: string | null = elementOf(page, 'NextContinuationToken');
    next = more === null ? null : unescaped(more);
  } while (next !== null);
  return [...found.values()];
}

/** Gives up what was begun in parts more than a day ago; such parts cost room and are in no list of objects. */
export async function giveUpUnfinished(bucket: Bucket, now: Date): Promise<void> {
  const page = await bucket.askText({ method: 'GET', name: null, query: { uploads: '', prefix: bucket.prefix } });
  for (const entry of elementsOf(page, 'Upload')) {
    const name = unescaped(elementOf(entry, 'Key') ?? '');
    const uploadId = unescaped(elementOf(entry, 'UploadId') ?? '');
    const begun = new Date(elementOf(entry, 'Initiated') ?? Number.NaN);
    if (partsOf(bucket, name) === null || !(now.getTime() - begun.getTime() > UNFINISHED_MS)) continue;
    await bucket.askText({
      method: 'DELETE',
      name: name.slice(bucket.prefix.length),
      query: { uploadId },
      accepts: [200, 204, 404],
    });
  }
}

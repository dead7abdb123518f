import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import type { HttpClient } from '../../util/http-client.ts';
import type { FetchContext, Fetched } from '../source.ts';
import { DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits, download } from '../url/download.ts';
import { createUrlSource } from '../url/index.ts';
import { inRegion, isObjectUrl, type ObjectAddress, parseObjectUrl, urlOfObject } from './address.ts';
import { type ListedObject, readListing } from './listing.ts';
import { signGet } from './sign.ts';

/** Most objects that one import takes. */
const MAX_OBJECTS = 1000;

/** Largest page of a list, in bytes: 1,000 entries have far less. */
const MAX_LISTING_BYTES = 8 * 1024 * 1024;

/** Files of S3, of stores that speak its protocol, of Google Cloud Storage and of Azure Blob Storage. */
export interface ObjectSource {
  /** Whether a URL is of an object store. */
  handles(url: string): boolean;
  /** Downloads the object, or all whose names begin as an address that ends with a slash says. Throws ImportErrors. */
  fetch(url: string, context: FetchContext): Promise<Fetched>;
}

/** Address of a page of the list of what begins with the key. */
function listUrl(address: ObjectAddress, next: string | null): URL {
  const url = new URL(address.base);
  const parameters =
    address.store === 's3'
      ? {
          'list-type': '2',
          'max-keys': '1000',
          prefix: address.key,
          ...(next === null ? {} : { 'continuation-token': next }),
        }
      : {
          restype: 'container',
          comp: 'list',
          maxresults: '1000',
          prefix: address.key,
          ...(next === null ? {} : { marker: next }),
        };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  // A form has plus signs for spaces; signatures know only percent signs.
  url.search = url.search.replaceAll('+', '%20');
  return url;
}

/** The client with each request signed; a bucket that says it is in another region is asked for there. */
function signing(client: HttpClient, first: ObjectAddress): HttpClient & { readonly address: () => ObjectAddress } {
  let address = first;
  const moved = (url: URL): URL => new URL(url.href.replace(first.base.origin, address.base.origin));
  return {
    ...client,
    address: () => address,
    async get(url, options) {
      for (let isMoved = false; ; isMoved = true) {
        const signed = await signGet(address, moved(url), options.headers ?? {});
        const response = await client.get(signed.url, { ...options, headers: signed.headers });
        const region = response.header('x-amz-bucket-region');
        const isElsewhere =
          [301, 307, 400, 403].includes(response.status) && region !== null && region !== address.region;
        if (!isElsewhere || isMoved || address.store !== 's3') return response;
        response.discard();
        address = inRegion(address, region);
      }
    },
  };
}

/** Builds the source. Members of `limits` replace those of DEFAULT_DOWNLOAD_LIMITS. */
export function createObjectSource(options: {
  readonly client: HttpClient;
  readonly limits?: Partial<DownloadLimits>;
}): ObjectSource {
  const limits = { ...DEFAULT_DOWNLOAD_LIMITS, ...options.limits };

  async function list(client: HttpClient, address: ObjectAddress, context: FetchContext): Promise<ListedObject[]> {
    const found: ListedObject[] = [];
    const path = join(context.folder, 'listing');
    const ofList = { ...context, maxBytes: MAX_LISTING_BYTES, known: null, onBytes: () => undefined };
    let next: string | null = null;
    do {
      await download(client, listUrl(address, next), path, ofList, limits);
      const page = await readListing(path, address.store);
      // Consoles make empty objects to show folders.
      found.push(...page.objects.filter(({ key, sizeBytes }) => !key.endsWith('/') && sizeBytes > 0));
      if (page.next === next && next !== null) break;
      next = page.next;
    } while (next !== null && found.length <= MAX_OBJECTS);
    return found;
  }

  async function fetchAll(client: HttpClient, address: ObjectAddress, context: FetchContext): Promise<Fetched> {
    const found = await list(client, address, context);
    const where = `${address.base.host}${address.base.pathname}/${address.key}`;
    if (found.length === 0) throw new ImportError('notFound', { detail: `Nothing at ${where} begins so.` });
    if (found.length > MAX_OBJECTS) {
      throw new ImportError('tooManyLayers', {
        detail: `More than ${MAX_OBJECTS} objects are at ${where}.`,
        hint: 'Import them in parts: name a longer beginning.',
      });
    }
    const total = found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (total > context.maxBytes) {
      throw new ImportError('fileTooBig', {
        detail: `The ${found.length} objects at ${where} have ${total} bytes; the limit of one import is ${context.maxBytes} bytes.`,
        hint: 'Import them in parts: name a longer beginning.',
      });
    }
    const etag = createHash('sha256').update(JSON.stringify(found)).digest('hex');
    if (context.known?.etag === etag) return { files: [], fingerprint: context.known, isUnchanged: true };
    const source = createUrlSource({ client, limits });
    const files: LocalFile[] = [];
    for (const [index, { key }] of found.entries()) {
      const folder = join(context.folder, String(index));
      await mkdir(folder, { recursive: true });
      const one = await source.fetch(urlOfObject(address, key).href, { ...context, folder, known: null });
      files.push(...one.files);
    }
    return { files, fingerprint: { etag, lastModified: null } };
  }

  return {
    handles: isObjectUrl,
    async fetch(text, context) {
      const address = parseObjectUrl(text);
      const client = signing(options.client, address);
      if (address.key === '' || address.key.endsWith('/')) return fetchAll(client, address, context);
      return createUrlSource({ client, limits }).fetch(urlOfObject(address, address.key).href, context);
    },
  };
}

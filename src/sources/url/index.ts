import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import type { HttpClient, HttpResponse } from '../../util/http-client.ts';
import type { FetchContext, Fetched, Fingerprint } from '../source.ts';
import {
  DEFAULT_DOWNLOAD_LIMITS,
  type Downloaded,
  type DownloadLimits,
  download,
  type OnBegin,
  withoutQuery,
} from './download.ts';
import { mediaTypeOf, resolveFileName } from './file-name.ts';
import { NotModified } from './transfer.ts';
import { translateUrl } from './translate-url.ts';

/** Imports of a URL: one file, fetched through the guarded client. */
export interface UrlSource {
  /**
   * Downloads the file behind `url` (a page of a known site stands for its file) into `context.folder`, under a name of
   * ours; `file.name` is what the user would call it. Nothing is downloaded where the server says that the file is as
   * `context.known` has it. Throws what `download` throws.
   */
  fetch(url: string, context: FetchContext): Promise<Fetched>;
}

export interface UrlSourceOptions {
  readonly client: HttpClient;
  /** Members replace those of DEFAULT_DOWNLOAD_LIMITS. */
  readonly limits?: Partial<DownloadLimits>;
}

const isGzip = async (path: string): Promise<boolean> => {
  await using file = await open(path);
  const head = Buffer.alloc(2);
  await file.read(head, 0, 2, 0);
  return head.readUInt16BE() === 0x1f8b;
};

/**
 * Servers send `data.csv.gz` with a Content-Encoding that means the file's own compression; what is on disk is then
 * `data.csv`.
 */
async function nameAsDecoded(name: string, path: string, { wasEncoded }: Downloaded): Promise<string> {
  if (!wasEncoded || !/\.t?gz$/i.test(name) || (await isGzip(path))) return name;
  return name.replace(/\.gz$/i, '').replace(/\.tgz$/i, '.tar');
}

/**
 * What a server says of its file that can be relied on later. A date alone cannot where the file may have changed
 * again in the same second (RFC 9110, 8.8.2.2).
 */
function fingerprintOf(response: HttpResponse, asked: URL): Fingerprint {
  const etag = response.header('etag');
  const lastModified = response.header('last-modified');
  const sentAt = Date.parse(response.header('date') ?? '') || Date.now();
  const isSettled = sentAt - Date.parse(lastModified ?? '') >= 1000;
  const answeredBy = withoutQuery(response.url);
  return {
    etag,
    lastModified: etag !== null || isSettled ? lastModified : null,
    ...(answeredBy === withoutQuery(asked) ? {} : { answeredBy }),
  };
}

/** What the file of an answer is called, and what the server says that it is. */
function describe(response: HttpResponse, requested: URL): Pick<LocalFile, 'name' | 'mediaType'> {
  const contentType = response.header('content-type');
  const name = resolveFileName({
    requested,
    answered: response.url,
    contentDisposition: response.header('content-disposition'),
    contentType,
  });
  return { name, mediaType: mediaTypeOf(contentType) };
}

/** Builds the source of URL imports. */
export function createUrlSource({ client, limits }: UrlSourceOptions): UrlSource {
  return {
    async fetch(text, context) {
      const given = URL.parse(text);
      if (given === null) throw new ImportError('unknownHost', { detail: 'The address of the import is not a URL.' });
      const url = translateUrl(given);
      const path = join(context.folder, 'download');
      let downloaded: Downloaded;
      try {
        const onBegin: OnBegin = ({ response, sizeBytes }) => {
          context.onArriving?.({ path, ...describe(response, url), sizeBytes });
        };
        downloaded = await download(client, url, path, context, { ...DEFAULT_DOWNLOAD_LIMITS, ...limits }, onBegin);
      } catch (error) {
        if (!(error instanceof NotModified) || context.known == null) throw error;
        return { files: [], fingerprint: context.known, isUnchanged: true };
      }
      const { response, sizeBytes, sha256 } = downloaded;
      const { name, mediaType } = describe(response, url);
      return {
        files: [
          {
            path,
            name: await nameAsDecoded(name, path, downloaded),
            sizeBytes,
            mediaType,
            ...(sha256 === undefined ? {} : { sha256 }),
          },
        ],
        fingerprint: fingerprintOf(response, url),
      };
    },
  };
}

import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A store with one bucket, `data`, that answers as the published references of S3 and of Azure Blob Storage say. */
export interface ObjectStandIn extends AsyncDisposable {
  readonly url: string;
  /** Contents by key. */
  readonly objects: Map<string, string | Buffer>;
  /** Uploads in parts that have not ended, by id. */
  readonly unfinished: Map<string, { readonly key: string; initiated: Date; readonly parts: Map<number, Buffer> }>;
  /** Downloads of objects wait for it; null: they are answered at once. */
  hold: Promise<void> | null;
  /** Downloads that have waited so. */
  held: number;
  /** So many of the next requests are answered with 503. */
  busy: number;
  /** The next body is cut off behind so many bytes, and those after it, until none is left. */
  readonly cuts: number[];
  /** `GET PATH?QUERY STATUS` of every request. */
  readonly calls: string[];
  /** Region that requests have to be signed for. */
  region: string;
}

export const KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
export const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
/** As Azure gives them: 64 bytes in Base64. */
export const AZURE_KEY = Buffer.alloc(64, 7).toString('base64');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Signature Version 4 as its reference has it (Authenticating Requests: Using the Authorization Header), made anew over the
 * request as it came.
 */
export function isSignedV4(
  request: Pick<IncomingMessage, 'headers' | 'method'>,
  path: string,
  region: string,
  secret = SECRET,
): boolean {
  const header = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]+)$/.exec(
    request.headers.authorization ?? '',
  );
  const [, credential = '', names = '', signature] = header ?? [];
  const [id, day = '', ...scope] = credential.split('/');
  if (id !== KEY_ID || scope.join('/') !== `${region}/s3/aws4_request`) return false;
  const url = new URL(path, 'http://stand.in');
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted();
  const canonical = [
    request.method,
    decodeURIComponent(url.pathname).split('/').map(encode).join('/'),
    query.join('&'),
    ...names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    names,
    request.headers['x-amz-content-sha256'],
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], `${day}/${scope.join('/')}`, sha256(canonical)];
  const key = [region, 's3', 'aws4_request'].reduce((made, part) => hmac(made, part), hmac(`AWS4${secret}`, day));
  return hmac(key, text.join('\n')).toString('hex') === signature;
}

/** Shared Key of Azure for a GET without a body, made anew over the request as it came. */
function isSharedKey({ headers }: IncomingMessage, url: URL): boolean {
  const lines = [
    'GET',
    '',
    '',
    '',
    '',
    '',
    '',
    headers['if-modified-since'] ?? '',
    '',
    headers['if-none-match'] ?? '',
    '',
  ];
  const own = [`x-ms-date:${headers['x-ms-date']}`, `x-ms-version:${headers['x-ms-version']}`];
  const query = [...url.searchParams].map(([name, value]) => `${name}:${value}`).toSorted();
  const text = [...lines, headers.range ?? '', ...own, `/account${url.pathname}`, ...query].join('\n');
  return (
    headers.authorization === `SharedKey account:${hmac(Buffer.from(AZURE_KEY, 'base64'), text).toString('base64')}`
  );
}

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const etagOf = (content: string | Buffer): string => `"${createHash('md5').update(content).digest('hex')}"`;

const fault = (code: string): string => `<Error><Code>${code}</Code></Error>`;

/** Starts the store; lists have pages of two. */
export async function startObjectStandIn(): Promise<ObjectStandIn> {
  const objects: ObjectStandIn['objects'] = new Map();
  const unfinished: ObjectStandIn['unfinished'] = new Map();
  /** What S3 keeps of objects that were put with checksums, by key. */
  const checksums = new Map<string, string>();
  const calls: string[] = [];
  const cuts: number[] = [];
  const state = { region: 'us-east-1', busy: 0, held: 0, hold: null as Promise<void> | null };

  function list(query: URLSearchParams, isAzure: boolean): string {
    const all = [...objects]
      .filter(([key]) => key.startsWith(query.get('prefix') ?? ''))
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const from = Number(query.get(isAzure ? 'marker' : 'continuation-token') ?? 0);
    const next = from + 2 < all.length ? String(from + 2) : '';
    const entries = all
      .slice(from, from + 2)
      .map(([key, content]) =>
        isAzure
          ? `<Blob><Name>${xml(key)}</Name><Properties><Content-Length>${content.length}</Content-Length><Etag>${etagOf(content)}</Etag></Properties></Blob>`
          : `<Contents><Key>${xml(key)}</Key><ETag>${etagOf(content)}</ETag><Size>${content.length}</Size><LastModified>${new Date().toISOString()}</LastModified></Contents>`,
      );
    return isAzure
      ? `<?xml version="1.0"?><EnumerationResults><Blobs>${entries.join('')}</Blobs><NextMarker>${next}</NextMarker></EnumerationResults>`
      : `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${entries.join('')}${next && `<NextContinuationToken>${next}</NextContinuationToken>`}</ListBucketResult>`;
  }

  type Answer = readonly [number, (string | Buffer)?, Record<string, string>?];

  /** Writing, as the S3 API reference has PutObject, DeleteObject and uploads in parts; null: it only reads. */
  function write(request: IncomingMessage, url: URL, key: string, body: Buffer): Answer | null {
    if (request.method === 'GET' || request.method === 'HEAD') return null;
    const given = createHash('sha256').update(body).digest();
    const claimed = request.headers['x-amz-checksum-sha256'];
    if (request.headers['x-amz-content-sha256'] !== given.toString('hex'))
      return [400, fault('XAmzContentSHA256Mismatch')];
    if (claimed !== undefined && claimed !== given.toString('base64')) return [400, fault('BadDigest')];
    const id = url.searchParams.get('uploadId');
    const upload = unfinished.get(id ?? '');
    if (id !== null && upload?.key !== key) return [404, fault('NoSuchUpload')];
    if (request.method === 'DELETE') {
      if (upload === undefined) objects.delete(key);
      else unfinished.delete(id ?? '');
      return [204];
    }
    if (request.method === 'PUT') {
      if (upload === undefined) {
        objects.set(key, body);
        checksums.set(key, given.toString('base64'));
      } else upload.parts.set(Number(url.searchParams.get('partNumber')), body);
      return [200, '', { etag: etagOf(body) }];
    }
    if (upload === undefined) {
      const made = `upload+${unfinished.size + 1}/=`;
      unfinished.set(made, { key, initiated: new Date(), parts: new Map() });
      return [200, `<InitiateMultipartUploadResult><UploadId>${made}</UploadId></InitiateMultipartUploadResult>`];
    }
    const hashes: Buffer[] = [];
    const pieces: Buffer[] = [];
    for (const [, number, etag, checksum = ''] of body
      .toString()
      .matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(.*?)<\/ETag><ChecksumSHA256>(.*?)<\/ChecksumSHA256>/g)) {
      const piece = upload.parts.get(Number(number));
      if (piece === undefined || etagOf(piece) !== etag) return [400, fault('InvalidPart')];
      const hash = createHash('sha256').update(piece).digest();
      if (hash.toString('base64') !== checksum) return [400, fault('InvalidPart')];
      hashes.push(hash);
      pieces.push(piece);
    }
    // All parts but the last have 5 MiB or more.
    if (pieces.slice(0, -1).some(({ length }) => length < 5 * 1024 ** 2)) return [400, fault('EntityTooSmall')];
    objects.set(key, Buffer.concat(pieces));
    const whole = createHash('sha256').update(Buffer.concat(hashes)).digest('base64');
    checksums.set(key, `${whole}-${hashes.length}`);
    unfinished.delete(id ?? '');
    return [200, '<CompleteMultipartUploadResult></CompleteMultipartUploadResult>'];
  }

  const listUnfinished = (prefix: string): string =>
    `<ListMultipartUploadsResult>${[...unfinished]
      .filter(([, { key }]) => key.startsWith(prefix))
      .map(
        ([id, { key, initiated }]) =>
          `<Upload><Key>${xml(key)}</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
      )
      .join('')}</ListMultipartUploadsResult>`;

  /** Status, body and headers of the answer. */
  function answer(request: IncomingMessage, sent: Buffer): Answer {
    const path = request.url ?? '/';
    const url = new URL(path, 'http://stand.in');
    const isAzure = url.pathname.startsWith('/account/');
    if (state.busy > 0) {
      state.busy--;
      return [503, fault('SlowDown')];
    }
    const isPublic = decodeURIComponent(url.pathname).startsWith('/data/public/');
    const isSas = url.searchParams.get('sig') === 'good+sig=';
    const isAdmitted = isAzure
      ? isSas || isSharedKey(request, url)
      : isPublic || isSignedV4(request, path, state.region);
    if (!isAdmitted && isAzure) return [403, '<Error/>'];
    if (!isAdmitted) return [400, '<Error/>', { 'x-amz-bucket-region': state.region }];
    if (request.method === 'GET' && url.searchParams.has('uploads'))
      return [200, listUnfinished(url.searchParams.get('prefix') ?? '')];
    if (url.searchParams.has('list-type') || url.searchParams.has('comp'))
      return [200, list(url.searchParams, isAzure)];
    const key = decodeURIComponent(url.pathname).replace(isAzure ? '/account/data/' : '/data/', '');
    const written = isAzure ? null : write(request, url, key, sent);
    if (written !== null) return written;
    const content = objects.get(key);
    if (content === undefined) return [404];
    const etag = etagOf(content);
    if (request.headers['if-none-match'] === etag) return [304];
    const checksum = checksums.get(key);
    const headers = {
      etag,
      'content-type': 'application/octet-stream',
      ...(checksum === undefined || request.headers['x-amz-checksum-mode'] !== 'ENABLED'
        ? {}
        : { 'x-amz-checksum-sha256': checksum }),
    };
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from === 0) return [200, content, headers];
    const bytes = Buffer.from(content);
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    return [206, bytes.subarray(from), { ...headers, 'content-range': range }];
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = await request.toArray();
    if (request.method === 'GET' && request.url?.endsWith('/data') && state.hold !== null) {
      state.held++;
      await state.hold;
    }
    const [status, body = '', headers = {}] = answer(request, Buffer.concat(chunks));
    calls.push(`${request.method} ${request.url} ${status}`);
    const length = String(Buffer.byteLength(body));
    const cut = request.method === 'GET' && (status === 200 || status === 206) ? cuts.shift() : undefined;
    response.writeHead(status, status === 204 || status === 304 ? headers : { ...headers, 'content-length': length });
    if (cut === undefined) response.end(body);
    else response.write(Buffer.from(body).subarray(0, cut), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    unfinished,
    cuts,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

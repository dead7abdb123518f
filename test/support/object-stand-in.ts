import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A store with one bucket, `data`, that answers as the published references of S3 and of Azure Blob Storage say. */
export interface ObjectStandIn extends AsyncDisposable {
  readonly url: string;
  /** Contents by key. */
  readonly objects: Map<string, string>;
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
const etagOf = (content: string): string => `"${createHash('md5').update(content).digest('hex')}"`;

/** Starts the store; lists have pages of two. */
export async function startObjectStandIn(): Promise<ObjectStandIn> {
  const objects = new Map<string, string>();
  const calls: string[] = [];
  const state = { region: 'us-east-1' };

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
          : `<Contents><Key>${xml(key)}</Key><ETag>${etagOf(content)}</ETag><Size>${content.length}</Size></Contents>`,
      );
    return isAzure
      ? `<?xml version="1.0"?><EnumerationResults><Blobs>${entries.join('')}</Blobs><NextMarker>${next}</NextMarker></EnumerationResults>`
      : `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${entries.join('')}${next && `<NextContinuationToken>${next}</NextContinuationToken>`}</ListBucketResult>`;
  }

  /** Status, body and headers of the answer. */
  function answer(request: IncomingMessage): readonly [number, string?, Record<string, string>?] {
    const path = request.url ?? '/';
    const url = new URL(path, 'http://stand.in');
    const isAzure = url.pathname.startsWith('/account/');
    const isPublic = decodeURIComponent(url.pathname).startsWith('/data/public/');
    const isSas = url.searchParams.get('sig') === 'good+sig=';
    const isAdmitted = isAzure
      ? isSas || isSharedKey(request, url)
      : isPublic || isSignedV4(request, path, state.region);
    if (!isAdmitted && isAzure) return [403, '<Error/>'];
    if (!isAdmitted) return [400, '<Error/>', { 'x-amz-bucket-region': state.region }];
    if (url.searchParams.has('list-type') || url.searchParams.has('comp'))
      return [200, list(url.searchParams, isAzure)];
    const key = decodeURIComponent(url.pathname).replace(isAzure ? '/account/data/' : '/data/', '');
    const content = objects.get(key);
    if (content === undefined) return [404];
    const etag = etagOf(content);
    if (request.headers['if-none-match'] === etag) return [304];
    return [200, content, { etag, 'content-type': 'application/octet-stream' }];
  }

  const server = createServer((request, response) => {
    const [status, body = '', headers = {}] = answer(request);
    calls.push(`${request.method} ${request.url} ${status}`);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

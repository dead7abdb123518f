import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

/** What an origin sends for one path, and how it misbehaves. Nothing set: 200, the body, a Content-Length. */
export interface OriginFile {
  readonly body?: string | Buffer;
  readonly status?: number;
  /** Added to or in place of the usual headers; text beyond Latin-1 is sent as UTF-8. null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Answers 302 (or `status`) to this address. */
  readonly redirect?: string;
  readonly encoding?: 'gzip' | 'br' | 'deflate' | 'raw-deflate';
  /** Sends zeros without end in place of the body; with `encoding: 'gzip'` a bomb. */
  readonly endless?: boolean;
  /** Understands Range and If-Range and sends an ETag. */
  readonly ranges?: boolean;
  /** Answers a Range with at most this many bytes. */
  readonly maxRange?: number;
  /** What the headers wait for. */
  readonly after?: Promise<void>;
  /** Milliseconds before the headers; Infinity never sends them. */
  readonly headersAfterMs?: number;
  /** Closes the connection after this many bytes of a response's body. */
  readonly cutAt?: number;
  /** How many responses are cut; all where absent. */
  readonly cuts?: number;
  /** Sends nothing more after this many bytes, and keeps the connection open. */
  readonly stallAt?: number;
  /** Sends the second half of a body when this says so. */
  readonly halfway?: () => Promise<unknown>;
  /** Sends one byte in this many milliseconds. */
  readonly dripMs?: number;
  /** `user:password` without which the answer is 401. */
  readonly basic?: string;
}

export interface OriginRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly status: number;
  /** Address of this machine that the client connected to. */
  readonly localAddress: string;
}

/** An HTTP server on loopback that does what it is told. Closes itself with `await using`. */
export interface Origin extends AsyncDisposable {
  readonly port: number;
  /** `http://HOST:PORT`, or `https://localhost:PORT`. */
  readonly url: string;
  /** All requests, oldest first. */
  readonly requests: readonly OriginRequest[];
  /** Sets what a path (with its query, if it has one) answers; all other paths are 404. Returns its address. */
  serve(path: string, file: OriginFile | ((request: IncomingMessage) => OriginFile)): string;
}

const tlsFile = (name: string): Promise<Buffer> => readFile(new URL(`./tls/${name}`, import.meta.url));

/** Certificate that a client has to trust to talk to `startOrigin({ tls: true })`: for localhost, 127.0.0.1, origin.test. */
export const originCertificate = async (): Promise<string> => (await tlsFile('certificate.pem')).toString();

function encode(body: Buffer, encoding: OriginFile['encoding']): Buffer {
  if (encoding === 'gzip') return gzipSync(body);
  if (encoding === 'br') return brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
  if (encoding === 'deflate') return deflateSync(body);
  if (encoding === 'raw-deflate') return deflateRawSync(body);
  return body;
}

function headersOf(file: OriginFile, body: Buffer): Map<string, string> {
  const headers = new Map([['content-length', String(body.length)]]);
  if (file.encoding !== undefined) headers.set('content-encoding', file.encoding.replace('raw-', ''));
  if (file.ranges) {
    headers.set('accept-ranges', 'bytes');
    headers.set('etag', `"${createHash('sha1').update(body).digest('hex')}"`);
  }
  if (file.redirect !== undefined) headers.set('location', Buffer.from(file.redirect).toString('latin1'));
  for (const [name, value] of Object.entries(file.headers ?? {})) {
    if (value === null) headers.delete(name.toLowerCase());
    else headers.set(name.toLowerCase(), Buffer.from(value).toString('latin1'));
  }
  return headers;
}

/** Status of a request for `file`, and the first byte to send of its body. */
function answerTo(request: IncomingMessage, file: OriginFile, headers: Map<string, string>): [number, number] {
  const { authorization, range } = request.headers;
  const expected = `Basic ${Buffer.from(file.basic ?? '').toString('base64')}`;
  if (file.basic !== undefined && authorization !== expected) return [401, 0];
  if (file.redirect !== undefined) return [file.status ?? 302, 0];
  const etag = headers.get('etag');
  if (etag !== undefined && request.headers['if-none-match'] === etag) return [304, 0];
  const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  const [, first] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
  return file.ranges && first !== undefined && isSame ? [206, Number(first)] : [file.status ?? 200, 0];
}

function sendEndless(response: ServerResponse, isGzip: boolean): void {
  const stream = isGzip ? createGzip() : new PassThrough();
  const zeros = Buffer.alloc(1 << 20);
  const more = (): void => {
    while (!response.destroyed && stream.write(zeros));
  };
  stream.on('drain', more).pipe(response);
  response.on('close', () => stream.destroy());
  more();
}

async function sendBody(response: ServerResponse, body: Buffer, file: OriginFile, isCut: boolean): Promise<void> {
  const end = Math.min(body.length, isCut ? (file.cutAt ?? 0) : Infinity, file.stallAt ?? Infinity);
  if (file.dripMs !== undefined) {
    for (let at = 0; at < end && !response.destroyed; at++) {
      response.write(body.subarray(at, at + 1));
      await sleep(file.dripMs, undefined, { ref: false });
    }
  } else if (end > 0) {
    const half = file.halfway === undefined ? 0 : Math.floor(end / 2);
    if (half > 0) await new Promise<void>((resolve) => response.write(body.subarray(0, half), () => resolve()));
    await file.halfway?.();
    await new Promise<void>((resolve) => response.write(body.subarray(half, end), () => resolve()));
  }
  if (isCut) response.socket?.destroySoon();
  else if (file.stallAt === undefined) response.end();
}

export interface OriginOptions {
  /** https under the certificate of `originCertificate`. */
  readonly tls?: boolean;
  /** Address to listen on, 127.0.0.1 where absent; Linux has all of 127.0.0.0/8. */
  readonly host?: string;
  /** A free port where absent. */
  readonly port?: number;
}

/** Starts an origin. */
export async function startOrigin(options: OriginOptions = {}): Promise<Origin> {
  const { host = '127.0.0.1' } = options;
  const files = new Map<string, OriginFile | ((request: IncomingMessage) => OriginFile)>();
  const cutsLeft = new Map<string, number>();
  const requests: OriginRequest[] = [];

  const handle: RequestListener = async (request, response) => {
    const path = request.url ?? '';
    const found = files.get(path) ?? { status: 404, body: 'no such file' };
    const file = typeof found === 'function' ? found(request) : found;
    const body = encode(Buffer.from(file.body ?? ''), file.encoding);
    const headers = headersOf(file, body);
    const [status, first] = answerTo(request, file, headers);
    requests.push({ path, headers: request.headers, status, localAddress: request.socket.localAddress ?? '' });
    await file.after;
    if (file.headersAfterMs === Infinity) return;
    if (file.headersAfterMs !== undefined) await sleep(file.headersAfterMs, undefined, { ref: false });

    const isWithoutBody = status === 304 || status === 401;
    if (isWithoutBody) headers.set('content-length', '0');
    const end = status === 206 ? Math.min(body.length, first + (file.maxRange ?? Infinity)) : body.length;
    if (status === 206) {
      headers.set('content-length', String(end - first));
      const range = `bytes ${first}-${end - 1}/${body.length}`;
      if (!headers.has('content-range')) headers.set('content-range', range);
    }
    if (file.endless) headers.delete('content-length');
    response.writeHead(status, [...headers].flat());
    // Flushed on their own, headers would go out as UTF-8, and a redirect holds UTF-8 already.
    if (file.redirect === undefined) response.flushHeaders();
    if (isWithoutBody || request.method === 'HEAD') return void response.end();
    if (file.endless) return sendEndless(response, file.encoding === 'gzip');
    const left = cutsLeft.get(path) ?? file.cuts ?? Infinity;
    const isCut = file.cutAt !== undefined && left > 0;
    cutsLeft.set(path, left - 1);
    await sendBody(response, body.subarray(first, end), file, isCut);
  };

  const server = options.tls
    ? createTlsServer({ key: await tlsFile('key.pem'), cert: await tlsFile('certificate.pem') }, handle)
    : createServer(handle);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const url = options.tls ? `https://localhost:${port}` : `http://${host}:${port}`;
  return {
    port,
    url,
    requests,
    serve(path, file) {
      files.set(path, file);
      cutsLeft.delete(path);
      return `${url}${path}`;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** What is asked for: the content codings that `decodersOf` knows. */
export const ACCEPT_ENCODING = 'gzip, deflate, br';

/** More codings on one body are an attack: each costs a decoder, and no server sends two. */
const MAX_CODINGS = 3;

/** One step of decoding, as `pipeline` takes it. */
export type Decoder = NodeJS.ReadWriteStream | ((source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>);

/** "deflate" is zlib's format by the standard and raw deflate from some servers; the first byte tells (RFC 1950, 2.2). */
async function* inflate(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  async function* all() {
    yield first.value;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  const isZlib = ((first.value[0] ?? 0) & 0x0f) === 8;
  // The callback form hands errors of `all` on to the decoder, whose iteration throws them.
  yield* pipeline(all, isZlib ? createInflate() : createInflateRaw(), () => {});
}

const decoders: Readonly<Record<string, () => Decoder>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => inflate,
  br: () => createBrotliDecompress(),
};

/** Steps that undo a Content-Encoding header, in order; null where it names a coding that is not known. */
export function decodersOf(contentEncoding: string | null): Decoder[] | null {
  const codings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MAX_CODINGS) return null;
  const steps: Decoder[] = [];
  for (const coding of codings.reverse()) {
    const step = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined;
    if (step === undefined) return null;
    steps.push(step());
  }
  return steps;
}

/** Whether an error came out of a decoder, and then whether it says that bytes are missing or that they are wrong. */
export function decodingFault(error: unknown): 'short' | 'damaged' | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') return 'short';
  return /^(Z_|ERR__ERROR_FORMAT|ERR_BROTLI)/.test(code) ? 'damaged' : null;
}

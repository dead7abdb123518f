/** The thread that owns the embedded database: bytes of the wire protocol in, bytes out, nothing else. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { postgisWithRaster } from './pglite-postgis.ts';

/** How the thread is started: the folder of the data. */
export interface PgliteWorkerData {
  readonly dataDir: string;
}

/** What the thread is asked, one at a time, in order. */
export type PgliteRequest = { readonly kind: 'exec'; readonly bytes: Uint8Array } | { readonly kind: 'close' };

/** What it answers: one `done`, `closed` or `failed` to each request; `ready` comes once, first. */
export type PgliteReply =
  | { readonly kind: 'ready' | 'closed' }
  | { readonly kind: 'done'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly message: string };

const READY_FOR_QUERY = 0x5a;
const READY_LENGTH = 6;

/** After an error PGlite says "ready for query" twice; a client would take the second for the end of its next one. */
function withoutDoubledReady(bytes: Uint8Array): Uint8Array {
  const at = bytes.length - 2 * READY_LENGTH;
  if (at < 0 || bytes[at] !== READY_FOR_QUERY || bytes[at + READY_LENGTH] !== READY_FOR_QUERY) return bytes;
  for (let i = 1; i < READY_LENGTH - 1; i++) if (bytes[at + i] !== bytes[at + READY_LENGTH + i]) return bytes;
  return bytes.subarray(0, at + READY_LENGTH);
}

/** A copy that may be given away: PGlite's own buffers are used again. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

async function serve(port: MessagePort, { dataDir }: PgliteWorkerData): Promise<void> {
  const reply = (message: PgliteReply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const db = await PGlite.create({ dataDir, extensions: { postgis: postgisWithRaster } });
  // The raster library takes the C++ library from PostGIS's own, which has to be there first (0.15 s).
  await db.exec("load 'postgis-3'");
  const answer = async (request: PgliteRequest): Promise<void> => {
    if (request.kind === 'exec') {
      const bytes = owned(withoutDoubledReady(await db.execProtocolRaw(request.bytes)));
      reply({ kind: 'done', bytes }, [bytes.buffer]);
    } else {
      await db.close();
      reply({ kind: 'closed' });
      port.close();
    }
  };
  let last = Promise.resolve();
  port.on('message', (request: PgliteRequest) => {
    last = last
      .then(() => answer(request))
      .catch((error) => reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }));
  });
  reply({ kind: 'ready' });
}

if (parentPort) await serve(parentPort, workerData);

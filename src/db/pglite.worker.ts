/** The thread that owns the embedded database: bytes of the wire protocol in, bytes out, nothing else. */
import { readFileSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { postgis } from '@electric-sql/pglite-postgis';

/** How the thread is started: the folder of the data, and a snapshot to fill it from where it is empty. */
export interface PgliteWorkerData {
  readonly dataDir: string;
  readonly snapshot: string | null;
}

/** What the thread is asked, one at a time, in order. */
export type PgliteRequest = { readonly kind: 'exec'; readonly bytes: Uint8Array } | { readonly kind: 'dump' | 'close' };

/** What it answers: one `done`, `dumped` or `failed` to each request; `ready` comes once, first. */
export type PgliteReply =
  | { readonly kind: 'ready' | 'closed' }
  | { readonly kind: 'done' | 'dumped'; readonly bytes: Uint8Array }
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

async function serve(port: MessagePort, { dataDir, snapshot }: PgliteWorkerData): Promise<void> {
  const reply = (message: PgliteReply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const db = await PGlite.create({
    dataDir,
    extensions: { postgis },
    ...(snapshot === null ? {} : { loadDataDir: new Blob([readFileSync(snapshot)]) }),
  });
  const answer = async (request: PgliteRequest): Promise<void> => {
    if (request.kind === 'exec') {
      const bytes = owned(withoutDoubledReady(await db.execProtocolRaw(request.bytes)));
      reply({ kind: 'done', bytes }, [bytes.buffer]);
    } else if (request.kind === 'dump') {
      const bytes = new Uint8Array(await (await db.dumpDataDir('none')).arrayBuffer());
      reply({ kind: 'dumped', bytes }, [bytes.buffer]);
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

/** The thread that reads long queries: parsing a megabyte takes most of a second. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { loadModule } from 'libpg-query';
import { checkQuery } from './check-query.ts';
import { DatabaseError } from './database.ts';

/** The answer to a text: null, or what a DatabaseError is made of. */
export type CheckReply = {
  readonly message: string;
  readonly code: string;
  readonly position?: number | undefined;
} | null;

const replyTo = (text: string, allowed: ReadonlySet<string>): CheckReply => {
  try {
    checkQuery(text, (name) => allowed.has(name));
    return null;
  } catch (error) {
    if (error instanceof DatabaseError) return { message: error.message, code: error.code, position: error.position };
    return { message: error instanceof Error ? error.message : String(error), code: '54001' };
  }
};

async function serve(port: MessagePort, allowed: ReadonlySet<string>): Promise<void> {
  await loadModule();
  port.on('message', (text: string) => port.postMessage(replyTo(text, allowed)));
}

if (parentPort) await serve(parentPort, new Set<string>(workerData));

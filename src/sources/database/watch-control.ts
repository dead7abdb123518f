import type { Socket } from 'node:net';

/** Most bytes that a server may send without any of them being rows: far above what an honest one needs. */
const MAX_CONTROL_BYTES = 64 << 20;

/** Share of a transfer that TLS and the protocol's frames may take. */
const FRAMES = 1.1;

const LOOK_MS = 50;

/** Counts what a server sends against what was taken of it. */
export interface ControlWatch {
  /** Bytes of rows, with the heads of their messages, that were taken so far. */
  taken: number;
}

/**
 * Ends a connection whose server fills memory: drivers hold a whole message before they look at it, and a message may say
 * that it has 2 GiB.
 */
export function watchControl(socket: Socket): ControlWatch {
  const watch: ControlWatch = { taken: 0 };
  const timer = setInterval(() => {
    if (socket.bytesRead > MAX_CONTROL_BYTES + watch.taken * FRAMES) {
      socket.destroy(new Error(`the server sent more than ${MAX_CONTROL_BYTES >> 20} MiB that are no rows`));
    }
  }, LOOK_MS);
  socket.once('close', () => clearInterval(timer));
  return watch;
}

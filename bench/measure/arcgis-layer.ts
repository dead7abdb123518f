import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A layer of points, and how its server answers. */
export interface ServedLayer {
  readonly rows: number;
  /** Rows of an answer at most. */
  readonly most: number;
  readonly format: 'json' | 'pbf';
  readonly delayMs: number;
}

/** Serves a layer from a thread of its own; `url` is its address. Ends with `await using`. */
export async function serveLayer(layer: ServedLayer): Promise<AsyncDisposable & { readonly url: string }> {
  const worker = new Worker(new URL('./arcgis.worker.ts', import.meta.url), { workerData: layer });
  const [url]: readonly unknown[] = await once(worker, 'message');
  return {
    url: String(url),
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

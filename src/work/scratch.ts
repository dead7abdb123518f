import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Folders for work in progress, of one process. Named for it, so that another can tell when its owner is gone. */
export interface Scratch {
  readonly path: string;
  /** A folder for one job, empty at first and removed at the end of the scope. */
  openFolder(name: string): Promise<AsyncDisposable & { readonly path: string }>;
  /** Removes the folders of processes of this machine that no longer run. */
  sweep(): Promise<void>;
  remove(): Promise<void>;
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Opens this process's own folder below `root`, and clears what dead processes left there. */
export async function openScratch(root: string): Promise<Scratch> {
  const host = hostname();
  const path = join(root, `${host}.${process.pid}`);
  const clear = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

  const scratch: Scratch = {
    path,
    async openFolder(name) {
      const folder = join(path, name);
      await clear(folder);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return { path: folder, [Symbol.asyncDispose]: () => clear(folder) };
    },
    async sweep() {
      for (const entry of await readdir(root)) {
        const pid = Number(entry.slice(host.length + 1));
        if (entry.startsWith(`${host}.`) && pid !== process.pid && !isRunning(pid)) await clear(join(root, entry));
      }
    },
    remove: () => clear(path),
  };
  await clear(path);
  await mkdir(path, { recursive: true, mode: 0o700 });
  await scratch.sweep();
  return scratch;
}

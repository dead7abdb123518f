import { open, readFile, rm } from 'node:fs/promises';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/**
 * Start of a process in the system's own ticks (Linux), so that a process which got the number of a dead one is not
 * taken for it; empty where the system does not say.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/**
 * Takes the folder for this process by a file beside it, made only if it is not there. A file whose process lives is
 * never taken over: two openers destroy the database. Throws an Error that names the other process.
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = `${dataDir.replace(/[/\\]+$/, '')}.lock`;
  const mine = `${process.pid} ${await startOf(process.pid)}\n`;
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(mine);
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const [pidText = '', start = ''] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
    const pid = Number(pidText);
    // An empty file is one that its process is writing just now.
    if (pid === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    else if (isAlive(pid) && start === (await startOf(pid))) {
      throw new Error(
        `${dataDir} is in use by the process ${pid}. The embedded database takes one process: stop that one first, ` +
          'or use another DATA_DIR, or a PostgreSQL server (DATABASE_URL) for several.',
      );
    } else await rm(path, { force: true });
  }
  throw new Error(`${path} could not be made; if no other process uses ${dataDir}, remove that file`);
}

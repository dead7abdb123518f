import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a reader process runs. */
export interface ReaderProgram {
  readonly entry: string;
  /** The folder of its own files, which a reader may read. */
  readonly folder: string;
}

const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** The reader as `npm run build` left it, which starts in half the time; the source where any file of it is newer. */
export function readerProgram(root: string): ReaderProgram {
  const built = join(root, 'dist/reader/reader.main.js');
  const source = join(root, 'src');
  const builtAt = changedAt(built);
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const isCurrent = files.every(({ parentPath, name }) => changedAt(join(parentPath, name)) <= builtAt);
  return isCurrent
    ? { entry: built, folder: dirname(built) }
    : { entry: join(source, 'read/reader.main.ts'), folder: source };
}

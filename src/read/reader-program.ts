import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a reader process runs. */
export interface ReaderProgram {
  readonly entry: string;
  /** The folder of its own files, which a reader may read. */
  readonly folder: string;
  /** Another where any of its files has changed. */
  readonly version: string;
}

const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** The reader as `npm run build` left it, which starts in half the time; the source where any file of it is newer. */
export function readerProgram(root: string): ReaderProgram {
  const built = join(root, 'dist/reader/reader.main.js');
  const source = join(root, 'src');
  const builtAt = changedAt(built);
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sourceAt = files.reduce(
    (newest, { parentPath, name }) => Math.max(newest, changedAt(join(parentPath, name))),
    0,
  );
  return sourceAt <= builtAt
    ? { entry: built, folder: dirname(built), version: `built-${builtAt}` }
    : { entry: join(source, 'read/reader.main.ts'), folder: source, version: `source-${sourceAt}` };
}

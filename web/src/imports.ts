import { type Signal, signal } from '@preact/signals';
import { ApiError, findImport, type ImportStatus, importFile, importUrl } from './api.ts';

/** An import as this window follows it, from the first byte sent. */
export interface FollowedImport {
  /** Tells imports of this window apart. */
  readonly number: number;
  readonly name: string;
  readonly sizeBytes: number | null;
  readonly sentBytes: number;
  readonly status: ImportStatus | null;
  /** Why it could not even begin. */
  readonly problem: string | null;
}

/** Imports of this window, newest first. */
export const followed: Signal<readonly Signal<FollowedImport>[]> = signal([]);

let begun = 0;

/** Milliseconds between two looks at an import, growing to the longest. */
const FIRST_PAUSE = 150;
const LONGEST_PAUSE = 2000;

const isFinal = ({ state }: ImportStatus): boolean => state === 'complete' || state === 'failure';

async function follow(item: Signal<FollowedImport>, begin: () => Promise<string>): Promise<void> {
  try {
    const id = await begin();
    for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 1.5)) {
      const status = await findImport(id);
      item.value = { ...item.value, status };
      if (isFinal(status)) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    item.value = { ...item.value, problem: error.message };
  }
}

function add(name: string, sizeBytes: number | null): Signal<FollowedImport> {
  const item = signal<FollowedImport>({ number: ++begun, name, sizeBytes, sentBytes: 0, status: null, problem: null });
  followed.value = [item, ...followed.value];
  return item;
}

/** Sends files one after the other, so that the first is a table soonest. */
export async function startFiles(files: Iterable<File>): Promise<void> {
  const items = Array.from(files, (file) => ({ file, item: add(file.name, file.size) }));
  for (const { file, item } of items) {
    await follow(item, () =>
      importFile(file, (sentBytes) => {
        item.value = { ...item.value, sentBytes };
      }),
    );
  }
}

/** Begins the import of a URL. */
export async function startUrl(url: string): Promise<void> {
  const item = add(url, null);
  await follow(item, () => importUrl(url));
}

/** Takes an import off the list; what it made stays. */
export function dismiss(item: Signal<FollowedImport>): void {
  followed.value = followed.value.filter((other) => other !== item);
}

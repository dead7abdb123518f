/** A file with its path, folders and all, as it was chosen or dropped. */
export interface Chosen {
  readonly file: File;
  readonly path: string;
}

/** Files of a dialog. */
export const chosenOf = (files: Iterable<File>): readonly Chosen[] =>
  Array.from(files, (file) => ({ file, path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath }));

/** The files that were dropped, those in folders too. */
export async function filesOf({ items, files }: DataTransfer): Promise<readonly Chosen[]> {
  // Entries must be taken before the first pause: the list is emptied when the event is over.
  const entries = Array.from(items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return chosenOf(files);
  return (await Promise.all(entries.map(filesIn))).flat();
}

async function filesIn(entry: FileSystemEntry): Promise<readonly Chosen[]> {
  if (entry instanceof FileSystemFileEntry) {
    const file = await new Promise<File>((done, fail) => entry.file(done, fail));
    return [{ file, path: entry.fullPath.replace(/^\//, '') }];
  }
  if (!(entry instanceof FileSystemDirectoryEntry)) return [];
  const reader = entry.createReader();
  const found: Chosen[] = [];
  for (;;) {
    // A reader gives at most a hundred entries at a time, and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return found;
    found.push(...(await Promise.all(some.map(filesIn))).flat());
  }
}

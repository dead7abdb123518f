/** The files that were dropped, those in folders too. */
export async function filesOf({ items, files }: DataTransfer): Promise<readonly File[]> {
  // Entries must be taken before the first pause: the list is emptied when the event is over.
  const entries = Array.from(items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return Array.from(files);
  return (await Promise.all(entries.map(filesIn))).flat();
}

async function filesIn(entry: FileSystemEntry): Promise<readonly File[]> {
  if (entry instanceof FileSystemFileEntry) return [await new Promise<File>((done, fail) => entry.file(done, fail))];
  if (!(entry instanceof FileSystemDirectoryEntry)) return [];
  const reader = entry.createReader();
  const found: File[] = [];
  for (;;) {
    // A reader gives at most a hundred entries at a time, and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return found;
    found.push(...(await Promise.all(some.map(filesIn))).flat());
  }
}

/** Archives into files: whatever is packed, in the archive and in archives inside it. */
import type { LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import { readHead } from '../util/read-head.ts';
import { ArchiveRefused, Budget, refused } from './budget.ts';
import { decompress } from './decompress.ts';
import type { ArchiveEntry } from './entry.ts';
import { cleanEntryName, isLitter } from './entry-name.ts';
import { type Packing, type PackingId, packingOf, packingOfName } from './packings.ts';
import { ScratchFiles, type Write } from './scratch-files.ts';

/** A file that came out of an archive, or did not. */
export interface Member {
  /** Folders and name as the archives have them, with `/`; data, never a place on the disk. */
  readonly path: string;
  /** The file, or why it could not be unpacked. */
  readonly file: LocalFile | ImportError;
}

export interface UnpackOptions {
  /** The job's own folder. */
  readonly folder: string;
  /** Bytes that one import may have. */
  readonly maxBytes: number;
  /** Whether a file that could be unpacked is data all the same, as a spreadsheet is that is a zip inside. */
  isData(head: Buffer, name: string): boolean;
  /** Whether a file of that name may be handed on while its end is still being unpacked. */
  takesLate(name: string): boolean;
}

/** Smaller files are unpacked before anything is made of them. */
const LATE_BYTES = 16 * 1024 ** 2;

/** Levels of archives: an archive in an archive. A compressed tar is one level. */
const DEEPEST = 2;

/**
 * What an archive holds, without litter, in the archive's order; null for a file that is no archive. Throws ImportError:
 * 1003 for bombs, attacks and what is damaged as a whole, 6666 where it unpacks to too much, 1018 where all is locked.
 */
export async function unpack(file: LocalFile, options: UnpackOptions): Promise<readonly Member[] | null> {
  const packing = packingToOpen(file, options);
  if (packing === null) return null;
  const job = {
    options,
    files: new ScratchFiles(options.folder),
    budget: new Budget(file.sizeBytes, options.maxBytes),
  };
  return open(file, packing, '', 1, job);
}

interface Job {
  readonly options: UnpackOptions;
  readonly files: ScratchFiles;
  readonly budget: Budget;
}

function packingToOpen(file: LocalFile, options: UnpackOptions): Packing | null {
  const head = readHead(file.path);
  const packing = packingOf(head) ?? (isTarOfNothing(head, file.name) ? packingOfName('.tar') : null);
  if (packing === null || options.isData(head, file.name)) return null;
  return packing.id === 'zip' && isDocument(head) ? null : packing;
}

/** A tar archive without files is nothing but the zeros that end one. */
const isTarOfNothing = (head: Buffer, name: string): boolean =>
  /\.tar$/i.test(name) && head.length >= 1024 && head.every((byte) => byte === 0);

/** Documents of office programs are zip archives that mean nothing file by file. */
const isDocument = (head: Buffer): boolean =>
  /\[Content_Types\]\.xml|mimetypeapplication\/(vnd\.oasis|epub)/.test(head.toString('latin1'));

/** Members of an archive; `folder` stands before their names and ends with `/` unless it is empty. */
async function open(file: LocalFile, packing: Packing, folder: string, level: number, job: Job): Promise<Member[]> {
  if (level > DEEPEST) throw refused(`it holds archives in archives more than ${DEEPEST} deep`);
  const { id } = packing;
  if (id === 'gzip' || id === 'bzip2' || id === 'xz' || id === 'zstd') {
    job.budget.countEntry(file.name);
    const inner = await job.files.make(innerName(file.name), (write) => decompress(file, id, job.budget, write));
    const tar = packingToOpen(inner, job.options);
    if (tar?.id !== 'tar') return settle(inner, folder, level, job);
    const members = await open(inner, tar, folder, level, job);
    job.files.remove(inner);
    return members;
  }
  const members: Member[] = [];
  const taken = new Set<string>();
  for await (const entry of await walk(id, file, job.budget)) {
    const name = cleanEntryName(entry.name);
    if (entry.kind === 'other')
      throw refused(`${JSON.stringify(name.slice(0, 200))} is no ordinary file but a link or a device`);
    if (entry.kind === 'folder' || name === '') continue;
    if (taken.has(name)) throw refused(`the name ${JSON.stringify(name.slice(0, 200))} is there twice`);
    taken.add(name);
    if (!isLitter(name)) members.push(...(await extract(entry, name, folder, level, job)));
  }
  return members;
}

async function walk(id: PackingId, file: LocalFile, budget: Budget): Promise<AsyncIterable<ArchiveEntry>> {
  switch (id) {
    case 'zip':
      return (await import('./zip.ts')).walkZip(file, budget);
    case 'tar':
      return (await import('./tar.ts')).walkTar(file);
    default:
      return (await import('./libarchive.ts')).walkLibarchive(file, budget);
  }
}

/** One entry as a file; what is wrong with it alone leaves the others alone. */
async function extract(entry: ArchiveEntry, name: string, folder: string, level: number, job: Job): Promise<Member[]> {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const parent = folder + name.slice(0, name.length - base.length);
  try {
    const copy = (write: Write) => entry.copyTo(write);
    const { sizeBytes = 0 } = entry;
    if (sizeBytes >= LATE_BYTES && job.options.takesLate(base)) {
      return [{ path: folder + name, file: await job.files.begin(base, sizeBytes, copy) }];
    }
    const file = await job.files.make(base, copy);
    return await settle(file, parent, level, job);
  } catch (error) {
    if (error instanceof ArchiveRefused || !(error instanceof ImportError) || error.kind === 'ioError') throw error;
    return [{ path: folder + name, file: error }];
  }
}

/** A file that came out: itself, or what it holds. */
async function settle(file: LocalFile, folder: string, level: number, job: Job): Promise<Member[]> {
  const packing = packingToOpen(file, job.options);
  if (packing === null) return [{ path: folder + file.name, file }];
  try {
    const isStream = packing.id === 'gzip' || packing.id === 'bzip2' || packing.id === 'xz' || packing.id === 'zstd';
    return await open(file, packing, isStream ? folder : `${folder}${file.name}/`, level + 1, job);
  } finally {
    job.files.remove(file);
  }
}

const wrappings: readonly (readonly [RegExp, string])[] = [
  [/\.(tgz|tbz2?|txz|tzst)$/i, '.tar'],
  [/\.(gz|gzip|bz2|xz|zst)$/i, ''],
];

/** The name of what a compressed file holds: `a.csv` of `a.csv.gz`, `a.tar` of `a.tgz`. */
function innerName(name: string): string {
  for (const [pattern, ending] of wrappings) if (pattern.test(name)) return name.replace(pattern, ending);
  return name;
}

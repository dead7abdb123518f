/**
 * Reads damaged files of one format, one after the other, as a reader process does, and prints `case N` before each
 * and `failed N: …` after one that ended with anything but a result or a code of the catalogue.
 * Arguments: the file of valid files, the name under which they are sent, the seed, the first number, the last, the
 * seconds it may take, and the folder.
 */
import { readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { defaultReading } from '../../src/domain/reading.ts';
import { ImportError } from '../../src/errors.ts';
import type { ReadOptions, SourceFile } from '../../src/formats/format.ts';
import { groupFiles, type PlacedFile } from '../../src/formats/group.ts';
import { formatOfContent, openFile, takesLate } from '../../src/formats/open-file.ts';
import { readLayer } from '../../src/read/read-layer.ts';
import { unpack } from '../../src/unpack/unpack.ts';
import { damaged, readSeeds } from './seeds.ts';

const [seedsPath = '', fileName = '', seed = '1', first = '0', last = '2000', seconds = '4', folder = ''] =
  process.argv.slice(2);

/** A reader has one job; what WebAssembly keeps of the jobs before is no fault of the file. */
const RESTART_BYTES = 350 * 1024 ** 2;

const say = (line: string): void => void writeSync(1, `${line}\n`);
const options: ReadOptions = { ...defaultReading, maxRows: 1_000_000 };
const nothing = { begin: () => undefined, rows: () => undefined, abandon: () => undefined };

/** The files that one is, or holds. */
async function sourcesIn(path: string, sizeBytes: number, name: string): Promise<readonly SourceFile[]> {
  const file = { path, name, sizeBytes, mediaType: null };
  const members = await unpack(file, {
    folder,
    maxBytes: 64 << 20,
    isData: (head) => formatOfContent(head) !== null,
    takesLate,
  });
  if (members === null) return [{ ...file, companions: new Map() }];
  const placed = members.flatMap((member): PlacedFile[] =>
    member.file instanceof ImportError ? [] : [{ path: member.path, file: member.file }],
  );
  return groupFiles(placed).map((source) => source.file);
}

async function read(content: Buffer, name: string): Promise<void> {
  const path = join(folder, 'body');
  writeFileSync(path, content);
  for (const source of await sourcesIn(path, content.length, name)) {
    try {
      for (const layer of await openFile(source, options, { folder })) await readLayer(layer, options, nothing);
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
    }
  }
}

/** Leaves the folders that GDAL knows by name. */
function clear(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name.startsWith('gdal-')) clear(join(path, entry.name));
    else rmSync(join(path, entry.name), { recursive: true });
  }
}

const seeds = readSeeds(seedsPath);
const end = performance.now() + Number(seconds) * 1000;
let number = Number(first);
for (; number < Number(last) && performance.now() < end; number++) {
  if (process.memoryUsage.rss() > RESTART_BYTES && number > Number(first)) break;
  clear(folder);
  const content = damaged(seeds, Number(seed), number);
  say(`case ${number}`);
  try {
    await read(content, fileName);
  } catch (error) {
    if (!(error instanceof ImportError)) {
      say(
        `failed ${number}: ${(error instanceof Error ? (error.stack ?? error.message) : String(error)).replaceAll('\n', ' | ')}`,
      );
    }
  }
}
say(number < Number(last) && performance.now() < end ? 'paused' : 'done');

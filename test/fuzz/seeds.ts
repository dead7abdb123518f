/** Valid files on their way into the process that damages them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type ZipFile, zip } from '../support/archives.ts';
import { mutate } from './mutate.ts';
import { createRandom } from './random.ts';

/** A valid file; one with `entries` is a zip file of them, of which one is damaged before it is packed. */
export interface Seed {
  readonly content: Buffer;
  readonly entries?: readonly ZipFile[];
}

interface Written {
  readonly content: string;
  readonly entries?: readonly { readonly name: string; readonly content: string }[];
}

/** Writes valid files to one file. */
export function saveSeeds(path: string, seeds: readonly Seed[]): void {
  const written = seeds.map(
    ({ content, entries }): Written => ({
      content: content.toString('base64'),
      ...(entries === undefined
        ? {}
        : {
            entries: entries.map((entry) => ({
              name: String(entry.name),
              content: Buffer.from(entry.content ?? '').toString('base64'),
            })),
          }),
    }),
  );
  writeFileSync(path, JSON.stringify(written));
}

/** Reads what `saveSeeds` wrote. */
export function readSeeds(path: string): readonly Seed[] {
  const written = JSON.parse(readFileSync(path, 'utf8')) as readonly Written[]; // as saveSeeds wrote it
  return written.map(({ content, entries }) => ({
    content: Buffer.from(content, 'base64'),
    ...(entries === undefined
      ? {}
      : { entries: entries.map((entry) => ({ name: entry.name, content: Buffer.from(entry.content, 'base64') })) }),
  }));
}

/** The damaged file of a number: the same for the same seed. */
export function damaged(seeds: readonly Seed[], seed: number, number: number): Buffer {
  const random = createRandom(seed * 1_000_003 + number);
  const { content, entries } = random.pick(seeds);
  if (entries === undefined || random.below(5) === 0) return mutate(content, random.pick(seeds).content, random);
  const at = random.below(entries.length);
  const other = Buffer.from(random.pick(entries).content ?? '');
  return zip(
    entries.map((entry, index) =>
      index === at ? { ...entry, content: mutate(Buffer.from(entry.content ?? ''), other, random) } : entry,
    ),
  );
}

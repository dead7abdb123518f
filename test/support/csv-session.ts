import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultReading } from '../../src/domain/reading.ts';
import type { TableSchema } from '../../src/domain/schema.ts';
import { openFile } from '../../src/formats/open-file.ts';
import { readLayer } from '../../src/read/read-layer.ts';
import type { ReaderSession } from '../../src/read/reader-session.ts';
import { filtersFor } from '../../src/read/row-filter.ts';
import { sourceFile } from './load-file.ts';

/** A session over a CSV text without a process between, which compares with what is known as the process does. */
export async function csvSession(
  folder: string,
  name: string,
  text: string,
  leastRows?: number,
): Promise<ReaderSession> {
  const path = join(folder, `${name}.csv`);
  writeFileSync(path, text);
  const reading = { ...defaultReading, maxRows: 1_000_000 };
  const layers = await openFile(sourceFile(path), reading, { folder });
  return {
    layers,
    async read(index, load, wish) {
      const layer = layers[index];
      if (layer === undefined) throw new Error(`no layer ${index}`);
      let schema: TableSchema | null = null;
      let rows: Buffer[] = [];
      let entries: Buffer[] = [];
      let gone: Buffer[] = [];
      const sink = {
        begin(begun: TableSchema) {
          schema = begun;
          rows = [];
          entries = [];
          gone = [];
        },
        rows: (chunk: Buffer) => void rows.push(Buffer.from(chunk)),
        entries: (chunk: Buffer) => void entries.push(Buffer.from(chunk)),
        gone: (chunk: Buffer) => void gone.push(Buffer.from(chunk)),
        abandon: () => undefined,
      };
      const { fingerprints, ...result } = await readLayer(
        layer,
        reading,
        sink,
        wish === undefined ? undefined : filtersFor(wish, sink, leastRows),
      );
      if (schema === null) throw new Error('no pass began');
      await load(
        schema,
        (async function* () {
          yield* rows;
        })(),
      );
      if (fingerprints === undefined) return result;
      return {
        ...result,
        fingerprints: { ...fingerprints, entries: Buffer.concat(entries), gone: Buffer.concat(gone) },
      };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

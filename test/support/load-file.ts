import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Database } from '../../src/db/database.ts';
import type { Account, ImportOptions } from '../../src/domain/import.ts';
import type { LocalFile } from '../../src/domain/layer.ts';
import { defaultReading } from '../../src/domain/reading.ts';
import type { TableSchema } from '../../src/domain/schema.ts';
import type { ReadOptions, SourceFile } from '../../src/formats/format.ts';
import { openFile } from '../../src/formats/open-file.ts';
import { type LoadedLayer, loadLayer } from '../../src/load/load-layer.ts';
import { readLayer } from '../../src/read/read-layer.ts';
import type { ReaderSession } from '../../src/read/reader-session.ts';
import { createLimit } from '../../src/util/limit.ts';
import { startJob } from './loaded.ts';

const readOptions: ReadOptions = {
  ...defaultReading,
  maxRows: 1_000_000,
};

const localFile = (path: string): LocalFile => ({
  path,
  name: basename(path),
  sizeBytes: statSync(path).size,
  mediaType: null,
});

/** A file with those of the same base name in its folder. */
export function sourceFile(path: string): SourceFile {
  const folder = join(path, '..');
  const stem = basename(path, extname(path));
  const beside = readdirSync(folder).filter(
    (name) => basename(name, extname(name)) === stem && name !== basename(path),
  );
  return {
    ...localFile(path),
    companions: new Map(beside.map((name) => [extname(name).toLowerCase(), localFile(join(folder, name))])),
  };
}

/** Opens, reads and loads the only layer of a file, without a process between, into a staging table. */
export async function loadFile(
  db: Database,
  account: Account,
  path: string,
  options: Partial<ReadOptions> = {},
  importOptions: Partial<ImportOptions> = {},
): Promise<LoadedLayer> {
  const reading = { ...readOptions, ...options };
  const layers = await openFile(sourceFile(path), reading, { folder: join(path, '..') });
  const session: ReaderSession = {
    layers,
    async read(index, load) {
      const layer = layers[index];
      if (layer === undefined) throw new Error(`no layer ${index}`);
      const pass: { schema: TableSchema | null; chunks: Buffer[] } = { schema: null, chunks: [] };
      const result = await readLayer(layer, reading, {
        begin: (schema) => {
          pass.schema = schema;
        },
        rows: (chunk) => void pass.chunks.push(Buffer.from(chunk)),
        abandon: () => {
          pass.chunks = [];
        },
      });
      if (pass.schema === null) throw new Error('no pass began');
      await load(
        pass.schema,
        (async function* () {
          yield* pass.chunks;
        })(),
      );
      return result;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const job = await startJob(db, account, importOptions);
  return loadLayer(
    session,
    0,
    job,
    {
      db,
      plan: async () => 'create',
      geometryPolicy: importOptions.geometryPolicy ?? null,
      buildLimit: createLimit(2),
    },
    new AbortController().signal,
  );
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Layer } from '../../src/domain/layer.ts';
import { defaultReading } from '../../src/domain/reading.ts';
import type { TableSchema } from '../../src/domain/schema.ts';
import { openCsv } from '../../src/formats/csv/csv-layer.ts';
import type { ReadOptions } from '../../src/formats/format.ts';
import { readLayer } from '../../src/read/read-layer.ts';
import type { LayerResult } from '../../src/read/reader-session.ts';
import { type DecodedRow, decodeTuples } from './copy-binary-decode.ts';

const defaults: ReadOptions = {
  ...defaultReading,
  maxRows: 1_000_000,
};

/** What a layer became: the result, its decoded rows, and how many passes it took. */
export interface ReadResult extends LayerResult {
  readonly decoded: readonly DecodedRow[];
  readonly passes: number;
  /** `name type` of each column. */
  readonly types: readonly string[];
  /** Bytes of the tuples. */
  readonly tuples: Buffer;
}

/** Runs a layer through the reader and decodes what came out. */
export async function readToEnd(layer: Layer, options: Partial<ReadOptions> = {}): Promise<ReadResult> {
  let chunks: Buffer[] = [];
  let schema: TableSchema | null = null;
  let passes = 0;
  let isOpen = false;
  const result = await readLayer(
    layer,
    { ...defaults, ...options },
    {
      begin: (begun) => {
        if (isOpen) throw new Error('a pass began before the last was abandoned');
        isOpen = true;
        schema = begun;
        passes++;
      },
      rows: (chunk) => {
        if (!isOpen) throw new Error('rows outside of a pass');
        chunks.push(Buffer.from(chunk));
      },
      abandon: () => {
        if (!isOpen) throw new Error('abandoned twice');
        isOpen = false;
        chunks = [];
      },
    },
  );
  if (schema === null || !isOpen) throw new Error('the last pass was not kept');
  const tuples = Buffer.concat(chunks);
  const decoded = decodeTuples(schema, tuples);
  const types = result.schema.columns.map(({ name, type }) => `${name} ${type}`);
  return { ...result, decoded, passes, types, tuples };
}

/** Writes a file of delimited text, opens it, and gives the layer to `use`. */
export async function withCsv<T>(
  content: string | Uint8Array,
  use: (layer: Layer) => Promise<T>,
  options: { readonly chunkBytes?: number; readonly name?: string; readonly reading?: Partial<ReadOptions> } = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-csv-'));
  try {
    const path = join(folder, 'body');
    writeFileSync(path, content);
    const file = { path, name: options.name ?? 'table.csv', sizeBytes: content.length, mediaType: null };
    const [layer] = openCsv(file, { ...defaults, ...options.reading }, options.chunkBytes);
    if (layer === undefined) throw new Error('no table');
    return await use(layer);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads delimited text through the whole reader. */
export const readCsv = (content: string | Uint8Array, options: Partial<ReadOptions> = {}): Promise<ReadResult> =>
  withCsv(content, (layer) => readToEnd(layer, options), { reading: options });

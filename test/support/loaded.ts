import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/db/database.ts';
import { sql } from '../../src/db/sql.ts';
import type { Account, Import, ImportOptions } from '../../src/domain/import.ts';
import { defaultReading } from '../../src/domain/reading.ts';
import type { Refresh } from '../../src/domain/refresh.ts';
import type { Column, ColumnType, TableSchema } from '../../src/domain/schema.ts';
import { type LoadedLayer, loadLayer } from '../../src/load/load-layer.ts';
import { dropStaging } from '../../src/load/staging.ts';
import { grantTable } from '../../src/publish/grants.ts';
import { planLoad } from '../../src/publish/plan.ts';
import { type PublishDeps, type Published, publish } from '../../src/publish/publish.ts';
import type { ReaderSession } from '../../src/read/reader-session.ts';
import { claimImport, insertImport } from '../../src/store/imports.ts';

/** A value of a COPY BINARY field: a point, text (also for jsonb, uuid …: not needed here), or a number of the type. */
export type Cell = null | string | number | bigint | boolean | { readonly lon: number; readonly lat: number };

export interface TestLayer {
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** `cartodb_id` first where `ids` is 'source'; then the geometry, then the columns. */
  readonly rows: readonly (readonly Cell[])[];
  readonly ids?: 'source' | 'row';
  readonly srid?: number;
}

const metresPerDegree = 20037508.342789244 / 180;

function ewkb(x: number, y: number, srid: number): Buffer {
  const bytes = Buffer.alloc(25);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(0x20000001, 1);
  bytes.writeUInt32LE(srid, 5);
  bytes.writeDoubleLE(x, 9);
  bytes.writeDoubleLE(y, 17);
  return bytes;
}

const mercator = (lon: number, lat: number): Buffer =>
  ewkb(
    lon * metresPerDegree,
    (Math.log(Math.tan(((90 + lat) * Math.PI) / 360)) / (Math.PI / 180)) * metresPerDegree,
    3857,
  );

function value(cell: Cell, type: ColumnType | 'bigint', srid: number): Buffer | null {
  if (cell === null) return null;
  if (typeof cell === 'object') return ewkb(cell.lon, cell.lat, srid);
  if (typeof cell === 'boolean') return Buffer.from([cell ? 1 : 0]);
  if (type === 'double precision') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(Number(cell));
    return bytes;
  }
  if (type === 'bigint') {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(BigInt(cell));
    return bytes;
  }
  if (type === 'date') {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE((Date.parse(`${cell}T00:00:00Z`) - Date.UTC(2000, 0, 1)) / 86_400_000);
    return bytes;
  }
  return Buffer.from(String(cell));
}

function tuple(fields: readonly (Buffer | null)[]): Buffer {
  const head = Buffer.alloc(2);
  head.writeInt16BE(fields.length);
  const parts: Buffer[] = [head];
  for (const field of fields) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(field === null ? -1 : field.length);
    parts.push(length);
    if (field !== null) parts.push(field);
  }
  return Buffer.concat(parts);
}

function schemaOf(layer: TestLayer): TableSchema {
  const columns: Column[] = Object.entries(layer.columns).map(([source, type]) => ({
    name: source.toLowerCase().replaceAll(' ', '_'),
    source,
    type,
  }));
  return { columns, geometry: { kind: 'record' }, srid: layer.srid ?? 4326, cartodbId: layer.ids ?? 'row' };
}

async function* chunksOf(layer: TestLayer): AsyncGenerator<Uint8Array> {
  const types = Object.values(layer.columns);
  const srid = layer.srid ?? 4326;
  const tuples: Buffer[] = [];
  for (const [index, row] of layer.rows.entries()) {
    const cells = layer.ids === 'source' ? row.slice(1) : row;
    const id = layer.ids === 'source' ? (row[0] ?? null) : index + 1;
    const [point = null, ...rest] = cells;
    const projected =
      point !== null && typeof point === 'object' && srid === 4326 ? mercator(point.lon, point.lat) : null;
    tuples.push(
      tuple([
        value(id, 'bigint', srid),
        value(point, 'bigint', srid),
        projected,
        ...rest.map((cell, column) => value(cell, types[column] ?? 'text', srid)),
      ]),
    );
    if (tuples.length === 500) yield Buffer.concat(tuples.splice(0));
  }
  if (tuples.length > 0) yield Buffer.concat(tuples);
}

/** A session over layers that are in memory; the reader process is tested elsewhere. */
export const sessionOf = (layers: readonly TestLayer[]): ReaderSession => ({
  layers,
  async read(index, load) {
    const layer = layers[index];
    if (layer === undefined) throw new Error(`no layer ${index}`);
    const schema = schemaOf(layer);
    await load(schema, chunksOf(layer));
    return { schema, rows: layer.rows.length, warnings: {} };
  },
  [Symbol.asyncDispose]: async () => undefined,
});

export const defaultOptions: ImportOptions = {
  ...defaultReading,
  contentGuessing: false,
  createVisualization: false,
  collisionStrategy: 'rename',
  privacy: null,
};

/** A claimed import of the account, as a worker has it. */
export async function startJob(db: Database, account: Account, options: Partial<ImportOptions> = {}): Promise<Import> {
  const id = await insertImport(db, account.id, {
    request: { kind: 'nothing' },
    options: { ...defaultOptions, ...options },
    originalUrl: '',
    displayName: randomUUID(),
    userDefinedLimits: '{"twitter_credits_limit":0}',
    tableName: null,
  });
  const job = await claimImport(db, id);
  if (job === null) throw new Error('the import was not claimed');
  return job;
}

/** Loads layers for a job as the worker does. */
export async function load(
  db: Database,
  account: Account,
  job: Import,
  layers: readonly TestLayer[],
  refresh: Refresh | null = null,
): Promise<LoadedLayer[]> {
  const session = sessionOf(layers);
  const plan = planLoad(db, account, { options: job.options, refresh });
  const loaded: LoadedLayer[] = [];
  for (const index of layers.keys()) {
    loaded.push(
      await loadLayer(
        session,
        index,
        job,
        { db, plan, geometryPolicy: null, buildLimit: createLimit(2) },
        new AbortController().signal,
      ),
    );
  }
  return loaded;
}

/** A whole import of layers in memory; a failed one is cleaned up, as the worker does. */
import { createLimit } from '../../src/util/limit.ts';
export async function importLayers(
  db: Database,
  account: Account,
  layers: readonly TestLayer[],
  options: Partial<ImportOptions> = {},
  follow: Pick<PublishDeps, 'refresh' | 'history'> = {},
): Promise<Published> {
  const job = await startJob(db, account, options);
  try {
    const loaded = await load(db, account, job, layers, follow.refresh ?? null);
    return await publish(loaded, job, account, { db, grantTable, ...follow });
  } finally {
    await dropStaging(db, job);
  }
}

/** What staging holds. */
export async function stagingTables(db: Database): Promise<readonly string[]> {
  const rows = await db.query<{ name: string }>(
    sql`select relname as name from pg_class where relnamespace = 'landfall_staging'::regnamespace and relkind = 'r'`,
  );
  return rows.map(({ name }) => name);
}

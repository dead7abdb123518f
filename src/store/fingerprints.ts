/** SQL for `landfall.fingerprints`: what the rows of tables that follow a source are, as short hashes. */
import type { Queryable } from '../db/database.ts';
import { literal, sql } from '../db/sql.ts';

/** The fingerprints of a table, without their entries. */
export interface KeptFingerprints {
  readonly version: string;
  /** Key of the hashes. */
  readonly key: string;
  /** What the hashes were made of. */
  readonly shape: string;
  /** What the reader noted of the rows; null: nothing. */
  readonly reading: string | null;
  /** What the table was, and what was done with its rows besides. */
  readonly bound: string;
  readonly rows: number;
  /** A sum over the ids and versions of its rows. */
  readonly trace: string;
  /** Rows written into it so far, as the server counted them: it may lag behind and begin anew. */
  readonly writes: number;
}

/** The fingerprints of a table; null: there are none. */
export async function findFingerprints(db: Queryable, tableId: string): Promise<KeptFingerprints | null> {
  const rows = await db.query<KeptFingerprints>(sql`
    select version, key, shape, reading, bound, row_count::float8 as rows, trace::text as trace,
      writes::float8 as writes
    from landfall.fingerprints where table_id = ${tableId}`);
  return rows[0] ?? null;
}

/** Notes the fingerprints of a table under a new version, in place of what was there. Entries stay. */
export async function noteFingerprints(
  tx: Queryable,
  tableId: string,
  synchronizationId: string,
  { key, shape, reading, bound, rows, trace, writes }: Omit<KeptFingerprints, 'version'>,
): Promise<void> {
  await tx.query(sql`
    insert into landfall.fingerprints (table_id, synchronization_id, key, shape, reading, bound, row_count, trace, writes)
    values (${tableId}, ${synchronizationId}, ${key}, ${shape}, ${reading}, ${bound}, ${rows}, ${trace}::numeric,
      ${writes})
    on conflict (table_id) do update set synchronization_id = excluded.synchronization_id,
      version = excluded.version, key = excluded.key, shape = excluded.shape, reading = excluded.reading,
      bound = excluded.bound, row_count = excluded.row_count, trace = excluded.trace, writes = excluded.writes`);
}

/** Forgets the fingerprints of a table, or of all tables of a synchronization. */
export async function forgetFingerprints(
  tx: Queryable,
  of: { readonly tableId: string } | { readonly synchronizationId: string },
): Promise<void> {
  await tx.query(
    'tableId' in of
      ? sql`delete from landfall.fingerprints where table_id = ${of.tableId}`
      : sql`delete from landfall.fingerprints where synchronization_id = ${of.synchronizationId}`,
  );
}

/** Some entries of a table, by rising ids. */
export interface Chunk {
  readonly entries: Buffer;
  /** Of what a run changed: ids that have no entry in chunks before it any more; null where a chunk is no change. */
  readonly gone: Buffer | null;
}

/** The chunks of a table in their order, the changes behind the others. */
export async function chunksOf(
  db: Queryable,
  tableId: string,
): Promise<readonly { readonly number: number; readonly isChange: boolean; readonly bytes: number }[]> {
  return db.query(sql`
    select number, gone is not null as "isChange", octet_length(entries) + coalesce(octet_length(gone), 0) as bytes
    from landfall.fingerprint_chunks where table_id = ${tableId} order by number`);
}

/** Chunks of these numbers, in their order. */
export async function readChunks(
  db: Queryable,
  tableId: string,
  numbers: readonly number[],
): Promise<readonly Chunk[]> {
  const rows = await db.queryBytes(sql`
    select entries, gone from landfall.fingerprint_chunks
    where table_id = ${literal(tableId)} and number = any(${literal(`{${numbers.join()}}`)}::int[]) order by number`);
  return rows.map(([entries, gone]) => ({ entries: entries ?? Buffer.alloc(0), gone: gone ?? null }));
}

/** Writes one chunk, in place of the one of its number. */
export async function writeChunk(tx: Queryable, tableId: string, number: number, chunk: Chunk): Promise<void> {
  await tx.query(sql`
    insert into landfall.fingerprint_chunks (table_id, number, entries, gone)
    values (${tableId}, ${number}::int, ${chunk.entries}, ${chunk.gone})
    on conflict (table_id, number) do update set entries = excluded.entries, gone = excluded.gone`);
}

/** Removes the chunks up to a number. */
export async function removeChunks(tx: Queryable, tableId: string, last: number): Promise<void> {
  await tx.query(sql`
    delete from landfall.fingerprint_chunks where table_id = ${tableId} and number <= ${last}::int`);
}

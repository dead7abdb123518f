/** SQL for `landfall.rejects`. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Reject } from '../domain/report.ts';
import type { ReportedAttempt } from './reports.ts';
import { storableText } from './storable-text.ts';

/** Rows of one insert: large enough to be quick, small enough for one message. */
const BATCH_ROWS = 5_000;

/** A reject as it was stored. */
export interface StoredReject {
  readonly file: string | null;
  readonly layer: string;
  /** null where the layer is in no table. */
  readonly table: string | null;
  readonly row: number;
  readonly offset: number | null;
  readonly column: string | null;
  readonly raw: string;
  readonly rule: string;
}

/** Stores the rejects of a layer whose report is there, in order from number `first` on. */
export async function insertRejects(
  tx: Queryable,
  job: ReportedAttempt,
  layer: number,
  rejects: readonly Reject[],
  first = 0,
): Promise<void> {
  for (let from = 0; from < rejects.length; from += BATCH_ROWS) {
    const batch = rejects.slice(from, from + BATCH_ROWS);
    await tx.query(sql`
      insert into landfall.rejects
        (import_id, attempt, layer, n, row_number, byte_offset, column_name, raw, rule)
      select ${job.id}::uuid, ${job.attempt}::int, ${layer}::int, ${first + from}::int + (item - 1)::int, r, o, c, t, u
      from unnest(
        ${batch.map(({ row }) => row)}::bigint[],
        ${batch.map(({ offset }) => offset)}::bigint[],
        ${batch.map(({ column }) => (column === null ? null : storableText(column)))}::text[],
        ${batch.map(({ raw }) => storableText(raw))}::text[],
        ${batch.map(({ rule }) => rule)}::text[]) with ordinality as all_of (r, o, c, t, u, item)`);
  }
}

/** How many rejects of the import are kept. */
export async function countRejects(db: Queryable, importId: string): Promise<number> {
  const rows = await db.query<{ count: number }>(sql`
    select count(*)::float8 as count from landfall.rejects
    where import_id = ${importId} and attempt = (select attempt from landfall.imports where id = ${importId})`);
  return rows[0]?.count ?? 0;
}

/** A page of the rejects of an import, in the order of its layers and rows. */
export async function pageOfRejects(
  db: Queryable,
  importId: string,
  page: { readonly skip: number; readonly take: number },
): Promise<readonly StoredReject[]> {
  return db.query<StoredReject>(sql`
    select l.file, l.name as layer, l.table_name as "table", r.row_number::float8 as row,
      r.byte_offset::float8 as "offset", r.column_name as "column", r.raw, r.rule
    from landfall.rejects r
    join landfall.layer_reports l on l.import_id = r.import_id and l.attempt = r.attempt and l.layer = r.layer
    where r.import_id = ${importId} and r.attempt = (select attempt from landfall.imports where id = ${importId})
    order by r.layer, r.n limit ${page.take} offset ${page.skip}`);
}

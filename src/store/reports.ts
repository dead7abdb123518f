/** SQL for `landfall.layer_reports`: what was found out about the layers of an import. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Warnings } from '../domain/import.ts';
import type { ColumnReport } from '../domain/report.ts';
import type { TableSchema } from '../domain/schema.ts';
import { storableJson, storableText } from './storable-text.ts';

/** An attempt at an import. */
export interface ReportedAttempt {
  readonly id: string;
  readonly attempt: number;
}

/** What is kept of a layer. */
export interface StoredReport {
  readonly rows: number;
  readonly source: Readonly<Record<string, unknown>>;
  readonly columns: readonly ColumnReport[];
  readonly schema: Pick<TableSchema, 'geometry' | 'srid' | 'cartodbId'>;
  readonly warnings: Warnings;
}

/** A layer of an import, as it was stored. */
export interface LayerRecord {
  /** Position among the layers of the import. */
  readonly layer: number;
  readonly name: string;
  readonly file: string | null;
  /** null until its rows are in a table. */
  readonly tableName: string | null;
  readonly tableId: string | null;
  /** Whether `cartodb_id` in the table is the number of the record. */
  readonly idsAreRows: boolean;
  /** null where the layer was given up. */
  readonly report: StoredReport | null;
  readonly rejected: number;
}

/** Notes a layer of an attempt; what earlier attempts left is removed. The caller has locked the attempt. */
export async function insertReport(
  tx: Queryable,
  job: ReportedAttempt,
  layer: Pick<LayerRecord, 'layer' | 'name' | 'file' | 'report' | 'rejected'>,
): Promise<void> {
  await tx.query(sql`delete from landfall.layer_reports
    where import_id = ${job.id} and (attempt < ${job.attempt} or layer = ${layer.layer})`);
  const report = layer.report === null ? null : storableJson(layer.report);
  await tx.query(sql`
    insert into landfall.layer_reports (import_id, attempt, layer, name, file, report, rejected)
    values (${job.id}, ${job.attempt}, ${layer.layer}, ${storableText(layer.name)},
      ${layer.file === null ? null : storableText(layer.file)}, ${report}::jsonb, ${layer.rejected})`);
}

/** Notes in which table the rows of a layer are now; runs in the transaction that publishes. */
export async function placeReport(
  tx: Queryable,
  job: ReportedAttempt,
  layer: number,
  table: { readonly id: string; readonly name: string; readonly idsAreRows: boolean },
): Promise<void> {
  await tx.query(sql`
    update landfall.layer_reports
    set table_id = ${table.id}, table_name = ${table.name}, ids_are_rows = ${table.idsAreRows}
    where import_id = ${job.id} and attempt = ${job.attempt} and layer = ${layer}`);
}

/** The layers of the attempt that the import ended with, or is in, in order. */
export async function layersOf(db: Queryable, importId: string): Promise<readonly LayerRecord[]> {
  return db.query<LayerRecord>(sql`
    select layer, name, file, table_name as "tableName", table_id as "tableId", ids_are_rows as "idsAreRows", report,
      rejected::float8 as rejected
    from landfall.layer_reports
    where import_id = ${importId} and attempt = (select attempt from landfall.imports where id = ${importId})
    order by layer`);
}

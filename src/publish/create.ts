/** A staging table becomes a table of the account. */
import type { Queryable } from '../db/database.ts';
import { identifier, join, literal, type Sql, sql } from '../db/sql.ts';
import { nextFreeName, suffixed } from '../domain/naming.ts';
import type { Column } from '../domain/schema.ts';
import { type LoadedLayer, stagingIndexNames } from '../load/load-layer.ts';
import { stagingSchema } from '../load/staging.ts';

/** Several statements without parameters or results in one exchange with the server. */
const together = (statements: readonly Sql[]): Sql => sql`do ${literal(`begin ${join(statements, '; ').text}; end`)}`;

/** What is kept of a column's name in the source. */
export const commentOf = ({ source, label }: Column): string => (label ?? source).replaceAll('\0', '');

/** Comments that keep the names of the source, and tell the columns of an import from those added by hand. */
export const commentColumns = (schema: string, table: string, columns: readonly Column[]): readonly Sql[] =>
  columns.map(
    (column) => sql`comment on column ${identifier(schema, table, column.name)} is ${literal(commentOf(column))}`,
  );

/** Runs them, if there are any. */
export async function runTogether(tx: Queryable, statements: readonly Sql[]): Promise<void> {
  if (statements.length > 0) await tx.query(together(statements));
}

/** Sets the sequence of `cartodb_id` behind the largest id in the table. */
export async function restartIds(tx: Queryable, schema: string, table: string): Promise<void> {
  const name = identifier(schema, table);
  await tx.query(sql`
    select setval(pg_get_serial_sequence(${name.text}, 'cartodb_id'), greatest(max(cartodb_id), 1), max(cartodb_id) >= 1)
    from ${name}`);
}

/**
 * Moves a loaded layer from staging into the schema as the table `name`, with indexes and sequence named after it
 * (`t_pkey`, `t_the_geom_idx`, `t_the_geom_webmercator_idx`, `t_cartodb_id_seq`; numbered where `taken` has them).
 */
export async function createTable(
  tx: Queryable,
  schema: string,
  name: string,
  layer: LoadedLayer,
  taken: ReadonlySet<string>,
): Promise<void> {
  const { staging } = layer;
  const staged = stagingIndexNames(staging);
  const named = (suffix: string): Sql => identifier(nextFreeName(suffixed(name, suffix), (other) => taken.has(other)));
  if (layer.plan === 'merge') await completeUnlogged(tx, staging);
  const table = identifier(schema, name);
  await runTogether(tx, [
    sql`alter table ${identifier(stagingSchema, staging)} set schema ${identifier(schema)}`,
    sql`alter table ${identifier(schema, staging)} rename to ${identifier(name)}`,
    sql`alter sequence ${identifier(schema, `${staging}_cartodb_id_seq`)} rename to ${named('_cartodb_id_seq')}`,
    sql`alter table ${table} rename constraint ${identifier(staged.primaryKey)} to ${named('_pkey')}`,
    sql`alter index ${identifier(schema, staged.geometry)} rename to ${named('_the_geom_idx')}`,
    sql`alter index ${identifier(schema, staged.webmercator)} rename to ${named('_the_geom_webmercator_idx')}`,
    ...commentColumns(schema, name, layer.schema.columns),
  ]);
  await restartIds(tx, schema, name);
}

/** The table that the rows were to be merged into went away meanwhile: they become a table after all. */
async function completeUnlogged(tx: Queryable, staging: string): Promise<void> {
  const table = identifier(stagingSchema, staging);
  const names = stagingIndexNames(staging);
  await tx.query(sql`alter table ${table} set logged`);
  await tx.query(sql`drop index if exists ${identifier(stagingSchema, names.primaryKey)}`);
  await tx.query(sql`alter table ${table} add constraint ${identifier(names.primaryKey)} primary key (cartodb_id)`);
  await tx.query(sql`create index ${identifier(names.geometry)} on ${table} using gist (the_geom)`);
  await tx.query(sql`create index ${identifier(names.webmercator)} on ${table} using gist (the_geom_webmercator)`);
}

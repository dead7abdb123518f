/** Whether and how rows of one schema fit an existing table (wire contract 7.3, and the schema policies). */
import type { Queryable } from '../db/database.ts';
import { identifier, join, type Sql, sql, trusted } from '../db/sql.ts';
import { ownColumns } from '../domain/naming.ts';
import type { Drift, SchemaPolicy, WriteMode } from '../domain/refresh.ts';
import type { Column, TableSchema } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import { stagingSchema } from '../load/staging.ts';
import type { ExistingColumn } from './catalog.ts';
import { type Conversion, catalogName, common, conversion, isSameFamily, widened } from './conversions.ts';
import { fitGeometry, type GeometryFit } from './fit-geometry.ts';

const isOwn = (name: string): boolean => ownColumns.some((own) => own === name);

const refuse = (table: string, problems: readonly string[]): ImportError =>
  new ImportError('incompatibleSchemas', {
    detail: `The table ${table} cannot be overwritten with this data: ${problems.join('; ')}.`,
    hint: 'Give the columns the names and types of the table, or import under another name.',
  });

/** Columns that an import made; those that somebody added by hand have no comment of ours and stay as they are. */
export const importedColumns = (existing: readonly ExistingColumn[]): readonly ExistingColumn[] =>
  existing.filter((column) => !isOwn(column.name) && column.source !== null);

const missingOwn = (existing: readonly ExistingColumn[]): readonly string[] =>
  ownColumns.filter((own) => !existing.some(({ name }) => name === own)).map((own) => `the table has no ${own}`);

/** Throws `incompatibleSchemas` that names the columns which the table has and the new data has not. */
export function checkColumnsPresent(table: string, existing: readonly ExistingColumn[], schema: TableSchema): void {
  const missing = [
    ...missingOwn(existing),
    ...removedColumns(existing, schema).map(({ name }) => `the data has no column ${name}`),
  ];
  if (missing.length > 0) throw refuse(table, missing);
}

function removedColumns(existing: readonly ExistingColumn[], schema: TableSchema): readonly ExistingColumn[] {
  const names = new Set(schema.columns.map(({ name }) => name));
  return importedColumns(existing).filter(({ name }) => !names.has(name));
}

/** How one column of the new data goes into the table. */
export interface ColumnFit {
  readonly column: Column;
  /** Its value, read from a row of the staging table named `s`. */
  readonly value: Sql;
  /** The table's rows have no values of it yet. */
  readonly isNew: boolean;
  /** What has to be done to the table before: nothing, a column of this type, or a change to this type. */
  readonly change: { readonly kind: 'none' } | { readonly kind: 'add' | 'retype'; readonly type: Column['type'] };
}

/** How the new data goes into the table. */
export interface Fit {
  readonly columns: readonly ColumnFit[];
  readonly geometry: GeometryFit;
  /** Columns of earlier data that the new data has not: they become NULL, and the owner's. */
  readonly retired: readonly ExistingColumn[];
  readonly drift: Drift;
}

/** The rules that new data has to keep. */
export interface FitRules {
  /** null: those of the wire contract for `collision_strategy=overwrite`. */
  readonly policy: SchemaPolicy | null;
  readonly mode: WriteMode;
}

interface Pair {
  readonly column: Column;
  readonly value: Sql;
  readonly old: ExistingColumn | null;
  readonly same: boolean;
  readonly way: Conversion | null;
}

/**
 * How the rows in a staging table fit an existing table; a column without a single value fits any. Throws
 * `incompatibleSchemas` that names every column which is missing, of another family, or somebody else's, and
 * `cannotOverwrite` where the policy is `freeze` and anything differs.
 */
export async function fitColumns(
  db: Queryable,
  target: { readonly schema: string; readonly table: string },
  existing: readonly ExistingColumn[],
  staging: string,
  schema: TableSchema,
  rules: FitRules,
): Promise<Fit> {
  const { table } = target;
  if (rules.policy === null) checkColumnsPresent(table, existing, schema);
  else if (missingOwn(existing).length > 0) throw refuse(table, missingOwn(existing));
  const pairs = schema.columns.map((column): Pair => {
    const value = sql`s.${identifier(column.name)}`;
    const old = existing.find(({ name }) => name === column.name) ?? null;
    const same = old !== null && old.type === catalogName(column.type);
    return { column, value, old, same, way: old === null ? null : conversion(value, column.type, old.type) };
  });
  const discards = rules.policy === 'discard_columns';
  if (rules.policy === 'evolve') await refuseForeignColumns(db, target, pairs);
  const wanted = discards ? pairs.filter(({ old }) => old !== null && old.source !== null) : pairs;
  const facts = await askOfValues(
    db,
    staging,
    wanted.filter(({ old, same }) => old !== null && !same),
  );

  const problems: string[] = [];
  const columns = wanted.map((pair): ColumnFit => {
    const { column, value, old, same, way } = pair;
    const isNew = old === null || (rules.policy !== null && old.source === null);
    if (old === null) return { column, value, isNew, change: { kind: 'add', type: column.type } };
    if (same) return { column, value, isNew, change: { kind: 'none' } };
    const fact = facts.get(column.name);
    if (fact === undefined || fact.isEmpty) {
      return { column, value: sql`null::${trusted(old.type)}`, isNew, change: { kind: 'none' } };
    }
    if (rules.policy === null && !isSameFamily(column.type, old.type)) {
      problems.push(`the column ${column.name} is ${old.type} in the table and ${column.type} in the data`);
    }
    if (way !== null && fact.isExact) return { column, value: way.value, isNew, change: { kind: 'none' } };
    const type = common(column.type, old.type);
    return { column, value: widened(value, type), isNew, change: { kind: 'retype', type } };
  });
  if (problems.length > 0) throw refuse(table, problems);

  const geometry = fitGeometry(existing, schema, rules.policy);
  const removed = removedColumns(existing, schema);
  const typeOf = (name: string): string => existing.find((column) => column.name === name)?.type ?? '';
  const drift: Drift = {
    added: pairs.filter(({ old }) => old === null || old.source === null).map(({ column }) => column.name),
    removed: removed.map(({ name }) => name),
    retyped: [
      ...columns.flatMap(({ column: { name }, change }) =>
        change.kind === 'retype' ? [{ column: name, from: typeOf(name), to: change.type }] : [],
      ),
      ...(geometry.retype === null ? [] : [{ column: 'the_geom', from: typeOf('the_geom'), to: geometry.retype.type }]),
    ],
  };
  if (rules.policy === 'freeze') refuseDrift(table, drift);
  return { columns, geometry, retired: rules.mode === 'replace' ? removed : [], drift };
}

/** A column that somebody added by hand keeps its values: the source cannot have one of its name. */
async function refuseForeignColumns(
  db: Queryable,
  { schema, table }: { readonly schema: string; readonly table: string },
  pairs: readonly Pair[],
): Promise<void> {
  const taken: string[] = [];
  for (const { column, old } of pairs) {
    if (old === null || old.source !== null) continue;
    const name = identifier(column.name);
    const rows = await db.query(sql`select from ${identifier(schema, table)} where ${name} is not null limit 1`);
    if (rows.length > 0) taken.push(column.name);
  }
  if (taken.length === 0) return;
  throw new ImportError('cannotOverwrite', {
    detail: `The table ${table} has columns of its own that the data has too: ${taken.join(', ')}.`,
    hint: 'Rename these columns of the table, so that their values are not overwritten.',
  });
}

function refuseDrift(table: string, { added, removed, retyped }: Drift): void {
  const problems = [
    ...added.map((name) => `the data has a new column ${name}`),
    ...removed.map((name) => `the data has no column ${name}`),
    ...retyped.map(({ column, from, to }) => `the column ${column} is ${from} and would become ${to}`),
  ];
  if (problems.length === 0) return;
  throw new ImportError('cannotOverwrite', {
    detail: `The columns of the table ${table} are frozen: ${problems.join('; ')}.`,
    hint: 'The table keeps its old rows. Set schema_policy to evolve, or restore the columns of the source.',
  });
}

interface ValueFacts {
  readonly isEmpty: boolean;
  readonly isExact: boolean;
}

/** One pass over the staging table for all columns whose type differs. */
async function askOfValues(
  db: Queryable,
  staging: string,
  pairs: readonly Pair[],
): Promise<ReadonlyMap<string, ValueFacts>> {
  if (pairs.length === 0) return new Map();
  const questions = pairs.map(
    ({ value, way }) =>
      sql`json_build_array(count(${value}) = 0, coalesce(bool_and(${way?.exact ?? trusted('true')}), true))`,
  );
  const rows = await db.query<{ facts: readonly (readonly [boolean, boolean])[] }>(sql`
    select to_json(array[${join(questions)}]) as facts from ${identifier(stagingSchema, staging)} s`);
  const facts = rows[0]?.facts ?? [];
  return new Map(
    pairs.map(({ column }, index) => {
      const [isEmpty = true, isExact = true] = facts[index] ?? [];
      return [column.name, { isEmpty, isExact }];
    }),
  );
}

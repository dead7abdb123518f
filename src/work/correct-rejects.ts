/** Corrected values into the tables of an import: what fits is stored, what does not is answered. */
import type { Database, Queryable } from '../db/database.ts';
import type { Corrected, Correction } from '../domain/correction.ts';
import type { Account, Import } from '../domain/import.ts';
import { tableName } from '../domain/naming.ts';
import {
  currentName,
  deleteRejects,
  isRewritten,
  lockRows,
  misfits,
  setCells,
  setGeometries,
  setPoints,
  type TargetColumn,
  targetColumns,
  touchTable,
} from '../store/corrections.ts';
import { lockAccount } from '../store/publishing.ts';
import { countRejects } from '../store/rejects.ts';
import { type LayerRecord, layersOf, type StoredReport } from '../store/reports.ts';

/** The corrections cannot be understood or have no place to go; nothing was changed. For the user. */
export class CorrectionRefused extends Error {
  override readonly name = 'CorrectionRefused';
}

/** A cell to be set; `at` is its place among the rejects of the answer. */
interface Cell {
  readonly id: number;
  readonly row: number;
  /** As the corrections name it. */
  readonly given: string;
  readonly column: TargetColumn;
  readonly value: string | null;
}

type Refusal = Corrected['rejects'][number];

/** One layer with its table, as it is now. */
interface Target {
  readonly layer: LayerRecord;
  readonly report: StoredReport;
  readonly tableId: string;
  readonly table: string;
  readonly columns: readonly TargetColumn[];
}

/**
 * Stores corrections in one transaction; a row of which one value does not fit is left as it is. Throws
 * CorrectionRefused where a correction has no place to go.
 */
export async function correctRejects(
  db: Database,
  account: Account,
  job: Import,
  corrections: readonly Correction[],
): Promise<Corrected> {
  return db.transaction(async (tx) => {
    // As publishing does: a refresh of the table waits, or is waited for.
    await lockAccount(tx, account.id);
    const byLayer = Map.groupBy(corrections, correctionTarget(await layersOf(tx, job.id)));
    let rows = 0;
    let cells = 0;
    const rejects: Refusal[] = [];
    for (const [layer, given] of byLayer) {
      const target = await openTarget(tx, account, job, layer, given);
      const { fitting, refused } = await sort(tx, account, target, given);
      await store(tx, account, job, target, fitting, given);
      cells += fitting.length;
      rows += new Set(fitting.map(({ id }) => id)).size;
      rejects.push(...refused);
    }
    return { rows, cells, remaining: await countRejects(tx, job.id), rejects };
  });
}

const correctionTarget =
  (layers: readonly LayerRecord[]) =>
  ({ layer, file }: Correction): LayerRecord => {
    const fitting = layers.filter(
      (one) =>
        (layer === null || layer === one.name || layer === one.tableName) && (file === null || file === one.file),
    );
    const [only] = fitting;
    if (only !== undefined && fitting.length === 1) return only;
    const what = layer === null ? 'a correction without a layer' : `the layer "${layer.slice(0, 100)}"`;
    const names = layers.map(({ name }) => name).join(', ');
    throw new CorrectionRefused(
      only === undefined
        ? `This import has no place for ${what}; its layers are: ${names === '' ? '(none)' : names}`
        : `There are several layers for ${what}: name one of ${names}`,
    );
  };

async function openTarget(
  tx: Queryable,
  account: Account,
  job: Import,
  layer: LayerRecord,
  given: readonly Correction[],
): Promise<Target> {
  const { tableId, report, name } = layer;
  const table = tableId === null ? null : await currentName(tx, account.id, tableId);
  if (tableId === null || table === null || report === null) {
    throw new CorrectionRefused(`The layer "${name}" is in no table: import the corrected file again`);
  }
  if (await isRewritten(tx, job.id, tableId)) {
    throw new CorrectionRefused(`A later import has written the table ${table}: correct the rejects of that one`);
  }
  if (!layer.idsAreRows && given.some(({ isId }) => !isId)) {
    throw new CorrectionRefused(
      `Rows of ${table} are not numbered as those of the file: send whole rows with their cartodb_id`,
    );
  }
  return { layer, report, tableId, table, columns: await targetColumns(tx, account.name, table) };
}

/** Texts that PostgreSQL takes for a value although they say it in a way that can be meant otherwise. */
const written: Readonly<Record<string, RegExp>> = {
  bigint: /^\s*[+-]?\d+\s*$/,
  numeric: /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i,
  'double precision': /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i,
  date: /^\s*\d{4}-\d\d-\d\d\s*$/,
  'timestamp without time zone': /^\s*\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?\s*$/,
  'timestamp with time zone': /^\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d:?\d*)\s*$/i,
};

/** Columns of a table that a correction cannot set. */
const unsettable = new Set(['cartodb_id', 'the_geom_webmercator']);

function columnOf({ report, columns }: Target, given: string): TargetColumn | null {
  const { geometry } = report.schema;
  const isGeometry = given === 'the_geom' || (geometry.kind === 'column' && geometry.column === given);
  const known =
    report.columns.find(({ name }) => name === given) ?? report.columns.find(({ source }) => source === given);
  const name = isGeometry ? 'the_geom' : (known?.name ?? tableName(given));
  return columns.find((column) => (column.name === name || column.name === given) && !unsettable.has(name)) ?? null;
}

/** Which cells fit, and what is refused; nothing of a row fits of which something does not. */
async function sort(
  tx: Queryable,
  account: Account,
  target: Target,
  given: readonly Correction[],
): Promise<{ readonly fitting: readonly Cell[]; readonly refused: readonly Refusal[] }> {
  const refused: Refusal[] = [];
  const bad = new Set<number>();
  const refuse = (row: number, column: string | null, value: string | null, rule: string): void => {
    bad.add(row);
    refused.push({ layer: target.layer.name, row, column, raw: (value ?? '').slice(0, 1000).toWellFormed(), rule });
  };
  const ids = await lockRows(tx, account.name, target.table, [...new Set(given.map(({ row }) => row))]);
  const cells: Cell[] = [];
  for (const { row, values } of given) {
    if (!ids.has(row)) refuse(row, null, null, 'no_such_row');
    for (const { column: name, value } of values) {
      const column = columnOf(target, name);
      if (column === null) refuse(row, name, value, 'no_such_column');
      else cells.push({ id: row, row, given: name, column, value });
    }
  }
  for (const { row, given: name, value } of twiceGiven(cells)) refuse(row, name, value, 'twice');
  for (const [column, ofColumn] of Map.groupBy(cells, (cell) => cell.column)) {
    const form = written[column.type];
    const wrong = await misfits(
      tx,
      ofColumn.map(({ value }) => value),
      column.type,
    );
    ofColumn.forEach(({ row, given: name, value }, i) => {
      const isWritten = value === null || form === undefined || form.test(value);
      if (wrong.has(i) || !isWritten) refuse(row, name, value, 'type');
    });
  }
  return { fitting: cells.filter(({ row }) => !bad.has(row)), refused };
}

/** Cells for which another value was given before. */
function twiceGiven(cells: readonly Cell[]): readonly Cell[] {
  const values = new Map<string, string | null>();
  return cells.filter(({ id, column, value }) => {
    const key = `${id} ${column.name}`;
    const before = values.get(key);
    if (before === undefined) values.set(key, value);
    return before !== undefined && before !== value;
  });
}

async function store(
  tx: Queryable,
  account: Account,
  job: Import,
  target: Target,
  cells: readonly Cell[],
  given: readonly Correction[],
): Promise<void> {
  if (cells.length === 0) return;
  const at = { schema: account.name, table: target.table };
  for (const [column, ofColumn] of Map.groupBy(cells, (cell) => cell.column)) {
    const ids = ofColumn.map(({ id }) => id);
    const texts = ofColumn.map(({ value }) => value);
    if (column.name === 'the_geom') await setGeometries(tx, at, ids, texts);
    else await setCells(tx, { ...at, column }, ids, texts);
  }
  await remakePoints(tx, at, target, cells);
  await touchTable(tx, target.tableId);
  // Where ids are no numbers of rows, which reject a row has is not known.
  if (!target.layer.idsAreRows) return;
  const whole = new Set(given.filter(({ isWhole }) => isWhole).map(({ row }) => row));
  const key = { importId: job.id, attempt: job.attempt, layer: target.layer.layer };
  // Rejects name their column as the source does.
  const mended = cells.flatMap(({ row, given: name, column }): { row: number; name: string | null }[] =>
    whole.has(row) ? [{ row, name: null }] : [name, ...sourcesOf(target, column)].map((one) => ({ row, name: one })),
  );
  await deleteRejects(
    tx,
    key,
    mended.map(({ row }) => row),
    mended.map(({ name }) => name),
  );
}

/** What the source calls a column. */
const sourcesOf = ({ report }: Target, { name }: TargetColumn): readonly string[] => {
  const { geometry } = report.schema;
  const ofGeometry = name === 'the_geom' && geometry.kind === 'column' ? [geometry.column] : [];
  return [...ofGeometry, ...report.columns.filter((column) => column.name === name).map(({ source }) => source)];
};

/** The points of rows whose longitude or latitude was corrected. */
async function remakePoints(
  tx: Queryable,
  at: { readonly schema: string; readonly table: string },
  { report }: Target,
  cells: readonly Cell[],
): Promise<void> {
  const { geometry, srid } = report.schema;
  if (geometry.kind !== 'lonlat') return;
  const longitude = report.columns[geometry.longitude]?.name;
  const latitude = report.columns[geometry.latitude]?.name;
  if (longitude === undefined || latitude === undefined) return;
  const ids = cells.filter(({ column: { name } }) => name === longitude || name === latitude).map(({ id }) => id);
  if (ids.length > 0) await setPoints(tx, { ...at, longitude, latitude }, srid, [...new Set(ids)]);
}

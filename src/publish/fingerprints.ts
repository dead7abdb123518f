/** Fingerprints of the rows of tables that follow a source: whether they still hold, and making them hold again. */
import type { Database, Queryable } from '../db/database.ts';
import { ENTRY_WORDS, type LoadedFingerprints } from '../domain/fingerprints.ts';
import type { GeometryPolicy } from '../domain/import.ts';
import type { LoadedLayer } from '../load/load-layer.ts';
import {
  findFingerprints,
  forgetFingerprints,
  type KeptFingerprints,
  noteFingerprints,
} from '../store/fingerprints.ts';
import type { ExistingColumn } from './catalog.ts';
import type { Fit } from './compatibility.ts';
import { catalogName } from './conversions.ts';
import { changeEntries, idsOf, placedEntries, wordsOf, writeEntries } from './fingerprint-entries.ts';
import type { PlacedRows } from './placed-rows.ts';
import { prepareSession } from './session.ts';
import { bindingOf, hasTriggers, type Trace, traceOf, writesOf } from './traces.ts';

/** The rows that were loaded are the difference to a table that is not there: nothing was written, load all of them. */
export class DifferenceVoid extends Error {
  override readonly name = 'DifferenceVoid';
}

/** For whom fingerprints are kept, and what was done to the rows besides reading them. */
export interface Keeping {
  readonly synchronizationId: string;
  readonly geometryPolicy: GeometryPolicy | null;
  /** Where a large table can be looked at while the transaction goes on. */
  readonly aside: Database['transactionIfFree'];
}

interface Table {
  readonly schema: string;
  readonly table: string;
}

/** Ids of rows of the table that the source no longer has. */
export const goneOf = ({ gone }: LoadedFingerprints): Uint32Array => wordsOf(gone);

/** What a table and the way to it must be for fingerprints of its rows to say what is in it. */
async function boundOf(
  tx: Queryable,
  { schema, table }: Table,
  layer: LoadedLayer,
  { geometryPolicy }: Keeping,
): Promise<string | null> {
  const names = layer.schema.columns.map(({ name }) => name);
  const binding = await bindingOf(tx, schema, table, names);
  return binding === null ? null : JSON.stringify([geometryPolicy, binding]);
}

/** Whether every value of the source is in the table as it came. */
export const isAsItCame = (
  existing: readonly ExistingColumn[],
  layer: LoadedLayer,
  { columns, geometry }: Fit,
): boolean =>
  geometry.retype === null &&
  columns.length === layer.schema.columns.length &&
  columns.every(
    ({ column, change }) =>
      change.kind === 'add' ||
      (change.kind === 'none' && existing.find(({ name }) => name === column.name)?.type === catalogName(column.type)),
  );

/** What was known of a table before its difference is written. */
export interface Standing {
  readonly kept: KeptFingerprints;
  /** Of the rows that may be updated or deleted. */
  readonly left: Trace;
  /** Whether nobody has written the table: until it is known, nothing that is done counts. */
  readonly isProven: Promise<boolean>;
}

/** The look at a table of so many rows takes longer than a connection of its own. */
const LARGE_ROWS = 100_000;

/**
 * Sees, under the lock of the writer, that a table is as its fingerprints say. Throws DifferenceVoid where somebody has
 * changed its columns; `isProven` tells whether somebody has written it.
 */
export async function checkStanding(
  tx: Queryable,
  target: Table & { readonly id: string },
  layer: LoadedLayer,
  fingerprints: LoadedFingerprints,
  keeping: Keeping | null,
): Promise<Standing> {
  const kept = await findFingerprints(tx, target.id);
  if (kept === null || keeping === null || kept.version !== fingerprints.version) throw new DifferenceVoid();
  const bound = await boundOf(tx, target, layer, keeping);
  if (bound !== kept.bound) throw new DifferenceVoid();
  const isProven = await proofOf(tx, target, kept, keeping);
  return { kept, left: await traceOf(tx, target.schema, target.table, goneOf(fingerprints)), ...isProven };
}

/**
 * Whether nobody wrote the table. Another connection finds it as it is now, whatever is written here meanwhile, since the
 * lock keeps all others out. It gives up after two seconds where somebody waits for a lock that keeps out readers too.
 */
async function proofOf(
  tx: Queryable,
  target: Table,
  kept: KeptFingerprints,
  { aside }: Keeping,
): Promise<Pick<Standing, 'isProven'>> {
  const isLarge = kept.rows >= LARGE_ROWS;
  const beside = isLarge
    ? aside(async (other) => {
        await prepareSession(other);
        return holds(other, target, kept);
      })
    : null;
  // Thrown where it is awaited.
  beside?.catch(() => undefined);
  return { isProven: beside ?? Promise.resolve(await holds(tx, target, kept)) };
}

/** What is done on the strength of fingerprints. Throws DifferenceVoid where they did not hold, whatever came of it. */
export async function provided<T>(standing: Standing | null, work: () => Promise<T>): Promise<T> {
  const [done, proven] = await Promise.allSettled([work(), standing?.isProven ?? true]);
  if (proven.status === 'rejected') throw proven.reason;
  if (!proven.value) throw new DifferenceVoid();
  if (done.status === 'rejected') throw done.reason;
  return done.value;
}

/** Whether it is worth while to load a difference to the table: publishing looks whether it really is as it was. */
export async function seemsToHold(db: Queryable, table: Table, kept: KeptFingerprints): Promise<boolean> {
  return (await writesOf(db, table.schema, table.table)) === kept.writes || holds(db, table, kept);
}

/** Whether nobody wrote the table since its fingerprints were noted. */
async function holds(tx: Queryable, { schema, table }: Table, kept: KeptFingerprints): Promise<boolean> {
  const { rows, sum } = await traceOf(tx, schema, table);
  return rows === kept.rows && sum === BigInt(kept.trace);
}

/** A table that has been written, all or a difference. */
export interface Written {
  readonly layer: LoadedLayer;
  readonly fingerprints: LoadedFingerprints;
  readonly keeping: Keeping;
  /** Which row of the table each row that was loaded became: it is there as it was sent. */
  readonly placed: PlacedRows;
  /** What was known before; null: all rows were loaded. */
  readonly standing: Standing | null;
}

/**
 * Makes the fingerprints say what the table holds now, in the transaction that wrote it. They are forgotten where the
 * table need not hold what was sent, or has another number of rows than there are entries.
 */
export async function keepFingerprints(tx: Queryable, target: Table, tableId: string, written: Written): Promise<void> {
  const { layer, fingerprints, keeping, placed, standing } = written;
  const bound = await boundOf(tx, target, layer, keeping);
  const entries = placedEntries(fingerprints, placed);
  const now = entries === null ? null : await tableNow(tx, target, fingerprints, entries, standing);
  if (bound === null || entries === null || now === null || layer.warnings.invalid_geometry !== undefined) {
    return forgetFingerprints(tx, { tableId });
  }
  if (standing === null) await forgetFingerprints(tx, { tableId });
  await noteFingerprints(tx, tableId, keeping.synchronizationId, {
    key: fingerprints.key,
    shape: fingerprints.shape,
    reading: fingerprints.reading,
    bound,
    rows: now.rows,
    trace: String(now.sum),
    writes: await writesOf(tx, target.schema, target.table),
  });
  if (standing === null) await writeEntries(tx, tableId, entries);
  else await changeEntries(tx, tableId, fingerprints.gone, entries);
}

/**
 * The trace of a table that has been written; null where it has other rows than those of the entries, or where more
 * was written than the difference: by triggers, or by what foreign keys do.
 */
async function tableNow(
  tx: Queryable,
  { schema, table }: Table,
  fingerprints: LoadedFingerprints,
  entries: Uint32Array,
  standing: Standing | null,
): Promise<Trace | null> {
  const added = entries.length / ENTRY_WORDS;
  if (standing === null) {
    const now = await traceOf(tx, schema, table);
    return now.rows === added ? now : null;
  }
  const gone = goneOf(fingerprints);
  const touched = await traceOf(tx, schema, table, Uint32Array.from(new Set([...gone, ...idsOf(entries)])));
  const { kept, left } = standing;
  const rows = kept.rows - left.rows + touched.rows;
  if (rows !== kept.rows - gone.length + added) return null;
  const expected = { rows, sum: BigInt(kept.trace) - left.sum + touched.sum };
  if (!(await hasTriggers(tx, schema, table))) return expected;
  const now = await traceOf(tx, schema, table);
  return now.rows === rows && now.sum === expected.sum ? now : null;
}

/** Fingerprints of the rows of tables that follow a source: whether they still hold, and making them hold again. */
import type { Queryable } from '../db/database.ts';
import { ENTRY_WORDS, type LoadedFingerprints, MAX_FINGERPRINTS } from '../domain/fingerprints.ts';
import type { GeometryPolicy } from '../domain/import.ts';
import type { LoadedLayer } from '../load/load-layer.ts';
import {
  chunksOf,
  findFingerprints,
  forgetFingerprints,
  type KeptFingerprints,
  noteFingerprints,
  readChunk,
  writeChunk,
} from '../store/fingerprints.ts';
import type { ExistingColumn } from './catalog.ts';
import type { Fit } from './compatibility.ts';
import { catalogName } from './conversions.ts';
import type { PlacedRows } from './placed-rows.ts';
import { bindingOf, type Trace, traceOf, writesOf } from './traces.ts';

/** The rows that were loaded are the difference to a table that is not there: nothing was written, load all of them. */
export class DifferenceVoid extends Error {
  override readonly name = 'DifferenceVoid';
}

/** For whom fingerprints are kept, and what was done to the rows besides reading them. */
export interface Keeping {
  readonly synchronizationId: string;
  readonly geometryPolicy: GeometryPolicy | null;
}

interface Table {
  readonly schema: string;
  readonly table: string;
}

/** Entries of a chunk: 1 MB. */
const CHUNK_ENTRIES = 50_000;

const wordsOf = (bytes: Buffer): Uint32Array =>
  new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

const bytesOf = (words: Uint32Array): Buffer => Buffer.from(words.buffer, words.byteOffset, words.byteLength);

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
}

/**
 * Sees, under the lock of the writer, that a table is as its fingerprints say. Throws DifferenceVoid where somebody has
 * written it, or changed its columns.
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
  if (bound !== kept.bound || !(await holds(tx, target, kept))) throw new DifferenceVoid();
  return { kept, left: await traceOf(tx, target.schema, target.table, goneOf(fingerprints)) };
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
  /** Which row of the table each row that was loaded became. */
  readonly placed: PlacedRows;
  /** What was known before; null: all rows were loaded. */
  readonly standing: Standing | null;
}

/**
 * Makes the fingerprints say what the table holds now, in the transaction that wrote it. They are forgotten where the
 * table need not hold what was sent.
 */
export async function keepFingerprints(tx: Queryable, target: Table, tableId: string, written: Written): Promise<void> {
  const { layer, fingerprints, keeping, placed, standing } = written;
  const bound = await boundOf(tx, target, layer, keeping);
  const entries = placedEntries(fingerprints, placed);
  if (bound === null || entries === null || layer.warnings.invalid_geometry !== undefined) {
    return forgetFingerprints(tx, { tableId });
  }
  const { key, shape } = fingerprints;
  const note = { key, shape, bound, writes: await writesOf(tx, target.schema, target.table) };
  if (standing === null) {
    await forgetFingerprints(tx, { tableId });
    const { rows, sum } = await traceOf(tx, target.schema, target.table);
    const kept = { ...note, rows, trace: String(sum) };
    await noteFingerprints(tx, tableId, keeping.synchronizationId, kept);
    await writeChunks(tx, tableId, 0, entries);
    return;
  }
  const gone = goneOf(fingerprints);
  const touched = Uint32Array.from(new Set([...gone, ...idsOf(entries)]));
  const now = await traceOf(tx, target.schema, target.table, touched);
  const { kept, left } = standing;
  const rows = kept.rows - left.rows + now.rows;
  const trace = String(BigInt(kept.trace) - left.sum + now.sum);
  await replaceEntries(tx, tableId, new Set(gone), entries);
  await noteFingerprints(tx, tableId, keeping.synchronizationId, { ...note, rows, trace });
}

/** The entries of the rows that were loaded under their ids in the table, in the order of these; null: they have no room. */
function placedEntries({ entries }: LoadedFingerprints, { numbers, ids }: PlacedRows): Uint32Array | null {
  const words = wordsOf(entries);
  const count = words.length / ENTRY_WORDS;
  if (count > MAX_FINGERPRINTS || ids.some((id) => id < 0 || id > 0xffffffff)) return null;
  const becomes = new Map<number, number>();
  numbers.forEach((number, index) => {
    becomes.set(number, ids[index] ?? number);
  });
  let isSorted = true;
  for (let at = 4; at < words.length; at += ENTRY_WORDS) {
    const number = words[at] ?? 0;
    words[at] = becomes.get(number) ?? number;
    isSorted &&= at < ENTRY_WORDS || (words[at] ?? 0) > (words[at - ENTRY_WORDS] ?? 0);
  }
  return isSorted ? words : sorted(words);
}

function sorted(words: Uint32Array): Uint32Array {
  const idAt = (entry: number): number => words[entry * ENTRY_WORDS + 4] ?? 0;
  const order = Uint32Array.from({ length: words.length / ENTRY_WORDS }, (_, entry) => entry);
  order.sort((a, b) => idAt(a) - idAt(b));
  const result = new Uint32Array(words.length);
  order.forEach((entry, index) => {
    result.set(words.subarray(entry * ENTRY_WORDS, (entry + 1) * ENTRY_WORDS), index * ENTRY_WORDS);
  });
  return result;
}

function* idsOf(entries: Uint32Array): Generator<number> {
  for (let at = 4; at < entries.length; at += ENTRY_WORDS) yield entries[at] ?? 0;
}

async function writeChunks(tx: Queryable, tableId: string, first: number, entries: Uint32Array): Promise<void> {
  const size = CHUNK_ENTRIES * ENTRY_WORDS;
  for (let number = first, from = 0; from < entries.length; number++, from += size) {
    await writeChunk(tx, tableId, number, bytesOf(entries.subarray(from, from + size)));
  }
}

/** Takes the entries of rows that are gone, or are others now, out of the chunks, and puts the added ones in. */
async function replaceEntries(
  tx: Queryable,
  tableId: string,
  gone: ReadonlySet<number>,
  added: Uint32Array,
): Promise<void> {
  const numbers = await chunksOf(tx, tableId);
  let at = 0;
  for (const [index, number] of numbers.entries()) {
    const chunk = wordsOf((await readChunk(tx, tableId, number)) ?? Buffer.alloc(0));
    const last = index === numbers.length - 1 ? Number.POSITIVE_INFINITY : (chunk.at(-1) ?? 0);
    const from = at;
    while (at < added.length && (added[at + 4] ?? 0) <= last) at += ENTRY_WORDS;
    const merged = mergeEntries(chunk, gone, added.subarray(from, at));
    if (merged === null) continue;
    const isLast = index === numbers.length - 1;
    if (!isLast || merged.length <= CHUNK_ENTRIES * ENTRY_WORDS) {
      await writeChunk(tx, tableId, number, bytesOf(merged));
    } else {
      await writeChunks(tx, tableId, number, merged);
    }
  }
  if (numbers.length === 0) await writeChunks(tx, tableId, 0, added);
}

/** A chunk without the entries that are gone and with the added ones, by id; null: it stays as it is. */
function mergeEntries(chunk: Uint32Array, gone: ReadonlySet<number>, added: Uint32Array): Uint32Array | null {
  const merged = new Uint32Array(chunk.length + added.length);
  let length = 0;
  let next = 0;
  const put = (words: Uint32Array, at: number): void => {
    for (let i = 0; i < ENTRY_WORDS; i++) merged[length + i] = words[at + i] ?? 0;
    length += ENTRY_WORDS;
  };
  for (let at = 0; at < chunk.length; at += ENTRY_WORDS) {
    const id = chunk[at + 4] ?? 0;
    for (; next < added.length && (added[next + 4] ?? 0) <= id; next += ENTRY_WORDS) put(added, next);
    if (!gone.has(id)) put(chunk, at);
  }
  for (; next < added.length; next += ENTRY_WORDS) put(added, next);
  return length === chunk.length && added.length === 0 ? null : merged.subarray(0, length);
}

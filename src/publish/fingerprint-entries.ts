/** Entries of fingerprints: a hash and an id each, sorted by id, in chunks that a run does not write again for little. */
import type { Queryable } from '../db/database.ts';
import { ENTRY_WORDS, type LoadedFingerprints, MAX_FINGERPRINTS } from '../domain/fingerprints.ts';
import { type Chunk, chunksOf, readChunks, removeChunks, writeChunk } from '../store/fingerprints.ts';
import type { PlacedRows } from './placed-rows.ts';

/** Entries of a chunk: 1 MB. */
const CHUNK_ENTRIES = 50_000;

/** Chunks that are read at once. */
const CHUNKS_AT_ONCE = 5;

/** Changes are put into the chunks they are about where they are more than this share of these, or so many. */
const MOST_CHANGED = 0.25;
const MOST_CHANGES = 50;

/** Bytes as words of 32 bits, in memory of their own. */
export const wordsOf = (bytes: Buffer): Uint32Array =>
  new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

const bytesOf = (words: Uint32Array): Buffer => Buffer.from(words.buffer, words.byteOffset, words.byteLength);

const idAt = (entries: Uint32Array, at: number): number => entries[at + 4] ?? 0;

/** The ids of entries. */
export function* idsOf(entries: Uint32Array): Generator<number> {
  for (let at = 0; at < entries.length; at += ENTRY_WORDS) yield idAt(entries, at);
}

/** The entries of the rows that were loaded under their ids in the table, in the order of these; null: they have no room. */
export function placedEntries({ entries }: LoadedFingerprints, { numbers, ids }: PlacedRows): Uint32Array | null {
  const words = wordsOf(entries);
  if (words.length > MAX_FINGERPRINTS * ENTRY_WORDS || ids.some((id) => id < 0 || id > 0xffffffff)) return null;
  const becomes = new Map<number, number>();
  numbers.forEach((number, index) => {
    becomes.set(number, ids[index] ?? number);
  });
  for (let at = 4; at < words.length; at += ENTRY_WORDS) {
    const number = words[at] ?? 0;
    words[at] = becomes.get(number) ?? number;
  }
  return sorted(words);
}

function sorted(words: Uint32Array): Uint32Array {
  let isSorted = true;
  for (let at = ENTRY_WORDS; isSorted && at < words.length; at += ENTRY_WORDS) {
    isSorted = idAt(words, at - ENTRY_WORDS) < idAt(words, at);
  }
  if (isSorted) return words;
  const order = Uint32Array.from({ length: words.length / ENTRY_WORDS }, (_, entry) => entry * ENTRY_WORDS);
  order.sort((a, b) => idAt(words, a) - idAt(words, b));
  const result = new Uint32Array(words.length);
  order.forEach((at, index) => {
    result.set(words.subarray(at, at + ENTRY_WORDS), index * ENTRY_WORDS);
  });
  return result;
}

/** Writes the entries of a table that has none. */
export async function writeEntries(tx: Queryable, tableId: string, entries: Uint32Array, first = 0): Promise<number> {
  const size = CHUNK_ENTRIES * ENTRY_WORDS;
  let number = first;
  for (let from = 0; from < entries.length; from += size, number++) {
    await writeChunk(tx, tableId, number, { entries: bytesOf(entries.subarray(from, from + size)), gone: null });
  }
  return number;
}

/** Notes that the rows of these ids are gone, or are others now, and adds entries. */
export async function changeEntries(tx: Queryable, tableId: string, gone: Buffer, added: Uint32Array): Promise<void> {
  if (gone.length + added.length === 0) return;
  const chunks = await chunksOf(tx, tableId);
  const number = (chunks.at(-1)?.number ?? -1) + 1;
  await writeChunk(tx, tableId, number, { entries: bytesOf(added), gone });
  const changes = chunks.filter(({ isChange }) => isChange);
  const sum = (of: typeof chunks): number => of.reduce((all, { bytes }) => all + bytes, 0);
  const changed = sum(changes) + gone.length + added.byteLength;
  const base = sum(chunks) - sum(changes);
  if (changes.length >= MOST_CHANGES || changed > MOST_CHANGED * base) await rewriteEntries(tx, tableId, number);
}

/** Puts the changes into the chunks; `last` is the highest number. */
async function rewriteEntries(tx: Queryable, tableId: string, last: number): Promise<void> {
  let number = last + 1;
  for await (const entries of entriesOf(tx, tableId)) number = await writeEntries(tx, tableId, entries, number);
  await removeChunks(tx, tableId, last);
}

/** All entries of a table, by id, some at once. */
export async function* entriesOf(db: Queryable, tableId: string): AsyncGenerator<Uint32Array> {
  const chunks = await chunksOf(db, tableId);
  const gone = new Set<number>();
  const added = new Map<number, Uint32Array>();
  const changes = chunks.filter(({ isChange }) => isChange).map(({ number }) => number);
  for await (const chunk of inTurn(db, tableId, changes)) {
    for (const id of wordsOf(chunk.gone ?? Buffer.alloc(0))) {
      gone.add(id);
      added.delete(id);
    }
    const entries = wordsOf(chunk.entries);
    for (let at = 0; at < entries.length; at += ENTRY_WORDS) {
      added.set(idAt(entries, at), entries.subarray(at, at + ENTRY_WORDS));
    }
  }
  const rest = sorted(joined([...added.values()]));
  const without = Uint32Array.from(gone).sort();
  const bases = chunks.filter(({ isChange }) => !isChange).map(({ number }) => number);
  if (bases.length === 0) yield rest;
  let from = 0;
  let left = bases.length;
  for await (const { entries } of inTurn(db, tableId, bases)) {
    const chunk = wordsOf(entries);
    left--;
    const last = left === 0 ? Number.POSITIVE_INFINITY : (chunk.at(-1) ?? 0);
    let to = from;
    while (to < rest.length && idAt(rest, to) <= last) to += ENTRY_WORDS;
    yield mergeEntries(chunk, without, rest.subarray(from, to));
    from = to;
  }
}

/** Chunks in the order of their numbers; the next ones are on their way while some are looked at. */
async function* inTurn(db: Queryable, tableId: string, numbers: readonly number[]): AsyncGenerator<Chunk> {
  const read = (from: number): Promise<readonly Chunk[]> => {
    const reading = readChunks(db, tableId, numbers.slice(from, from + CHUNKS_AT_ONCE));
    // Thrown where it is awaited.
    reading.catch(() => undefined);
    return reading;
  };
  if (numbers.length === 0) return;
  let next = read(0);
  for (let from = CHUNKS_AT_ONCE; from < numbers.length; from += CHUNKS_AT_ONCE) {
    const chunks = await next;
    next = read(from);
    yield* chunks;
  }
  yield* await next;
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.length * ENTRY_WORDS);
  for (const [index, part] of parts.entries()) all.set(part, index * ENTRY_WORDS);
  return all;
}

/** Entries without those of the ids that are gone, and with the added ones, by id; both lists are sorted. */
function mergeEntries(chunk: Uint32Array, gone: Uint32Array, added: Uint32Array): Uint32Array {
  const merged = new Uint32Array(chunk.length + added.length);
  const last = idAt(chunk, chunk.length - ENTRY_WORDS);
  let length = 0;
  let at = 0;
  let next = 0;
  const copyUpTo = (id: number): void => {
    const to = placeOf(chunk, id, at);
    merged.set(chunk.subarray(at, to), length);
    length += to - at;
    at = to;
  };
  const addBelow = (id: number): void => {
    for (; next < added.length && idAt(added, next) < id; next += ENTRY_WORDS) {
      copyUpTo(idAt(added, next));
      merged.set(added.subarray(next, next + ENTRY_WORDS), length);
      length += ENTRY_WORDS;
    }
  };
  for (const id of gone) {
    if (id > last) break;
    addBelow(id);
    copyUpTo(id);
    if (idAt(chunk, at) === id) at += ENTRY_WORDS;
  }
  addBelow(Number.POSITIVE_INFINITY);
  copyUpTo(Number.POSITIVE_INFINITY);
  return merged.subarray(0, length);
}

/** Where the first entry from `from` on stands whose id is not below `id`. */
function placeOf(entries: Uint32Array, id: number, from: number): number {
  let low = from / ENTRY_WORDS;
  let high = entries.length / ENTRY_WORDS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (idAt(entries, middle * ENTRY_WORDS) < id) low = middle + 1;
    else high = middle;
  }
  return low * ENTRY_WORDS;
}

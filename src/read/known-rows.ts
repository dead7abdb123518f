// hot path: measured by npm run bench
import { ENTRY_WORDS } from '../domain/fingerprints.ts';

/** Rows by which it is judged whether ids of the table are numbers of the source's rows, as the database judges it. */
const SAMPLE = 1000;

/** The rows of a table as a multiset of hashes, of which a source takes away the rows that it has too. */
export class KnownRows {
  readonly count: number;
  readonly #entries: Uint32Array;
  /** By the first word of the hash: 1 + the first entry with that hash; 0: none. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** How many rows of the source an entry, or all those equal to it, have taken; kept at the first of these. */
  readonly #taken: Uint32Array;
  /** Whether the row of the source with the number that the entry has as its id is equal to it. */
  readonly #isInPlace: Uint8Array;
  /** Of equal entries the first, the next one and how many there are; null while no two are equal. */
  #equals: {
    readonly first: Int32Array;
    readonly next: Int32Array;
    readonly last: Int32Array;
    readonly size: Int32Array;
  } | null = null;
  /** The first entry whose id has not been reached. */
  #at = 0;
  #looked = 0;
  #inPlace = 0;

  /** `entries` as they are kept, with rising ids. */
  constructor(entries: Uint32Array) {
    const count = Math.floor(entries.length / ENTRY_WORDS);
    let size = 16;
    while (size < 2 * count) size *= 2;
    this.count = count;
    this.#entries = entries;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size);
    this.#taken = new Uint32Array(count);
    this.#isInPlace = new Uint8Array(count);
    for (let entry = 0; entry < count; entry++) this.#add(entry);
  }

  #isHash(entry: number, words: Uint32Array): boolean {
    const entries = this.#entries;
    const base = entry * ENTRY_WORDS;
    return (
      entries[base] === words[0] &&
      entries[base + 1] === words[1] &&
      entries[base + 2] === words[2] &&
      entries[base + 3] === words[3]
    );
  }

  #add(entry: number): void {
    const entries = this.#entries;
    const base = entry * ENTRY_WORDS;
    let slot = entries[base]! & this.#mask;
    for (let found = this.#slots[slot]!; found !== 0; found = this.#slots[slot]!) {
      const other = (found - 1) * ENTRY_WORDS;
      if (
        entries[other] === entries[base] &&
        entries[other + 1] === entries[base + 1] &&
        entries[other + 2] === entries[base + 2] &&
        entries[other + 3] === entries[base + 3]
      ) {
        this.#join(found - 1, entry);
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
    this.#slots[slot] = entry + 1;
  }

  #join(first: number, entry: number): void {
    const { count } = this;
    this.#equals ??= {
      first: counting(count),
      next: new Int32Array(count).fill(-1),
      last: counting(count),
      size: new Int32Array(count).fill(1),
    };
    const equals = this.#equals;
    equals.first[entry] = first;
    equals.next[equals.last[first]!] = entry;
    equals.last[first] = entry;
    equals.size[first]!++;
  }

  /** Takes the source's next row, of a number above the last one's. False where the table has no (further) row like it. */
  take(words: Uint32Array, row: number): boolean {
    const entries = this.#entries;
    while (this.#at < this.count && entries[this.#at * ENTRY_WORDS + 4]! < row) this.#at++;
    const here = this.#at;
    let first = -1;
    if (here < this.count && entries[here * ENTRY_WORDS + 4] === row && this.#isHash(here, words)) {
      this.#isInPlace[here] = 1;
      if (this.#looked < SAMPLE) this.#inPlace++;
      first = this.#equals === null ? here : this.#equals.first[here]!;
    }
    if (this.#looked < SAMPLE) this.#looked++;
    if (first < 0) first = this.#find(words);
    if (first < 0) return false;
    const size = this.#equals === null ? 1 : this.#equals.size[first]!;
    if (this.#taken[first]! >= size) return false;
    this.#taken[first]!++;
    return true;
  }

  #find(words: Uint32Array): number {
    let slot = words[0]! & this.#mask;
    for (let found = this.#slots[slot]!; found !== 0; found = this.#slots[slot]!) {
      if (this.#isHash(found - 1, words)) return found - 1;
      slot = (slot + 1) & this.#mask;
    }
    return -1;
  }

  /**
   * Ids of the rows that no row of the source has taken. Of several equal ones those stay that stay when the database
   * compares: where most rows stand in their place those that do, then the first.
   */
  gone(): Uint32Array {
    const isMostlyInPlace = this.#inPlace * 2 > this.#looked;
    const gone: number[] = [];
    const idOf = (entry: number): number => this.#entries[entry * ENTRY_WORDS + 4] ?? 0;
    const { next, first, size } = this.#equals ?? {};
    for (let entry = 0; entry < this.count; entry++) {
      const taken = this.#taken[entry] ?? 0;
      if (next === undefined || first === undefined || size?.[entry] === 1) {
        if (first !== undefined && first[entry] !== entry) continue;
        if (taken === 0) gone.push(idOf(entry));
        continue;
      }
      if (first[entry] !== entry) continue;
      let places = 0;
      for (let one = entry; isMostlyInPlace && one >= 0; one = next[one] ?? -1) places += this.#isInPlace[one] ?? 0;
      let left = taken - places;
      for (let one = entry; one >= 0; one = next[one] ?? -1) {
        if (isMostlyInPlace && this.#isInPlace[one] === 1) continue;
        if (left > 0) left--;
        else gone.push(idOf(one));
      }
    }
    return Uint32Array.from(gone).sort();
  }
}

function counting(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

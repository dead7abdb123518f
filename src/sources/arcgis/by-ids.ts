import { createHash } from 'node:crypto';
import { inOrder } from './in-order.ts';
import type { Page, Row } from './page.ts';
import { everything, isMisconfigured } from './pages.ts';
import { Refused, TooLarge } from './refused.ts';
import { MOST_USELESS, type Outcome, type Strategy, type Transfer } from './strategy.ts';

/** Positions `[first, end)` of the sorted ids, and whether they are asked for as a list. */
interface Slice {
  readonly first: number;
  readonly end: number;
  readonly listed: boolean;
}

/** Rounds in which rows that came meanwhile are fetched too. */
const MOST_ROUNDS = 3;
/** Ids of one list: with more, servers refuse the form. */
const MOST_LISTED = 500;

/**
 * Fetches rows by the ids that the server told: those of a range, or those of a list where it does not understand
 * ranges. Nothing has to be believed of its pages: what is missing in one is asked for again, and nothing is taken twice.
 */
export const byIds: Strategy = {
  name: 'ids',
  canTry: ({ inventory }) => inventory.ids !== null,
  run: (transfer) => new IdTransfer(transfer).run(),
};

class IdTransfer {
  readonly #transfer: Transfer;
  #ids: Float64Array;
  /** 1 at the position of each row that came. */
  #came: Uint8Array;
  #listed: boolean;
  /** Pages in a row that brought nothing. */
  #useless = 0;
  readonly #pages = new Set<string>();
  #reason: string | null = null;

  constructor(transfer: Transfer) {
    this.#transfer = transfer;
    this.#ids = transfer.inventory.ids ?? new Float64Array();
    this.#came = new Uint8Array(this.#ids.length);
    this.#listed = transfer.layer.idField === null;
  }

  async run(): Promise<Outcome> {
    let rows = await this.#fetchAll();
    for (let round = 1; ; round++) {
      const changes = await this.#recheck(rows);
      if (changes === null) return this.#outcome(rows, this.#ids.length);
      const { added, expected } = changes;
      if (added.length === 0 || round === MOST_ROUNDS) return this.#outcome(rows, expected);
      this.#ids = added;
      this.#came = new Uint8Array(added.length);
      rows += await this.#fetchAll();
    }
  }

  #outcome(rows: number, expected: number): Outcome {
    return { rows, expected, isComplete: rows === expected, reason: this.#reason };
  }

  /** What is there now that was not fetched; null where the layer is as it was and everything came. */
  async #recheck(rows: number): Promise<{ readonly added: Float64Array; readonly expected: number } | null> {
    const { queries, inventory } = this.#transfer;
    const known = inventory.ids ?? new Float64Array();
    const isWhole = rows === known.length;
    if (isWhole && inventory.count === known.length && (await queries.count()) === known.length) return null;
    const now = await queries.ids(everything);
    if (now === null || now.ids.length < known.length / 2)
      return isWhole ? null : { added: new Float64Array(), expected: known.length };
    const all = Float64Array.from(now.ids).sort();
    const fetched = new Set(this.#ids === known ? known : [...known, ...this.#ids]);
    const added = all.filter((id) => !fetched.has(id));
    if (added.length === 0 && isWhole && all.length === known.length) return null;
    return { added, expected: Math.max(all.length, now.exceeded ? known.length : 0) };
  }

  async #fetchAll(): Promise<number> {
    let count = 0;
    const { concurrency, take } = this.#transfer;
    // A server whose answers bring nothing is not asked for more than one at a time.
    const most = (): number => (this.#useless > 0 ? 1 : concurrency());
    for await (const page of inOrder(this.#slices(), most, (slice) => this.#fetch(slice))) {
      count += page.rows.length;
      if (page.rows.length > 0) take(page);
    }
    return count;
  }

  *#slices(): Generator<Slice> {
    const ids = this.#ids;
    for (let first = 0; first < ids.length && this.#useless < 2 * MOST_USELESS; ) {
      let end = Math.min(ids.length, first + this.#transfer.size.rows);
      // Rows of one id come together.
      while (end < ids.length && ids[end] === ids[end - 1]) end++;
      yield { first, end, listed: this.#listed };
      first = end;
    }
  }

  /** All rows of a slice that can be had, in the order of their ids. */
  async #fetch(slice: Slice): Promise<Page> {
    const { size, queries } = this.#transfer;
    const open: Slice[] = [slice];
    const pages: Page[] = [];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const count = next.end - next.first;
      if (next.listed && count > MOST_LISTED) {
        open.push(...halves(next));
        continue;
      }
      let page: Page;
      try {
        page = await queries.rows(this.#selector(next));
      } catch (error) {
        if (!(error instanceof Refused) && !(error instanceof TooLarge)) throw error;
        if (error instanceof Refused && isMisconfigured(error)) throw error;
        this.#reason = error.message;
        size.shrink(count);
        if (count > 1) open.push(...halves(next));
        else if (!next.listed) open.push({ ...next, listed: true });
        continue;
      }
      const rows = this.#pick(page.rows, next);
      pages.push({ ...page, rows });
      if (rows.length > 0) this.#useless = 0;
      if (rows.length === count) size.grow();
      else this.#followUp(next, rows.length, open);
    }
    const [first] = pages;
    const rows = pages.flatMap((page) => page.rows).sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
    return { ...(first ?? { exceeded: false, crs: null, hasZ: false, hasM: false }), rows };
  }

  /** What is to be asked after a page that brought only some of its rows, or none. */
  #followUp(slice: Slice, came: number, open: Slice[]): void {
    if (came > 0) {
      this.#transfer.size.learn(came);
      open.push(...this.#missing(slice, came));
      return;
    }
    this.#useless++;
    if (this.#useless >= MOST_USELESS) this.#listed = true;
    // A row that is gone is asked for alone in the end; a server that never answers what was asked is given up.
    if (this.#useless >= 2 * MOST_USELESS) return;
    if (!slice.listed) open.push({ ...slice, listed: true });
    else if (slice.end - slice.first > 1) open.push(...halves(slice));
  }

  /** Runs of rows that did not come, of at most `most` ids each, the last first. */
  #missing({ first, end, listed }: Slice, most: number): readonly Slice[] {
    const runs: Slice[] = [];
    for (let at = first; at < end; at++) {
      if (this.#came[at] === 1) continue;
      const last = runs.at(-1);
      const continues = last !== undefined && last.end === at && last.end - last.first < most;
      if (continues) runs[runs.length - 1] = { ...last, end: at + 1 };
      else runs.push({ first: at, end: at + 1, listed });
    }
    return runs.reverse();
  }

  #selector({ first, end, listed }: Slice): Readonly<Record<string, string>> {
    const { idField } = this.#transfer.layer;
    if (listed || idField === null) return { objectIds: this.#ids.subarray(first, end).join(',') };
    return { where: `${idField} >= ${this.#ids[first] ?? 0} AND ${idField} <= ${this.#ids[end - 1] ?? 0}` };
  }

  /** The rows of a page that were asked for and did not come before; each is marked. */
  #pick(rows: readonly Row[], slice: Slice): readonly Row[] {
    const isBlind = rows.every(({ id }) => id === null);
    // Without ids in the rows the number of them has to do.
    if (isBlind && rows.length <= slice.end - slice.first) {
      if (this.#isRepeated(rows)) return [];
      const free = [...this.#freeOf(slice)];
      return rows.filter((_, index) => this.#mark(free[index]));
    }
    return rows.filter(({ id }) => id !== null && this.#mark(this.#find(id, slice)));
  }

  /** Whether these very rows came before, as from a server that does not look at what it is asked. */
  #isRepeated(rows: readonly Row[]): boolean {
    if (rows.length < 2) return false;
    const digest = createHash('sha256').update(JSON.stringify(rows)).digest('base64');
    if (this.#pages.has(digest)) return true;
    this.#pages.add(digest);
    return false;
  }

  *#freeOf({ first, end }: Slice): Generator<number> {
    for (let at = first; at < end; at++) if (this.#came[at] === 0) yield at;
  }

  #mark(at: number | undefined): boolean {
    if (at === undefined) return false;
    this.#came[at] = 1;
    return true;
  }

  /** The first position of an id that has not come; undefined where it was not asked for, or came. */
  #find(id: number, { first, end }: Slice): number | undefined {
    let [low, high] = [first, end];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ids[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    while (low < end && this.#ids[low] === id && this.#came[low] === 1) low++;
    return low < end && this.#ids[low] === id ? low : undefined;
  }
}

/** Both halves of a slice, the second first, as a stack takes them. */
function halves({ first, end, listed }: Slice): readonly Slice[] {
  const middle = (first + end + 1) >> 1;
  return [
    { first: middle, end, listed },
    { first, end: middle, listed },
  ];
}

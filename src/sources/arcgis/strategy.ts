import type { LayerInfo } from './metadata.ts';
import type { Page } from './page.ts';
import type { LayerQueries } from './pages.ts';

/** What is known of a layer before its rows are fetched. */
export interface Inventory {
  /** As the server counts; null where it cannot. */
  readonly count: number | null;
  /** Sorted ids, those of several rows several times; null where the server gives none, or not all. */
  readonly ids: Float64Array | null;
}

/** How many rows were fetched, of how many. */
export interface Outcome {
  readonly rows: number;
  /** null: nobody can tell. */
  readonly expected: number | null;
  readonly isComplete: boolean;
  /** What the server said where it refused rows. */
  readonly reason: string | null;
}

export interface Transfer {
  readonly layer: LayerInfo;
  readonly queries: LayerQueries;
  readonly inventory: Inventory;
  /** Pages that may be asked for at once, as the server bears them. */
  readonly concurrency: () => number;
  /** Rows asked for at once. */
  readonly size: PageSize;
  /** Takes rows that were not taken before, in order. */
  take(page: Page): void;
}

/** One way of fetching all rows. Each row goes once to `take`; the outcome says whether they are all. */
export interface Strategy {
  readonly name: string;
  canTry(transfer: Pick<Transfer, 'layer' | 'inventory'>): boolean;
  run(transfer: Transfer): Promise<Outcome>;
}

/** Pages that bring nothing new, after which a way of asking is given up. */
export const MOST_USELESS = 3;

/** Rows asked for at once: less where answers fail, are cut or are late; more again where they come. */
export class PageSize {
  #most: number;
  #now: number;

  constructor(most: number) {
    this.#most = most;
    this.#now = most;
  }

  get rows(): number {
    return this.#now;
  }

  /** The server gives fewer rows than it says: no more are asked for. */
  learn(rows: number): void {
    this.#most = Math.max(1, Math.min(this.#most, rows));
    this.#now = Math.min(this.#now, this.#most);
  }

  /** An answer of so many rows failed. */
  shrink(rows: number): void {
    this.#now = Math.max(1, Math.min(this.#now, rows >> 1));
  }

  /** An answer came. */
  grow(): void {
    this.#now = Math.min(this.#most, this.#now + Math.max(1, this.#now >> 2));
  }
}

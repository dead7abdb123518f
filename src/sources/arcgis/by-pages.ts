import { createHash } from 'node:crypto';
import { inOrder } from './in-order.ts';
import type { Page, Row } from './page.ts';
import { everything } from './pages.ts';
import { Refused, TooLarge } from './refused.ts';
import { MOST_USELESS, type Outcome, type PageSize, type Strategy, type Transfer } from './strategy.ts';

/** Takes each row once: by its id, or page by page where rows have none. */
export class SeenRows {
  readonly #ids = new Set<number>();
  readonly #pages = new Set<string>();
  rows = 0;

  /** Those that did not come before. */
  pick(rows: readonly Row[]): readonly Row[] {
    const fresh = rows.every(({ id }) => id === null) ? this.#pickPage(rows) : rows.filter((row) => this.#pickRow(row));
    this.rows += fresh.length;
    return fresh;
  }

  #pickRow({ id }: Row): boolean {
    if (id === null || this.#ids.has(id)) return false;
    this.#ids.add(id);
    return true;
  }

  #pickPage(rows: readonly Row[]): readonly Row[] {
    if (rows.length < 2) return rows;
    const digest = createHash('sha256').update(JSON.stringify(rows)).digest('base64');
    if (this.#pages.has(digest)) return [];
    this.#pages.add(digest);
    return rows;
  }
}

/** Pages of a server that does not say how many rows there are: one that makes up rows must end. */
const MOST_UNCOUNTED = 10_000;

/** Where a page begins, and how many rows it is to have. */
interface Window {
  readonly offset: number;
  readonly rows: number;
}

/** Fetches page after page by `resultOffset`, several at once where the number of rows is known. */
export const byPages: Strategy = {
  name: 'pages',
  canTry: ({ layer }) => layer.supportsPagination,
  run: (transfer) => new PagedTransfer(transfer).run(),
};

class PagedTransfer {
  readonly #transfer: Transfer;
  readonly #seen = new SeenRows();
  #useless = 0;
  /** Behind the last row that came, where nobody knows how many there are. */
  #next = 0;
  #isOver = false;
  #reason: string | null = null;

  constructor(transfer: Transfer) {
    this.#transfer = transfer;
  }

  async run(): Promise<Outcome> {
    const { inventory, queries, concurrency, take } = this.#transfer;
    const { count } = inventory;
    const most = (): number => (count === null || this.#useless > 0 ? 1 : concurrency());
    for await (const page of inOrder(this.#windows(count), most, (window) => this.#fetch(window, count))) {
      const rows = this.#seen.pick(page.rows);
      if (rows.length > 0) {
        this.#useless = 0;
        take({ ...page, rows });
      } else if (count === null || ++this.#useless >= MOST_USELESS) this.#isOver = true;
    }
    const expected = count === null ? null : await queries.count();
    const { rows } = this.#seen;
    // Without a count, an empty page behind the last row has to do.
    const isComplete = expected === null ? count === null && this.#reason === null : rows === expected;
    return { rows, expected, isComplete, reason: this.#reason };
  }

  *#windows(count: number | null): Generator<Window> {
    const { size } = this.#transfer;
    let pages = 0;
    for (let offset = 0; !this.#isOver && offset < (count ?? Number.POSITIVE_INFINITY); ) {
      if (count === null && ++pages > MOST_UNCOUNTED) {
        this.#reason = `more than ${MOST_UNCOUNTED} pages, and no number of rows`;
        return;
      }
      const rows = Math.min(size.rows, count === null ? size.rows : count - offset);
      yield { offset, rows };
      offset = count === null ? this.#next : offset + rows;
    }
  }

  async #fetch(window: Window, count: number | null): Promise<Page> {
    const pages: Page[] = [];
    let { offset } = window;
    const end = offset + window.rows;
    for (let ask = window.rows; offset < end; ) {
      const page = await this.#page({ offset, rows: Math.min(ask, end - offset) });
      if (page === null) {
        if (ask === 1) break;
        ask = Math.max(1, ask >> 1);
        continue;
      }
      pages.push(page);
      if (page.rows.length === 0 || count === null) break;
      if (page.rows.length < Math.min(ask, end - offset)) this.#transfer.size.learn(page.rows.length);
      offset += page.rows.length;
    }
    if (count === null) {
      this.#next = window.offset + (pages[0]?.rows.length ?? 0);
      if (this.#next === window.offset) this.#isOver = true;
    }
    const [first] = pages;
    return {
      ...(first ?? { exceeded: false, crs: null, hasZ: false, hasM: false }),
      rows: pages.flatMap(({ rows }) => rows),
    };
  }

  async #page({ offset, rows }: Window): Promise<Page | null> {
    const { queries, layer, size } = this.#transfer;
    const order = layer.idField ?? layer.fields.find(({ type }) => /Integer|String|GlobalID/.test(type))?.name;
    try {
      const page = await queries.rows({
        where: everything,
        resultOffset: String(offset),
        resultRecordCount: String(rows),
        ...(order === undefined ? {} : { orderByFields: order }),
      });
      size.grow();
      return page;
    } catch (error) {
      return refusedPage(error, size, rows, (reason) => {
        this.#reason = reason;
      });
    }
  }
}

/** Makes the pages smaller after a failure that may come from their size; throws all others. */
export function refusedPage(error: unknown, size: PageSize, rows: number, tell: (reason: string) => void): null {
  if (!(error instanceof Refused) && !(error instanceof TooLarge)) throw error;
  tell(error.message);
  size.shrink(rows);
  return null;
}

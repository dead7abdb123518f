import { refusedPage, SeenRows } from './by-pages.ts';
import type { Query } from './client.ts';
import type { Extent } from './metadata.ts';
import type { Page } from './page.ts';
import { everything } from './pages.ts';
import type { Outcome, Strategy, Transfer } from './strategy.ts';

/** Splits of one part at most: of an extent, a billionth of each side; of ids, every single one. */
const MAX_DEPTH = 53;
/** Answers without a new row, in a row, after which a server is believed to answer the same to everything. */
const MOST_USELESS_PARTS = 12;

/** A part of the rows, and how to split it. */
interface Part<Area> {
  readonly area: Area;
  readonly depth: number;
}

interface Cutter<Area> {
  readonly whole: Area;
  query(area: Area): Query;
  /** null where it cannot be cut any more. */
  cut(area: Area): readonly Area[] | null;
}

/** Asks for parts, and for the halves of those that may have been cut off. */
async function fetchParts<Area>(transfer: Transfer, cutter: Cutter<Area>): Promise<Outcome> {
  const { queries, size, layer, inventory, take } = transfer;
  const seen = new SeenRows();
  let reason: string | null = null;
  let useless = 0;
  const open: Part<Area>[] = [{ area: cutter.whole, depth: 0 }];
  for (let part = open.pop(); part !== undefined && useless < MOST_USELESS_PARTS; part = open.pop()) {
    let page: Page | null = null;
    try {
      page = await queries.rows(cutter.query(part.area));
    } catch (error) {
      page = refusedPage(error, size, size.rows, (text) => {
        reason = text;
      });
    }
    // A server that cuts without a word gives itself away by giving as many as it may.
    const isCut = page === null || page.exceeded || page.rows.length >= Math.min(layer.maxRecordCount, size.rows);
    const areas = isCut && part.depth < MAX_DEPTH ? cutter.cut(part.area) : null;
    // Rows without ids could not be told from those that the parts bring again.
    const isTaken = page !== null && (areas === null || page.rows.some(({ id }) => id !== null));
    const rows = page !== null && isTaken ? seen.pick(page.rows) : [];
    if (page !== null && rows.length > 0) take({ ...page, rows });
    useless = page !== null && isTaken && page.rows.length > 0 && rows.length === 0 ? useless + 1 : 0;
    if (inventory.count !== null && seen.rows === inventory.count) break;
    const depth = part.depth + 1;
    open.push(...(areas ?? []).map((area) => ({ area, depth })).reverse());
  }
  const expected = await queries.count();
  return { rows: seen.rows, expected, isComplete: seen.rows === expected, reason };
}

/** Fetches rows by ranges of ids between the smallest and the largest, halved until an answer is not cut off. */
export const byIdRanges: Strategy = {
  name: 'id ranges',
  canTry: ({ layer }) => layer.idField !== null && layer.supportsStatistics,
  async run(transfer) {
    const bounds = await transfer.queries.idBounds();
    if (bounds === null) return { rows: 0, expected: null, isComplete: false, reason: 'no statistics of ids' };
    const { idField } = transfer.layer;
    return fetchParts<readonly [number, number]>(transfer, {
      whole: bounds,
      query: ([least, most]) => ({ where: `${idField} >= ${least} AND ${idField} <= ${most}` }),
      cut([least, most]) {
        if (least >= most) return null;
        const middle = Math.floor((least + most) / 2);
        return [
          [least, middle],
          [middle + 1, most],
        ];
      },
    });
  },
};

/** Fetches rows by their places: the extent of the layer, quartered until an answer is not cut off. */
export const byBoxes: Strategy = {
  name: 'boxes',
  canTry: ({ layer }) => layer.hasGeometry && layer.extent !== null,
  run(transfer) {
    const { extent } = transfer.layer;
    const whole = grown(extent ?? { west: -180, south: -90, east: 180, north: 90, wkid: 4326 });
    return fetchParts<Extent>(transfer, {
      whole,
      query: ({ west, south, east, north, wkid }) => ({
        where: everything,
        geometry: `${west},${south},${east},${north}`,
        geometryType: 'esriGeometryEnvelope',
        spatialRel: 'esriSpatialRelIntersects',
        ...(wkid === null ? {} : { inSR: String(wkid) }),
      }),
      cut(box) {
        const x = (box.west + box.east) / 2;
        const y = (box.south + box.north) / 2;
        if (x <= box.west || y <= box.south) return null;
        return [
          { ...box, east: x, north: y },
          { ...box, west: x, north: y },
          { ...box, east: x, south: y },
          { ...box, west: x, south: y },
        ];
      },
    });
  },
};

/** Extents of servers are old or rounded: what lies a little outside belongs to the layer too. */
function grown({ west, south, east, north, wkid }: Extent): Extent {
  const x = Math.max((east - west) / 100, 1e-6);
  const y = Math.max((north - south) / 100, 1e-6);
  return { west: west - x, south: south - y, east: east + x, north: north + y, wkid };
}

/** Asks for everything at once: the whole of a small layer, whatever its server can. */
export const atOnce: Strategy = {
  name: 'all at once',
  canTry: () => true,
  async run({ queries, inventory, size, take }) {
    let reason: string | null = null;
    const seen = new SeenRows();
    const page = await queries.rows({ where: everything }).catch((error: unknown) =>
      refusedPage(error, size, size.rows, (text) => {
        reason = text;
      }),
    );
    const rows = page === null ? [] : seen.pick(page.rows);
    if (page !== null && rows.length > 0) take({ ...page, rows });
    const expected = inventory.count === null ? null : await queries.count();
    // A server that cannot count: fewer rows than it gives at most are all of them, by its own word.
    const isComplete =
      expected === null ? page !== null && !page.exceeded && rows.length < size.rows : rows.length === expected;
    return { rows: rows.length, expected, isComplete, reason };
  },
};

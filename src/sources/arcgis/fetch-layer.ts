import { join } from 'node:path';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { describeUrl } from '../../util/describe-url.ts';
import type { GoneRows, HeldIds } from '../source.ts';
import { byIds } from './by-ids.ts';
import { byPages } from './by-pages.ts';
import { atOnce, byBoxes, byIdRanges } from './by-parts.ts';
import { changesOf, type Marks, restrictedTo } from './changes.ts';
import { type ArcgisClient, DEFAULT_ARCGIS_LIMITS } from './client.ts';
import type { LayerInfo } from './metadata.ts';
import { createLayerQueries, everything, isMisconfigured, type LayerQueries } from './pages.ts';
import { Refused } from './refused.ts';
import { LayerSpool } from './spool-layer.ts';
import { type Inventory, type Outcome, PageSize, type Strategy } from './strategy.ts';

/** Ways of fetching, the surest first. */
const ladder: readonly Strategy[] = [byIds, byPages, byIdRanges, byBoxes, atOnce];

/** Times that all rows are fetched anew because the layer changed meanwhile. */
const MOST_ID_RUNS = 2;

/** Parts of a list of ids that a server cuts off: no list is asked for more often. */
const MOST_ID_LISTS = 10_000;
/** Ids that are held, 8 bytes each; layers of more rows are read by pages. */
const MOST_IDS = 20_000_000;

export interface FetchLayerOptions {
  readonly client: ArcgisClient;
  readonly layer: LayerInfo;
  readonly folder: string;
  /** Tells the files of several layers apart. */
  readonly position: number;
  readonly maxBytes: number;
  readonly allowPartial: boolean;
  /** Whether the addresses of attachments are wanted. */
  readonly attachments: boolean;
}

/** A layer in a file, and what is missing of it. */
export interface FetchedLayer {
  readonly name: string;
  readonly file: LocalFile;
  readonly outcome: Outcome;
  /** Rows whose arcs became lines of many points. */
  readonly curves: number;
}

/**
 * Fetches all rows of a layer and shows that they are all: by their ids, or by their number. Throws 1011 with both
 * numbers where no way of asking brings all, unless `allowPartial`; then the way that brought most counts. A layer that
 * refuses all queries throws `Refused`.
 */
export async function fetchLayer(options: FetchLayerOptions): Promise<FetchedLayer> {
  const { client, layer } = options;
  const withAttachments = options.attachments && layer.hasAttachments;
  const queries = createLayerQueries(client, layer, withAttachments);
  let inventory = await takeInventory(queries, layer);
  if (inventory.count === 0 && (inventory.ids === null || inventory.ids.length === 0)) return emptyLayer(options);
  let best: { readonly spool: LayerSpool; readonly outcome: Outcome } | null = null;
  let reason: string | null = null;
  let attempt = 0;
  const steps = ladder.flatMap((step) => (step === byIds ? Array<Strategy>(MOST_ID_RUNS).fill(step) : [step]));
  try {
    for (const step of steps) {
      if (!step.canTry({ layer, inventory })) continue;
      // The same way again makes sense where the layer is another by now.
      if (step === byIds && attempt > 0) {
        const now = await takeInventory(queries, layer);
        if (isSame(now, inventory)) continue;
        inventory = now;
      }
      const path = join(options.folder, `layer-${options.position}-${attempt++}`);
      const spool = new LayerSpool(layer, path, options.maxBytes, withAttachments);
      const outcome = await run(step, { ...options, queries, inventory }, spool);
      if (best === null || spool.rows > best.spool.rows || outcome.isComplete) {
        best?.spool[Symbol.dispose]();
        best = { spool, outcome };
      } else spool[Symbol.dispose]();
      if (outcome.isComplete) return { name: layer.name, file: spool.finish(), outcome, curves: spool.curves };
      reason = outcome.reason ?? reason;
    }
    if (best !== null && options.allowPartial && best.spool.rows > 0) {
      return {
        name: layer.name,
        file: best.spool.finish(),
        outcome: { ...best.outcome, reason },
        curves: best.spool.curves,
      };
    }
  } finally {
    best?.spool[Symbol.dispose]();
  }
  const expected = best?.outcome.expected ?? inventory.count ?? inventory.ids?.length ?? null;
  throw incomplete(layer, best?.spool.rows ?? 0, expected, reason);
}

/**
 * Fetches the rows of a layer that differ from its table. null where that cannot be known, where not all of them come,
 * or where there is no less work in all rows.
 */
export async function fetchChanges(
  options: FetchLayerOptions & {
    readonly service: URL;
    readonly before: Marks;
    readonly now: Marks;
    readonly held: (layer: string, field: string) => Promise<HeldIds | null>;
  },
): Promise<(FetchedLayer & { readonly gone: GoneRows }) | null> {
  const { client, layer, service, now, before } = options;
  const withAttachments = options.attachments && layer.hasAttachments;
  const id = layer.url.pathname.split('/').at(-1) ?? '';
  if (layer.idField === null || before.get(id) === undefined) return null;
  const held = await options.held(layer.name, layer.idField);
  if (held === null) return null;
  const queries = createLayerQueries(client, layer, withAttachments);
  const { count, ids: present } = await takeInventory(queries, layer);
  if (present === null || count !== present.length) return null;
  const marks = { before: before.get(id), now: now.get(id) };
  const changes = await changesOf(client, service, queries, layer, marks, { present, held });
  if (changes === null) return null;
  const spool = new LayerSpool(
    layer,
    join(options.folder, `changes-${options.position}`),
    options.maxBytes,
    withAttachments,
  );
  try {
    // As a list: the rows between them are not wanted.
    const listed = { ...layer, idField: null };
    const only = { count: changes.ids.length, ids: changes.ids };
    const restricted = { ...options, layer: listed, queries: restrictedTo(queries, changes.ids), inventory: only };
    const outcome = await run(byIds, restricted, spool);
    if (!outcome.isComplete) return null;
    const gone = { key: layer.idField, values: changes.gone.map(String) };
    return { name: layer.name, file: spool.finish(), outcome, curves: spool.curves, gone };
  } finally {
    spool[Symbol.dispose]();
  }
}

async function run(
  step: Strategy,
  { queries, inventory, layer, client }: FetchLayerOptions & { queries: LayerQueries; inventory: Inventory },
  spool: LayerSpool,
): Promise<Outcome> {
  let pages = 0;
  try {
    return await step.run({
      layer,
      queries,
      inventory,
      // A way that brings nothing is not tried with many requests.
      concurrency: () => Math.min(client.concurrency, DEFAULT_ARCGIS_LIMITS.concurrency + pages),
      size: new PageSize(layer.maxRecordCount),
      take: (page) => {
        pages++;
        spool.take(page);
      },
    });
  } catch (error) {
    if (!(error instanceof Refused) || isMisconfigured(error)) {
      spool[Symbol.dispose]();
      throw error;
    }
    return { rows: spool.rows, expected: null, isComplete: false, reason: error.message };
  }
}

/** How many rows there are and which, asked at once. A list of ids that is cut off is asked for to its end. */
async function takeInventory(queries: LayerQueries, layer: LayerInfo): Promise<Inventory> {
  const [count, first] = await Promise.all([queries.count(), queries.ids(everything)]);
  if (first === null) return { count: count ?? (await countOfEmpty(queries)), ids: null };
  const ids = [...first.ids];
  const field = layer.idField ?? first.field;
  let last = ids.reduce((most, id) => Math.max(most, id), Number.MIN_SAFE_INTEGER);
  let isCut = first.exceeded || (count !== null && ids.length < count);
  for (let lists = 0; isCut && field !== null && ids.length > 0 && lists < MOST_ID_LISTS; lists++) {
    const known = ids.length;
    const next = await queries.ids(`${field} > ${last}`);
    const before = last;
    for (const id of next?.ids ?? []) {
      if (id <= before) continue;
      ids.push(id);
      last = Math.max(last, id);
    }
    isCut = ids.length > known && ids.length <= MOST_IDS;
  }
  if (ids.length > MOST_IDS) return { count, ids: null };
  // Fewer than there are: the list is of no use as a proof.
  if (count !== null && ids.length < count) return { count, ids: null };
  return { count, ids: Float64Array.from(ids).sort() };
}

/** 0 where a server that tells neither ids nor numbers has no row either; null otherwise. */
async function countOfEmpty(queries: LayerQueries): Promise<number | null> {
  try {
    const page = await queries.rows({ where: everything });
    return page.rows.length === 0 && !page.exceeded ? 0 : null;
  } catch (error) {
    if (error instanceof Refused && !isMisconfigured(error)) return null;
    throw error;
  }
}

const isSame = (a: Inventory, b: Inventory): boolean =>
  a.count === b.count && a.ids?.length === b.ids?.length && (a.ids?.every((id, at) => id === b.ids?.[at]) ?? true);

function emptyLayer({ layer, folder, position, maxBytes, attachments }: FetchLayerOptions): FetchedLayer {
  const path = join(folder, `layer-${position}`);
  using spool = new LayerSpool(layer, path, maxBytes, attachments && layer.hasAttachments);
  return {
    name: layer.name,
    file: spool.finish(),
    outcome: { rows: 0, expected: 0, isComplete: true, reason: null },
    curves: 0,
  };
}

function incomplete(layer: LayerInfo, rows: number, expected: number | null, reason: string | null): ImportError {
  const where = describeUrl(layer.url);
  const why = reason === null ? '' : ` The server said: ${reason.replace(/\.$/, '')}.`;
  const total = expected === null ? 'an unknown number of' : String(expected);
  return new ImportError('sourceFetchFailed', {
    detail: `${where} handed out ${rows} of ${total} rows of ${layer.name.slice(0, 100)}.${why}`,
    hint: 'Try again when the ArcGIS server is less busy, or take what it hands out with allow_partial=true.',
  });
}

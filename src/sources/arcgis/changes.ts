/** Only the rows of a layer that came, changed or went since the last run. */
import { createHash } from 'node:crypto';
import type { HeldIds } from '../source.ts';
import type { Answer, ArcgisClient } from './client.ts';
import type { LayerInfo } from './metadata.ts';
import { everything, type LayerQueries } from './pages.ts';
import { Refused } from './refused.ts';

/** What is remembered of a layer: where its next changes begin, by the server's count of changes or by its clock. */
interface LayerMark {
  readonly id: string;
  /** The server's generation of the layer, where it tracks changes. */
  readonly gen: number | null;
  /** Milliseconds since 1970 of the last edit, where it tells that. */
  readonly edit: number | null;
  /** Of the fields: with others, every row is another. */
  readonly fields: string;
}

/** The marks of a run, by the id of the layer. */
export type Marks = ReadonlyMap<string, LayerMark>;

/** What differs from the table: rows to fetch, and ids of rows that are gone. */
export interface Changes {
  /** Sorted. */
  readonly ids: Float64Array;
  readonly gone: readonly number[];
}

/** Rows of layers whose ids are compared; of larger ones all rows are fetched. */
const MOST_COMPARED = 2_000_000;

/** Share of the rows beyond which fetching all of them is no more work. */
const MOST_CHANGED = 0.5;

const isObject = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objects = (value: unknown): readonly Answer[] => (Array.isArray(value) ? value.filter(isObject) : []);

const idOf = ({ url }: LayerInfo): string => url.pathname.split('/').at(-1) ?? '';

/** Asks what a server does not have to answer: null where it refuses. */
async function attempt(ask: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/** Where the next changes of these layers begin. To be asked for before their rows. */
export async function takeMarks(
  client: ArcgisClient,
  service: URL,
  layers: readonly LayerInfo[],
  hasAttachments: boolean,
): Promise<Marks> {
  const answer = await attempt(() => client.ask(service, { f: 'json' }));
  const tracks = String(answer?.capabilities ?? '')
    .toLowerCase()
    .split(/\s*,\s*/)
    .includes('changetracking');
  const info = isObject(answer?.changeTrackingInfo) ? answer.changeTrackingInfo : {};
  const gens = new Map(objects(info.layerServerGens).map((one) => [String(one.id), Number(one.serverGen)]));
  return new Map(
    layers.map((layer) => {
      const id = idOf(layer);
      const gen = gens.get(id) ?? Number.NaN;
      const fields = createHash('sha256').update(
        JSON.stringify([
          layer.name,
          layer.fields.map(({ name, type, alias, names }) => [name, type, alias, names === null ? null : [...names]]),
          hasAttachments,
        ]),
      );
      const mark = {
        id,
        gen: tracks && Number.isSafeInteger(gen) ? gen : null,
        edit: layer.lastEdit,
        fields: fields.digest('base64').slice(0, 16),
      };
      return [id, mark] as const;
    }),
  );
}

/** Marks as they are remembered. */
export const writeMarks = (marks: Marks): string => JSON.stringify([...marks.values()]);

/** Marks as `writeMarks` wrote them; none where there are none, or a version before wrote something else. */
export function readMarks(text: string | undefined): Marks {
  if (text === undefined) return new Map();
  try {
    const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
    return new Map(
      objects(JSON.parse(text)).map(({ id, gen, edit, fields }) => [
        String(id),
        { id: String(id), gen: number(gen), edit: number(edit), fields: String(fields) },
      ]),
    );
  } catch {
    return new Map();
  }
}

/** Ids that came or changed since a generation, as the server tracks it; null where it does not say. */
async function trackedChanges(
  client: ArcgisClient,
  service: URL,
  { id, gen }: LayerMark,
): Promise<readonly number[] | null> {
  if (gen === null) return null;
  const url = new URL(service);
  url.pathname += '/extractChanges';
  const query = {
    layers: `[${id}]`,
    layerServerGens: JSON.stringify([{ id: Number(id), serverGen: gen }]),
    ...{ returnInserts: 'true', returnUpdates: 'true', returnDeletes: 'true', returnIdsOnly: 'true' },
    ...{ dataFormat: 'json', transportType: 'esriTransportTypeEmbedded', f: 'json' },
  };
  const answer = await attempt(() => client.ask(url, query, { isPosted: true }));
  const edit = objects(answer?.edits).find((one) => String(one.id) === id);
  const ids = isObject(edit?.objectIds) ? edit.objectIds : null;
  if (ids === null || !Array.isArray(ids.adds) || !Array.isArray(ids.updates)) return null;
  const all = [...ids.adds, ...ids.updates].map(Number);
  return all.every(Number.isSafeInteger) ? all : null;
}

/** Ids of rows that were edited since a moment, by the field that keeps it; null where there is none. */
async function editedSince(
  queries: LayerQueries,
  layer: LayerInfo,
  { edit }: LayerMark,
): Promise<readonly number[] | null> {
  if (edit === null || layer.editField === null) return null;
  // A second earlier: fields and the moment of the layer may be of different precision.
  const moment = new Date(edit - 1000).toISOString().slice(0, 19).replace('T', ' ');
  const answer = await queries.ids(`${layer.editField} >= timestamp '${moment}'`);
  return answer === null || answer.exceeded ? null : answer.ids;
}

/**
 * What differs between a layer and the table that an earlier run made of it: by the server's own tracking of changes, else
 * by its edit dates; ids that only one side has came or went. null where that cannot be known, or is no less work than
 * all rows. `present` are the sorted ids of the layer, `held` those of the table.
 */
export async function changesOf(
  client: ArcgisClient,
  service: URL,
  queries: LayerQueries,
  layer: LayerInfo,
  marks: { readonly before: LayerMark | undefined; readonly now: LayerMark | undefined },
  ids: { readonly present: Float64Array; readonly held: HeldIds },
): Promise<Changes | null> {
  const { before, now } = marks;
  const { present, held } = ids;
  if (before === undefined || before.fields !== now?.fields || present.length > MOST_COMPARED) return null;
  const there = new Set(present);
  const known = new Set(held);
  // Rows of one id, or of none, cannot be told apart.
  if (there.size !== present.length || known.size !== held.length) return null;
  const isSame = before.edit !== null && before.edit === now.edit;
  const edited = isSame
    ? []
    : ((await trackedChanges(client, service, before)) ?? (await editedSince(queries, layer, before)));
  if (edited === null) return null;
  const wanted = new Set(edited.filter((id) => there.has(id)));
  for (const id of present) if (!known.has(id)) wanted.add(id);
  if (wanted.size > present.length * MOST_CHANGED) return null;
  return { ids: Float64Array.from(wanted).sort(), gone: held.filter((id) => !there.has(id)) };
}

/** The queries of a layer as if it had these rows alone. */
export const restrictedTo = (queries: LayerQueries, ids: Float64Array): LayerQueries => ({
  ...queries,
  count: async () => ids.length,
  ids: async (where) => (where === everything ? { ids: [...ids], exceeded: false, field: null } : null),
});

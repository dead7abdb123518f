import { computed, effect, type Signal, signal } from '@preact/signals';
import { type Analysis, analyze, awaitAnalysis, type Recipe } from './api/analyses.ts';
import { beginImport, findImport, type ImportStatus, type ImportWish, isEnded } from './api/imports.ts';
import type { NamedRecipe } from './api/recipes.ts';
import { ApiError, account } from './api/session.ts';
import type { Chosen } from './dropped-files.ts';
import { go } from './router.ts';
import { sendFile, toParcels } from './uploads.ts';

/** Something on its way to the server, from this window. */
export interface Sending {
  /** Tells those of this window apart. */
  readonly number: number;
  readonly name: string;
  /** null: a URL, of which nothing is sent. */
  readonly sizeBytes: number | null;
  readonly sentBytes: number;
  /** Milliseconds since 1970; null while it waits for its turn. */
  readonly beganMs: number | null;
  /** Why it did not come about. */
  readonly problem: string | null;
  readonly purpose: Purpose;
  readonly cancel: () => void;
}

/** To import at once, or to look first. */
type Purpose = 'import' | 'review';

/** What is under way from this window, newest first. */
export const sendings: Signal<readonly Signal<Sending>[]> = signal([]);

/** Whether single files and addresses are looked at first, and how all are read; null: found out. */
export const isReviewed = signal(false);
export const chosenRecipe = signal<NamedRecipe | null>(null);

const statuses = signal<ReadonlyMap<string, ImportStatus>>(new Map());
const hidden = signal<ReadonlySet<string>>(new Set());

/** The last imports of the account, newest first, as the server tells of them. */
export const imports = computed(() =>
  [...statuses.value.values()]
    .filter(({ id }) => !hidden.value.has(id))
    .toSorted((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at)),
);

const note = (status: ImportStatus): void => {
  statuses.value = new Map([...statuses.value, [status.id, status]]);
};

/** Takes an import off the list; what it made stays. */
export const dismiss = (id: string): void => {
  hidden.value = new Set([...hidden.value, id]);
};

/** Where the stream of events is cut off, imports are looked at one by one in this rhythm, in milliseconds. */
const LOOK_EVERY = 4_000;

/** Follows the imports of whoever is signed in, until the window closes. */
export function followImports(): void {
  let stream: EventSource | null = null;
  effect(() => {
    const isIn = typeof account.value === 'string';
    if (isIn === (stream !== null)) return;
    stream?.close();
    stream = null;
    if (isIn) {
      stream = new EventSource('/api/v1/imports/events');
      stream.onmessage = ({ data }) => note(JSON.parse(String(data)) as ImportStatus);
    } else {
      statuses.value = new Map();
      sendings.value = [];
      chosenRecipe.value = null;
    }
  });
  setInterval(() => {
    if (stream === null || stream.readyState === EventSource.OPEN) return;
    for (const { id } of [...statuses.value.values()].filter((one) => !isEnded(one))) {
      findImport(id).then(note, () => undefined);
    }
  }, LOOK_EVERY);
}

let begun = 0;

interface Task {
  readonly item: Signal<Sending>;
  readonly signal: AbortSignal;
}

function add(name: string, sizeBytes: number | null, purpose: Purpose): Task {
  const aborter = new AbortController();
  const item: Signal<Sending> = signal({
    number: ++begun,
    name,
    sizeBytes,
    sentBytes: 0,
    beganMs: null,
    problem: null,
    purpose,
    cancel: () => {
      aborter.abort();
      remove(item);
    },
  });
  sendings.value = [item, ...sendings.value];
  return { item, signal: aborter.signal };
}

const remove = (item: Signal<Sending>): void => {
  sendings.value = sendings.value.filter((other) => other !== item);
};

/** Does what is to be done and takes the task off the list, or leaves it there with its problem. */
async function run(task: Task, work: () => Promise<void>): Promise<void> {
  const { item, signal: gone } = task;
  if (gone.aborted) return;
  item.value = { ...item.value, beganMs: Date.now() };
  try {
    await work();
    remove(item);
  } catch (error) {
    if (gone.aborted) return;
    if (!(error instanceof ApiError)) throw error;
    item.value = { ...item.value, problem: error.message };
  }
}

/** Recipes that reviews of this window began with, by analysis. */
const begunWith = new Map<string, Recipe>();

/** The recipe that a review begins with. */
export const recipeOfReview = (analysisId: string): Recipe => begunWith.get(analysisId) ?? {};

/** Recipes that reviews of this window came to, by the import that was made of each. */
const cameTo = new Map<string, Recipe>();

/** The recipe of an import that was reviewed here; null of any other. */
export const recipeOfImport = (id: string): Recipe | null => cameTo.get(id) ?? null;

function showReview({ analysis_id: id }: Analysis, recipe: Recipe | null): void {
  if (recipe !== null) begunWith.set(id, recipe);
  go(`/app/review/${id}`);
}

const purposeNow = (): Purpose => (isReviewed.value ? 'review' : 'import');

/** Sends files one after the other, so that the first is a table soonest. Several are never reviewed: each is a page. */
export async function startFiles(chosen: readonly Chosen[]): Promise<void> {
  const wanted = purposeNow();
  const recipe = chosenRecipe.value?.recipe ?? null;
  const parcels = toParcels(chosen);
  const purpose = parcels.length === 1 ? wanted : 'import';
  const tasks = parcels.map((parcel) => ({ parcel, task: add(parcel.name, parcel.sizeBytes, purpose) }));
  for (const { parcel, task } of tasks) {
    const { item, signal: gone } = task;
    const sending = {
      signal: gone,
      onSent: (sentBytes: number) => {
        item.value = { ...item.value, sentBytes };
      },
    };
    await run(task, async () => {
      const file = await parcel.open();
      if (purpose === 'review') {
        const begun = await sendFile<Analysis>('/api/v1/imports/analyze', file, recipe, sending);
        showReview(await awaitAnalysis(begun), recipe);
      } else {
        const { item_queue_id: id } = await sendFile<{ item_queue_id: string }>(
          '/api/v1/imports',
          file,
          recipe,
          sending,
        );
        note(await findImport(id));
      }
    });
  }
}

/** Begins the import of a URL, or a look at it. */
export async function startUrl(url: string): Promise<void> {
  const purpose = purposeNow();
  const recipe = chosenRecipe.value?.recipe ?? null;
  const wish = { url, ...(recipe === null ? {} : { recipe }) };
  const task = add(url, null, purpose);
  await run(task, async () => {
    if (purpose === 'review') showReview(await analyze(wish, task.signal), recipe);
    else note(await findImport(await beginImport(wish, task.signal)));
  });
}

/** Begins imports from other servers, one after the other as there are slots. */
export function startWishes(wishes: readonly { readonly name: string; readonly wish: ImportWish }[]): void {
  const tasks = wishes.map(({ name, wish }) => ({ wish, task: add(name, null, 'import') }));
  void (async () => {
    for (const { wish, task } of tasks) {
      await run(task, async () => {
        // The server knows of other servers' files and layers their ids alone.
        const named = { ...wish, display_name: task.item.value.name };
        note(await findImport(await beginImport(named, task.signal)));
      });
    }
  })();
}

/** Imports what was reviewed, and shows it among the imports with the recipe `whole` that it comes to. */
export async function startReviewed(id: string, recipe: Recipe, whole: Recipe): Promise<void> {
  const begunId = await beginImport({ analysis_id: id, recipe });
  cameTo.set(begunId, whole);
  note(await findImport(begunId));
  go('/');
}

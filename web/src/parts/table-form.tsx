import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { type Dataset, listDatasets } from '../api/datasets.ts';
import { texts } from '../texts.ts';
import { attempt } from './attempt.ts';
import { Checklist } from './checklist.tsx';
import { useLoaded } from './load.ts';
import { Problem, Shown } from './notice.tsx';

/** What a form says, in words. */
interface Words {
  readonly create: string;
  readonly name: string;
  readonly tables: string;
  readonly submit: string;
}

/** A button that opens a form for something that has a name and is made of tables. */
export function TableForm({
  words,
  mostName,
  most = Number.POSITIVE_INFINITY,
  hintOf,
  children,
  onSubmit,
}: {
  readonly words: Words;
  /** Characters of a name. */
  readonly mostName: number;
  /** Tables that may be ticked. */
  readonly most?: number;
  readonly hintOf: (table: Dataset) => string;
  /** Fields besides. */
  readonly children?: ComponentChildren;
  /** Makes it; the form closes when that is done, and shows an ApiError. */
  readonly onSubmit: (name: string, tables: readonly string[], form: FormData) => Promise<void>;
}): JSX.Element {
  const isOpen = useSignal(false);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const problem = useSignal<string | null>(null);
  const loaded = useLoaded(listDatasets, [isOpen.value]);

  function make(event: SubmitEvent): void {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    void attempt(problem, async () => {
      await onSubmit(String(form.get('name')).trim(), [...chosen.value], form);
      chosen.value = new Set();
      isOpen.value = false;
    });
  }

  if (!isOpen.value) {
    return (
      <p>
        <button
          type="button"
          class="main"
          onClick={() => {
            isOpen.value = true;
          }}
        >
          {words.create}
        </button>
      </p>
    );
  }
  return (
    <form class="card stack source" onSubmit={make}>
      <label>
        {words.name}
        <input name="name" required maxLength={mostName} autocomplete="off" />
      </label>
      <Shown loaded={loaded.value}>
        {(tables) => (
          <Checklist
            label={words.tables}
            choices={tables.map((table) => ({ id: table.name, label: table.name, hint: hintOf(table) }))}
            chosen={chosen}
          />
        )}
      </Shown>
      {children}
      {problem.value === null ? null : <Problem text={problem.value} />}
      <p class="row start">
        <button type="submit" class="main" disabled={chosen.value.size > most}>
          {words.submit}
        </button>
        <button
          type="button"
          class="plain"
          onClick={() => {
            isOpen.value = false;
          }}
        >
          {texts.close}
        </button>
      </p>
    </form>
  );
}

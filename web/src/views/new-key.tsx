import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { listDatasets } from '../api/datasets.ts';
import { createKey, type Key } from '../api/keys.ts';
import { attempt } from '../parts/attempt.ts';
import { Checklist } from '../parts/checklist.tsx';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { texts } from '../texts.ts';

/** A form for a key that reads some tables. */
export function NewKey({ onMade }: { readonly onMade: (key: Key) => void }): JSX.Element {
  const isOpen = useSignal(false);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const problem = useSignal<string | null>(null);
  const loaded = useLoaded(listDatasets, []);

  function make(event: SubmitEvent): void {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    void attempt(problem, async () => {
      onMade(await createKey(name, [...chosen.value]));
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
          {texts.keys.create}
        </button>
      </p>
    );
  }
  return (
    <form class="card stack source" onSubmit={make}>
      <label>
        {texts.keys.name}
        <input name="name" required maxLength={100} autocomplete="off" />
      </label>
      <Shown loaded={loaded.value}>
        {(tables) => (
          <Checklist
            label={texts.keys.tables}
            choices={tables.map(({ name, rows, privacy }) => ({
              id: name,
              label: name,
              hint: `${texts.rows(rows)} · ${texts.privacy[privacy]}`,
            }))}
            chosen={chosen}
          />
        )}
      </Shown>
      {problem.value === null ? null : <Problem text={problem.value} />}
      <p class="row start">
        <button type="submit" class="main">
          {texts.keys.submit}
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

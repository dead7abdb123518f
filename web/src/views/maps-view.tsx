import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { listDatasets } from '../api/datasets.ts';
import { createMap, here, listMaps, type SavedMap } from '../api/maps.ts';
import { agoText } from '../format.ts';
import { attempt } from '../parts/attempt.ts';
import { Checklist } from '../parts/checklist.tsx';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { go } from '../router.ts';
import { texts } from '../texts.ts';

/** All maps of the account, and a form for one more. */
export function MapsView(): JSX.Element {
  const loaded = useLoaded(listMaps, []);
  return (
    <>
      <h1>{texts.nav.maps}</h1>
      <NewMap />
      <Shown loaded={loaded.value}>
        {(maps) =>
          maps.length === 0 ? (
            <p class="empty">{texts.maps.none}</p>
          ) : (
            <ul class="maps">
              {maps.map((map) => (
                <MapCard key={map.id} map={map} />
              ))}
            </ul>
          )
        }
      </Shown>
    </>
  );
}

function MapCard({ map }: { readonly map: SavedMap }): JSX.Element {
  return (
    <li class="card">
      <a href={`/app/maps/${map.id}`}>
        <img src={here(map.preview_url)} alt="" width="600" height="400" loading="lazy" />
        <strong class="name">{map.name}</strong>
      </a>
      <p class="hint">
        {texts.maps.layers(map.layers.length)} · {texts.dataset.changed(agoText(map.updated_at))}
        <span class="tag">{texts.privacy[map.privacy]}</span>
      </p>
    </li>
  );
}

/** Layers that a map may have. */
export const MOST_LAYERS = 10;

function NewMap(): JSX.Element {
  const isOpen = useSignal(false);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const problem = useSignal<string | null>(null);
  const loaded = useLoaded(listDatasets, []);

  function make(event: SubmitEvent): void {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    void attempt(problem, async () => go(`/app/maps/${(await createMap(name, [...chosen.value])).id}`));
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
          {texts.maps.create}
        </button>
      </p>
    );
  }
  return (
    <form class="card stack source" onSubmit={make}>
      <label>
        {texts.maps.name}
        <input name="name" required maxLength={200} autocomplete="off" />
      </label>
      <Shown loaded={loaded.value}>
        {(tables) => (
          <Checklist
            label={texts.maps.tables(MOST_LAYERS)}
            choices={tables.map(({ name, rows }) => ({ id: name, label: name, hint: texts.rows(rows) }))}
            chosen={chosen}
          />
        )}
      </Shown>
      {problem.value === null ? null : <Problem text={problem.value} />}
      <p class="row start">
        <button type="submit" class="main" disabled={chosen.value.size > MOST_LAYERS}>
          {texts.maps.submit}
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

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { removeMap } from '../api/maps.ts';
import type { StyledMap } from '../map/style-map.ts';
import { attempt } from '../parts/attempt.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useDraft } from '../parts/field.tsx';
import { Problem } from '../parts/notice.tsx';
import { go } from '../router.ts';
import { texts } from '../texts.ts';
import type { Edited } from './map-view.tsx';

interface Props extends Edited {
  /** What is looked at now; null where the map is not there. */
  readonly viewOf: () => ReturnType<StyledMap['view']> | null;
}

/** What a map is called, where it begins, and its end. */
export function MapSettings({ map, save, viewOf }: Props): JSX.Element {
  const name = useDraft(map.name);
  const description = useDraft(map.description);
  const isEnding = useSignal(false);
  const problem = useSignal<string | null>(null);
  return (
    <div class="stack">
      <label>
        {texts.maps.name}
        <input
          maxLength={200}
          value={name.value}
          onInput={({ currentTarget }) => {
            name.value = currentTarget.value;
          }}
          onChange={() => {
            const given = name.value.trim();
            if (given === '') name.value = map.name;
            else save(() => ({ name: given }));
          }}
        />
      </label>
      <label>
        {texts.settings.description}
        <textarea
          rows={3}
          maxLength={5000}
          value={description.value}
          onInput={({ currentTarget }) => {
            description.value = currentTarget.value;
          }}
          onChange={({ currentTarget: { value } }) => save(() => ({ description: value }))}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={map.legend}
          onChange={({ currentTarget: { checked: legend } }) => save(() => ({ legend }))}
        />
        {texts.maps.hasLegend}
      </label>
      <p class="row start">
        <button
          type="button"
          onClick={() => {
            const view = viewOf();
            if (view !== null) save(() => view);
          }}
        >
          {texts.maps.beginHere}
        </button>
        {map.center === null ? null : (
          <button type="button" class="plain" onClick={() => save(() => ({ center: null, zoom: null }))}>
            {texts.maps.beginWhole}
          </button>
        )}
      </p>
      <p class="hint">{map.center === null ? texts.maps.beginsWhole : texts.maps.beginsSet}</p>
      <p>
        <button
          type="button"
          class="plain bad"
          onClick={() => {
            isEnding.value = true;
          }}
        >
          {texts.maps.remove}
        </button>
      </p>
      {isEnding.value ? (
        <Dialog
          title={texts.maps.remove}
          onClose={() => {
            isEnding.value = false;
          }}
        >
          <p>{texts.maps.removeExplained}</p>
          {problem.value === null ? null : <Problem text={problem.value} />}
          <button
            type="button"
            class="main"
            onClick={() =>
              void attempt(problem, async () => {
                await removeMap(map.id);
                go('/app/maps');
              })
            }
          >
            {texts.maps.remove}
          </button>
        </Dialog>
      ) : null}
    </div>
  );
}

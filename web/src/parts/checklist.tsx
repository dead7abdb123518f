import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { countText } from '../format.ts';
import { texts } from '../texts.ts';

/** Something that can be ticked. */
export interface Choice {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
}

/** Choices that are drawn at once; more are found by their name. */
const MOST_SHOWN = 300;

/** Things to tick, found by a part of their name. */
export function Checklist({
  label,
  choices,
  chosen,
}: {
  readonly label: string;
  readonly choices: readonly Choice[];
  /** Ids of what is ticked. */
  readonly chosen: Signal<ReadonlySet<string>>;
}): JSX.Element {
  const wanted = useSignal('');
  const found = choices.filter((one) => one.label.toLowerCase().includes(wanted.value.toLowerCase()));
  const shown = found.slice(0, MOST_SHOWN);
  const areAll = found.length > 0 && found.every(({ id }) => chosen.value.has(id));
  const tick = (ids: readonly string[], isTicked: boolean): void => {
    const others = [...chosen.value].filter((id) => !ids.includes(id));
    chosen.value = new Set(isTicked ? [...others, ...ids] : others);
  };
  return (
    <fieldset class="checklist">
      <legend>{label}</legend>
      <div class="row start">
        <label class="check">
          <input
            type="checkbox"
            checked={areAll}
            onChange={({ currentTarget }) =>
              tick(
                found.map(({ id }) => id),
                currentTarget.checked,
              )
            }
          />
          {texts.choose.all(countText(found.length))}
        </label>
        <input
          type="search"
          aria-label={texts.choose.filter}
          placeholder={texts.choose.filter}
          value={wanted.value}
          onInput={({ currentTarget }) => {
            wanted.value = currentTarget.value;
          }}
        />
      </div>
      <ul>
        {shown.map(({ id, label: name, hint }) => (
          <li key={id}>
            <label class="check">
              <input
                type="checkbox"
                checked={chosen.value.has(id)}
                onChange={({ currentTarget }) => tick([id], currentTarget.checked)}
              />
              <span class="choice-name">{name}</span>
              <span class="hint">{hint}</span>
            </label>
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p class="empty">{texts.choose.none}</p> : null}
      {found.length > shown.length ? (
        <p class="hint">{texts.choose.more(countText(found.length - shown.length))}</p>
      ) : null}
    </fieldset>
  );
}

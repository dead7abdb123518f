import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly show: () => JSX.Element;
}

/** Tabs as the ARIA practices have them: arrow keys move between them, only the chosen one takes part in Tab. */
export function Tabs({
  tabs,
  label,
  chosen,
}: {
  readonly tabs: readonly Tab[];
  readonly label: string;
  readonly chosen: Signal<string>;
}): JSX.Element {
  const list = useSignal<HTMLElement | null>(null);
  const current = tabs.find(({ id }) => id === chosen.value) ?? tabs[0];
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || current === undefined) return;
    const next = tabs.at((tabs.indexOf(current) + step) % tabs.length);
    chosen.value = next?.id ?? chosen.value;
    list.value?.querySelector<HTMLElement>(`#tab-${chosen.value}`)?.focus();
  };
  return (
    <>
      <div
        class="tabs"
        role="tablist"
        aria-label={label}
        onKeyDown={move}
        ref={(element) => {
          list.value = element;
        }}
      >
        {tabs.map(({ id, label: name }) => (
          <button
            key={id}
            id={`tab-${id}`}
            type="button"
            role="tab"
            aria-selected={id === current?.id}
            aria-controls="tab-panel"
            tabIndex={id === current?.id ? 0 : -1}
            onClick={() => {
              chosen.value = id;
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${current?.id}`} tabIndex={-1} key={current?.id}>
        {current?.show()}
      </div>
    </>
  );
}

import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

/** What is being typed: `value` until then, and again whenever that changes. It outlives that the page redraws. */
export function useDraft(value: string): Signal<string> {
  const draft = useSignal(value);
  useEffect(() => {
    draft.value = value;
  }, [value, draft]);
  return draft;
}

/** A field whose text counts when it is left or Enter is pressed; what is being typed outlives that the page redraws. */
export function Field({
  label,
  value,
  class: look,
  onCommit,
}: {
  readonly label: string;
  readonly value: string;
  readonly class?: string;
  readonly onCommit: (value: string) => void;
}): JSX.Element {
  const draft = useDraft(value);
  return (
    <input
      class={look}
      aria-label={label}
      value={draft.value}
      onInput={({ currentTarget }) => {
        draft.value = currentTarget.value;
      }}
      onChange={({ currentTarget }) => onCommit(currentTarget.value)}
    />
  );
}

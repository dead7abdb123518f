import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

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
  const draft = useSignal(value);
  useEffect(() => {
    draft.value = value;
  }, [value, draft]);
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

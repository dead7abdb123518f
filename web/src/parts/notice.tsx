import type { ComponentChildren, JSX } from 'preact';
import { texts } from '../texts.ts';
import type { Loaded } from './load.ts';

/** Shows what was asked for, or that it is on its way, or why it is not there. */
export function Shown<T>({
  loaded,
  children,
}: {
  readonly loaded: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}): JSX.Element {
  if (loaded.problem !== null) return <Problem text={loaded.problem} />;
  if (loaded.value === null)
    return (
      <p class="empty" aria-busy="true">
        {texts.loading}
      </p>
    );
  return <>{children(loaded.value)}</>;
}

/** A sentence about what went wrong. */
export function Problem({ text }: { readonly text: string }): JSX.Element {
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

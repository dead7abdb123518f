import type { ComponentChildren, JSX } from 'preact';

/** Something wider or longer than its place: it scrolls by itself, by keyboard too. */
export function Scroller({
  label,
  class: look = '',
  isBusy = false,
  children,
}: {
  /** What it holds, for those who do not see it. */
  readonly label: string;
  readonly class?: string;
  readonly isBusy?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class={`scroller ${look}`} tabIndex={0} aria-label={label} aria-busy={isBusy}>
      {children}
    </section>
  );
}

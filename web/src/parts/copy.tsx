import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { texts } from '../texts.ts';

/** Text to be taken over elsewhere, with a button that does it. */
export function Snippet({ title, text }: { readonly title: string; readonly text: string }): JSX.Element {
  const isCopied = useSignal(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text);
    isCopied.value = true;
    setTimeout(() => {
      isCopied.value = false;
    }, 2000);
  }
  return (
    <figure class="snippet">
      <figcaption>
        <span>{title}</span>
        <button type="button" class="plain" aria-label={texts.copyOf(title)} onClick={() => void copy()}>
          {isCopied.value ? texts.copied : texts.copy}
        </button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { ImportWish } from '../api/imports.ts';
import { ApiError } from '../api/session.ts';
import { createSync } from '../api/syncs.ts';
import { startWishes } from '../imports.ts';
import { Problem } from '../parts/notice.tsx';
import { texts } from '../texts.ts';
import { intervals } from './syncs-view.tsx';

/** Something of another server that was ticked. */
export interface Taken {
  readonly name: string;
  readonly wish: ImportWish;
}

/** Imports what was ticked once, or keeps it as its source is. */
export function TakeChosen({
  taken,
  onTaken,
}: {
  readonly taken: readonly Taken[];
  /** Told when all of it is on its way. */
  readonly onTaken: () => void;
}): JSX.Element {
  const interval = useSignal('');
  const kept = useSignal(0);
  const isBusy = useSignal(false);
  const problems = useSignal<readonly string[]>([]);

  async function keep(): Promise<void> {
    isBusy.value = true;
    kept.value = 0;
    problems.value = [];
    for (const { name, wish } of taken) {
      try {
        await createSync(wish, Number(interval.value));
        kept.value++;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        problems.value = [...problems.value, texts.choose.failed(name, error.message)];
      }
    }
    isBusy.value = false;
    if (problems.value.length === 0) onTaken();
  }

  return (
    <>
      <div class="row start">
        <select
          aria-label={texts.choose.often}
          value={interval.value}
          onChange={({ currentTarget }) => {
            interval.value = currentTarget.value;
          }}
        >
          <option value="">{texts.choose.once}</option>
          {intervals.map((seconds) => (
            <option key={seconds} value={String(seconds)}>
              {texts.choose.keep(texts.syncs.every(seconds))}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="main"
          disabled={taken.length === 0 || isBusy.value}
          onClick={() => {
            if (interval.value !== '') return void keep();
            startWishes(taken);
            onTaken();
          }}
        >
          {texts.choose.take(taken.length)}
        </button>
        <span role="status">
          {kept.value === 0 ? null : (
            <>
              {texts.choose.kept(kept.value)} <a href="/app/syncs">{texts.nav.syncs}</a>
            </>
          )}
        </span>
      </div>
      {problems.value.map((text) => (
        <Problem key={text} text={text} />
      ))}
    </>
  );
}

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { ApiError } from '../api/session.ts';
import { changeSync, findSync, removeSync, runSync, type Sync } from '../api/syncs.ts';
import { agoText } from '../format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { go } from '../router.ts';
import { sourceText } from '../sync-source.ts';
import { texts } from '../texts.ts';
import { RunsOf } from './sync-runs.tsx';
import { intervals } from './syncs-view.tsx';

/** One synchronization: its state, its settings and its runs. */
export function SyncView({ id }: { readonly id: string }): JSX.Element {
  const again = useSignal(0);
  const loaded = useLoaded(() => findSync(id), [id, again.value]);
  return (
    <Shown loaded={loaded.value}>
      {(sync) => (
        <>
          <div class="page-head">
            <h1>{sync.name ?? texts.syncs.unnamed}</h1>
            <p class="hint address">{sourceText(sync)}</p>
          </div>
          <Controls
            sync={sync}
            onChange={() => {
              again.value++;
            }}
          />
          <h2>{texts.dataset.runs}</h2>
          <RunsOf id={id} reasons={[again.value]} />
        </>
      )}
    </Shown>
  );
}

function Controls({ sync, onChange }: { readonly sync: Sync; readonly onChange: () => void }): JSX.Element {
  const told = useSignal<string | null>(null);
  const problem = useSignal<string | null>(null);
  const isEnding = useSignal(false);

  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      problem.value = null;
      await work();
      onChange();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
    }
  }

  return (
    <section class="card">
      <p class="row start">
        <span>
          <span class={`dot ${sync.state}`} aria-hidden="true" />
          {texts.syncs.states[sync.state]}
        </span>
        <span class="hint">{texts.syncs.nextRun(agoText(sync.run_at))}</span>
        <select
          aria-label={texts.syncs.interval}
          value={String(sync.interval)}
          onChange={({ currentTarget }) =>
            void attempt(async () => void (await changeSync(sync.id, Number(currentTarget.value))))
          }
        >
          {[...new Set([...intervals, sync.interval])].map((seconds) => (
            <option key={seconds} value={String(seconds)}>
              {texts.syncs.every(seconds)}
            </option>
          ))}
        </select>
        <button
          type="button"
          onClick={() =>
            void attempt(async () => {
              told.value = (await runSync(sync.id)) ? texts.syncs.begun : texts.syncs.notNow;
            })
          }
        >
          {texts.syncs.runNow}
        </button>
        {sync.name === null ? null : (
          <a class="button" href={`/app/datasets/${encodeURIComponent(sync.name)}`}>
            {texts.import.open}
          </a>
        )}
        <button
          type="button"
          class="plain bad"
          onClick={() => {
            isEnding.value = true;
          }}
        >
          {texts.syncs.stop}
        </button>
        <span role="status">{told.value}</span>
      </p>
      {sync.error_message === null ? null : <Problem text={sync.error_message} />}
      {problem.value === null ? null : <Problem text={problem.value} />}
      {isEnding.value ? (
        <Dialog
          title={texts.syncs.stop}
          onClose={() => {
            isEnding.value = false;
          }}
        >
          <p>{texts.syncs.stopExplained}</p>
          <button
            type="button"
            class="main"
            onClick={() =>
              void attempt(async () => {
                await removeSync(sync.id);
                go('/app/syncs');
              })
            }
          >
            {texts.syncs.stop}
          </button>
        </Dialog>
      ) : null}
    </section>
  );
}

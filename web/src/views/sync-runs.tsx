import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { ApiError } from '../api/session.ts';
import { listChanges, listRuns, rollBack, type SyncChange, type SyncRun } from '../api/syncs.ts';
import { agoText, countText } from '../format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { Scroller } from '../parts/scroller.tsx';
import { texts } from '../texts.ts';

/** The runs of a synchronization, with what each changed and the way back to it. */
export function RunsOf({
  id,
  reasons = [],
}: {
  readonly id: string;
  readonly reasons?: readonly unknown[];
}): JSX.Element {
  const again = useSignal(0);
  const loaded = useLoaded(() => listRuns(id), [id, again.value, ...reasons]);
  const changesOf = useSignal<string | null>(null);
  const back = useSignal<SyncRun | null>(null);
  return (
    <>
      <Shown loaded={loaded.value}>
        {(runs) => (
          <Scroller label={texts.dataset.runs}>
            <table class="list">
              <thead>
                <tr>
                  <th scope="col">{texts.runs.when}</th>
                  <th scope="col">{texts.runs.why}</th>
                  <th scope="col">{texts.runs.outcome}</th>
                  <th scope="col" class="number">
                    {texts.runs.inserted}
                  </th>
                  <th scope="col" class="number">
                    {texts.runs.updated}
                  </th>
                  <th scope="col" class="number">
                    {texts.runs.deleted}
                  </th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {runs.map((run, at) => (
                  <Run key={run.id} run={run} isLast={at === 0} changesOf={changesOf} back={back} />
                ))}
              </tbody>
            </table>
          </Scroller>
        )}
      </Shown>
      {changesOf.value === null ? null : <Changes id={id} run={changesOf} />}
      {back.value === null ? null : (
        <RollBack
          id={id}
          run={back}
          onDone={() => {
            again.value++;
          }}
        />
      )}
    </>
  );
}

function Run({
  run,
  isLast,
  changesOf,
  back,
}: {
  readonly run: SyncRun;
  readonly isLast: boolean;
  readonly changesOf: Signal<string | null>;
  readonly back: Signal<SyncRun | null>;
}): JSX.Element {
  const hasChanged = run.outcome === 'changed';
  return (
    <tr>
      <th scope="row">{agoText(run.started_at)}</th>
      <td>{texts.runs.triggers[run.trigger]}</td>
      <td>
        {run.outcome === null ? texts.runs.running : texts.runs.outcomes[run.outcome]}
        {run.error_message === null ? null : <p class="problem">{run.error_message}</p>}
      </td>
      <td class="number">{countText(run.rows_inserted)}</td>
      <td class="number">{countText(run.rows_updated)}</td>
      <td class="number">{countText(run.rows_deleted)}</td>
      <td class="actions">
        {hasChanged && run.trigger !== 'first' ? (
          <button
            type="button"
            class="small"
            onClick={() => {
              changesOf.value = run.id;
            }}
          >
            {texts.runs.differences}
          </button>
        ) : null}
        {hasChanged && !isLast ? (
          <button
            type="button"
            class="small"
            onClick={() => {
              back.value = run;
            }}
          >
            {texts.runs.rollBack}
          </button>
        ) : null}
      </td>
    </tr>
  );
}

function Changes({ id, run }: { readonly id: string; readonly run: Signal<string | null> }): JSX.Element {
  const loaded = useLoaded(() => listChanges(id, run.value ?? ''), [run.value]);
  return (
    <Dialog
      title={texts.runs.differences}
      onClose={() => {
        run.value = null;
      }}
    >
      <Shown loaded={loaded.value}>
        {(changes) =>
          changes.length === 0 ? (
            <p class="empty">{texts.runs.noDifferences}</p>
          ) : (
            <ul class="changes">
              {changes.map((change) => (
                <Change key={change.number} change={change} />
              ))}
            </ul>
          )
        }
      </Shown>
    </Dialog>
  );
}

/** Values that a change made other: of a new or a removed row all that there are. */
function Change({ change }: { readonly change: SyncChange }): JSX.Element {
  const { before, after, kind } = change;
  const names = Object.keys(after ?? before ?? {}).filter(
    (name) => name !== 'the_geom_webmercator' && before?.[name] !== after?.[name],
  );
  return (
    <li class={`change ${kind}`}>
      <p>
        <strong>{texts.runs.kinds[kind]}</strong> <span class="hint">{texts.grid.row(String(change.cartodb_id))}</span>
      </p>
      <dl class="row-values">
        {names.map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {before === null ? null : <del>{before[name] ?? 'null'}</del>}{' '}
              {after === null ? null : <ins>{after[name] ?? 'null'}</ins>}
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function RollBack({
  id,
  run,
  onDone,
}: {
  readonly id: string;
  readonly run: Signal<SyncRun | null>;
  readonly onDone: () => void;
}): JSX.Element {
  const problem = useSignal<string | null>(null);
  async function doIt(): Promise<void> {
    try {
      await rollBack(id, run.value?.id ?? '');
      run.value = null;
      onDone();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
    }
  }
  return (
    <Dialog
      title={texts.runs.rollBack}
      onClose={() => {
        run.value = null;
      }}
    >
      <p>{texts.runs.rollBackExplained(agoText(run.value?.started_at ?? ''))}</p>
      {problem.value === null ? null : <Problem text={problem.value} />}
      <button type="button" class="main" onClick={() => void doIt()}>
        {texts.runs.rollBack}
      </button>
    </Dialog>
  );
}

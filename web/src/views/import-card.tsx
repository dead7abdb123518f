import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { cancelImport, findRejects, type ImportStatus, isEnded, type RejectPage } from '../api/imports.ts';
import { agoText, bytesText, countText, durationText, geometryText } from '../format.ts';
import { dismiss, recipeOfImport, type Sending } from '../imports.ts';
import { useLoaded } from '../parts/load.ts';
import { RecipeKeep } from '../parts/recipe-keep.tsx';
import { texts } from '../texts.ts';

/** Milliseconds since 1970, once a second while the component is there. */
function useNow(isRunning: boolean): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  }, [isRunning, now]);
  return now.value;
}

/** Something on its way to the server. */
export function SendingCard({ item }: { readonly item: Signal<Sending> }): JSX.Element {
  const { name, sizeBytes, sentBytes, beganMs, problem, purpose, cancel } = item.value;
  const now = useNow(problem === null);
  const isFailed = problem !== null;
  const isSent = sizeBytes === null || sentBytes >= sizeBytes;
  const waiting = beganMs === null ? texts.import.states.pending : texts.import.states.sending;
  const looking = isSent && beganMs !== null && purpose === 'review' ? texts.import.looking : waiting;
  // The first second says nothing about the rest.
  const seconds = beganMs === null ? 0 : (now - beganMs) / 1000;
  const left = seconds > 1 && sentBytes > 0 && sizeBytes !== null ? (seconds / sentBytes) * (sizeBytes - sentBytes) : 0;
  return (
    <li class={`card ${isFailed ? 'failed' : 'busy'}`}>
      <div class="card-head">
        <strong class="name">{name}</strong>
        <span class="state">{isFailed ? texts.import.states.failure : looking}</span>
        <button type="button" class="plain" onClick={cancel}>
          {isFailed ? texts.import.dismiss : texts.import.cancel}
        </button>
      </div>
      {isFailed ? (
        <p class="problem">{problem}</p>
      ) : isSent ? (
        <progress aria-label={looking} />
      ) : (
        <>
          <progress max={sizeBytes} value={sentBytes} aria-label={looking} />
          <p class="hint">
            {texts.import.sent(bytesText(sentBytes), bytesText(sizeBytes))}
            {left > 0 ? ` · ${texts.import.left(durationText(left))}` : ''}
          </p>
        </>
      )}
    </li>
  );
}

/** An import as the server tells of it. */
export function ImportCard({ status }: { readonly status: ImportStatus }): JSX.Element {
  const { state } = status;
  const isDone = state === 'complete';
  const isFailed = state === 'failure';
  const recipe = recipeOfImport(status.id);
  // All of the tables of a raster are rasters.
  const isPictured = status.is_raster;
  return (
    <li class={`card ${isFailed ? 'failed' : isDone ? 'done' : 'busy'}`}>
      <div class="card-head">
        <strong class="name">{status.display_name}</strong>
        <span class="when">{isEnded(status) ? agoText(status.updated_at) : ''}</span>
        <span class="state">{texts.import.states[state]}</span>
        {isEnded(status) ? (
          <button type="button" class="plain" aria-label={texts.import.dismiss} onClick={() => dismiss(status.id)}>
            ×
          </button>
        ) : (
          <button type="button" class="plain" onClick={() => void cancelImport(status.id)}>
            {texts.import.cancel}
          </button>
        )}
      </div>
      {isEnded(status) ? null : <Progress status={status} />}
      {isFailed ? <Failure status={status} /> : null}
      {recipe === null ? null : (
        <details class="warnings">
          <summary>{texts.review.recipe}</summary>
          <RecipeKeep recipe={recipe} name={status.display_name.replace(/\.[^.]*$/, '')} />
        </details>
      )}
      {status.tables === null ? null : (
        <ul class="tables">
          {status.tables.map((table) => (
            <li key={table.id}>
              <a class="table-link" href={`/app/datasets/${table.id}`}>
                {table.name}
              </a>
              <span>{texts.rows(table.rows)}</span>
              {table.geometry_type === null ? null : <span class="tag">{geometryText(table.geometry_type)}</span>}
              {isPictured ? <span class="tag">{texts.datasets.raster}</span> : null}
              <Warnings warnings={table.warnings} />
              <a class="button small open" href={`/app/datasets/${table.id}`}>
                {table.geometry_type === null && !isPictured ? texts.import.open : texts.import.openMap}
              </a>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

const stages: readonly ImportStatus['state'][] = ['uploading', 'unpacking', 'importing', 'complete'];

function Progress({ status }: { readonly status: ImportStatus }): JSX.Element {
  const now = useNow(true);
  // What was imported is looked at next, on a map: whoever waits need not wait for that too.
  useEffect(() => void import('../map/table-map.ts').then(({ prepareMaps }) => prepareMaps()), []);
  const { rows, bytes } = status.progress;
  const seconds = (now - Date.parse(status.created_at)) / 1000;
  const at = stages.indexOf(status.state);
  const parts = [
    ...(rows > 0 ? [texts.rows(rows)] : []),
    ...(bytes > 0 ? [bytesText(bytes)] : []),
    ...(rows > 0 && seconds > 2 ? [texts.import.perSecond(countText(rows / seconds))] : []),
    ...(seconds > 1 ? [texts.import.elapsed(durationText(seconds))] : []),
  ];
  return (
    <>
      <ol class="stages" aria-hidden="true">
        {stages.map((stage, index) => (
          <li key={stage} class={index < at ? 'past' : index === at ? 'now' : ''} />
        ))}
      </ol>
      <progress aria-label={texts.import.states[status.state]} />
      <p class="hint">{parts.join(' · ')}</p>
    </>
  );
}

/** What went wrong, where, and what to do; with the rows that are to blame, where there are such. */
function Failure({ status }: { readonly status: ImportStatus }): JSX.Element {
  const rejects = useLoaded<RejectPage>(() => findRejects(status.id, 5), [status.id]);
  const { get_error_text: told, error_code: code } = status;
  const page = rejects.value.value;
  return (
    <div class="failure">
      {told === null ? null : (
        <p class="problem">
          <strong>{told.title}.</strong> {told.what_about} <a href="/docs#errors">{texts.import.code(code ?? 0)}</a>
        </p>
      )}
      {page === null || page.total_entries === 0 ? null : (
        <table class="facts">
          <caption>{texts.import.offending(page.total_entries)}</caption>
          <thead>
            <tr>
              <th scope="col">{texts.rejects.row}</th>
              <th scope="col">{texts.rejects.column}</th>
              <th scope="col">{texts.rejects.value}</th>
            </tr>
          </thead>
          <tbody>
            {page.rejects.map(({ row, column, raw }) => (
              <tr key={`${row} ${column}`}>
                <td>{countText(row)}</td>
                <td>{column ?? texts.rejects.wholeRow}</td>
                <td>
                  <code>{raw}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** Warnings that are counts, as one line each; the rest is a number of remarks. */
export function Warnings({
  warnings,
}: {
  readonly warnings: Readonly<Record<string, unknown>> | null;
}): JSX.Element | null {
  const told = Object.entries(warnings ?? {});
  if (told.length === 0) return null;
  return (
    <details class="warnings">
      <summary>{texts.import.warnings(told.length)}</summary>
      <dl>
        {told.map(([name, value]) => (
          <div key={name}>
            <dt>{name.replaceAll('_', ' ')}</dt>
            <dd>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { filesOf } from '../dropped-files.ts';
import { bytesText } from '../format.ts';
import { dismiss, type FollowedImport, followed, startFiles, startUrl } from '../imports.ts';
import { texts } from '../texts.ts';

/** Files and addresses in, tables out. A file may be dropped anywhere on the page. */
export function ImportView(): JSX.Element {
  const isOver = useSignal(false);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      isOver.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      isOver.value = false;
      if (event.dataTransfer !== null) void filesOf(event.dataTransfer).then(startFiles);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, [isOver]);

  function submitUrl(event: SubmitEvent): void {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const url = String(new FormData(event.currentTarget).get('url')).trim();
    event.currentTarget.reset();
    if (url !== '') void startUrl(url);
  }

  return (
    <>
      <h1>{texts.import.title}</h1>
      <section class={`drop ${isOver.value ? 'over' : ''}`} aria-label={texts.import.drop}>
        <p class="drop-words">{isOver.value ? texts.import.dropNow : texts.import.drop}</p>
        <input
          ref={input}
          id="files"
          class="unseen"
          type="file"
          multiple
          onChange={({ currentTarget }) => {
            void startFiles(Array.from(currentTarget.files ?? []));
            currentTarget.value = '';
          }}
        />
        <label class="button main" for="files">
          {texts.import.choose}
        </label>
        <form class="row" onSubmit={submitUrl}>
          <label for="url">{texts.import.or}</label>
          <input id="url" name="url" type="url" required placeholder="https://" aria-label={texts.import.url} />
          <button type="submit">{texts.import.submitUrl}</button>
        </form>
      </section>
      {followed.value.length === 0 ? <p class="empty">{texts.import.none}</p> : null}
      <ul class="imports" aria-live="polite">
        {followed.value.map((item) => (
          <ImportItem key={item.value.number} item={item} />
        ))}
      </ul>
    </>
  );
}

function ImportItem({ item }: { readonly item: Signal<FollowedImport> }): JSX.Element {
  const { name, sizeBytes, sentBytes, status, problem } = item.value;
  const state = status?.state ?? 'sending';
  const isFailed = problem !== null || state === 'failure';
  const isDone = state === 'complete';
  return (
    <li class={`card ${isFailed ? 'failed' : isDone ? 'done' : 'busy'}`}>
      <div class="card-head">
        <strong class="name">{status?.display_name ?? name}</strong>
        <span class="state">{isFailed ? texts.import.states.failure : texts.import.states[state]}</span>
        {isFailed || isDone ? (
          <button type="button" class="plain" aria-label={texts.import.dismiss} onClick={() => dismiss(item)}>
            ×
          </button>
        ) : null}
      </div>
      {state === 'sending' && problem === null && sizeBytes !== null ? (
        <>
          <progress max={sizeBytes} value={sentBytes} />
          <p class="hint">{texts.import.sent(bytesText(sentBytes), bytesText(sizeBytes))}</p>
        </>
      ) : null}
      {status !== null && !isFailed && !isDone ? (
        <>
          <progress />
          {status.progress.rows > 0 ? <p class="hint">{texts.import.rows(status.progress.rows)}</p> : null}
        </>
      ) : null}
      {problem === null ? null : <p class="problem">{problem}</p>}
      {status?.get_error_text == null ? null : (
        <p class="problem">
          <strong>{status.get_error_text.title}.</strong> {status.get_error_text.what_about}{' '}
          <a href="/docs#errors">{texts.import.code(status.error_code ?? 0)}</a>
        </p>
      )}
      {status?.tables == null ? null : (
        <ul class="tables">
          {status.tables.map((table) => (
            <li key={table.id}>
              <code>{table.name}</code> {texts.import.rows(table.rows)}
              {table.geometry_type === null ? null : <span class="tag">{table.geometry_type.toLowerCase()}</span>}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

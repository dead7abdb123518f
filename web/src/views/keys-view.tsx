import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Key, listKeys, regenerateKey, removeKey } from '../api/keys.ts';
import { agoText } from '../format.ts';
import { attempt } from '../parts/attempt.ts';
import { Snippet } from '../parts/copy.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { Scroller } from '../parts/scroller.tsx';
import { texts } from '../texts.ts';
import { NewKey } from './new-key.tsx';

/** What is about to be done with a key. */
interface Asked {
  readonly what: 'regenerate' | 'remove';
  readonly key: Key;
}

/** Restricted keys of the account, and a form for one more. */
export function KeysView(): JSX.Element {
  const again = useSignal(0);
  const loaded = useLoaded(listKeys, [again.value]);
  const asked = useSignal<Asked | null>(null);
  const made = useSignal<Key | null>(null);
  const show = (key: Key): void => {
    made.value = key;
    again.value++;
  };
  return (
    <>
      <h1>{texts.nav.keys}</h1>
      <p class="hint">{texts.keys.explain}</p>
      <NewKey onMade={show} />
      <Shown loaded={loaded.value}>
        {(keys) => (keys.length === 0 ? <p class="empty">{texts.keys.none}</p> : <Keys keys={keys} asked={asked} />)}
      </Shown>
      {asked.value === null ? null : (
        <Ask
          asked={asked}
          onDone={(key) => {
            if (key !== null) made.value = key;
            again.value++;
          }}
        />
      )}
      {made.value === null ? null : <Made made={made} />}
    </>
  );
}

const tableText = ({ name, isAddedTo }: Key['tables'][number]): string => (isAddedTo ? texts.keys.addedTo(name) : name);

function Keys({ keys, asked }: { readonly keys: readonly Key[]; readonly asked: Signal<Asked | null> }): JSX.Element {
  return (
    <Scroller label={texts.nav.keys}>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{texts.datasets.name}</th>
            <th scope="col">{texts.keys.reads}</th>
            <th scope="col">{texts.datasets.changed}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.name}>
              <th scope="row">{key.name}</th>
              <td class="address">
                {key.tables.length === 0 ? texts.keys.publicOnly : key.tables.map(tableText).join(', ')}
              </td>
              <td class="when">{key.updated_at === null ? '' : agoText(key.updated_at)}</td>
              <td class="actions">
                {(['regenerate', 'remove'] as const).map((what) => (
                  <button
                    key={what}
                    type="button"
                    class="small"
                    aria-label={texts.keys.of(texts.keys[what], key.name)}
                    onClick={() => {
                      asked.value = { what, key };
                    }}
                  >
                    {texts.keys[what]}
                  </button>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function Ask({
  asked,
  onDone,
}: {
  readonly asked: Signal<Asked | null>;
  /** Told the key where it has another secret. */
  readonly onDone: (key: Key | null) => void;
}): JSX.Element | null {
  const problem = useSignal<string | null>(null);
  if (asked.value === null) return null;
  const { what, key } = asked.value;
  const close = (): void => {
    asked.value = null;
  };
  return (
    <Dialog title={texts.keys.of(texts.keys[what], key.name)} onClose={close}>
      <p>{texts.keys.explained[what]}</p>
      {problem.value === null ? null : <Problem text={problem.value} />}
      <button
        type="button"
        class="main"
        onClick={() =>
          void attempt(problem, async () => {
            const changed = what === 'regenerate' ? await regenerateKey(key.name) : await removeKey(key.name);
            close();
            onDone(changed ?? null);
          })
        }
      >
        {texts.keys[what]}
      </button>
    </Dialog>
  );
}

/** The one moment in which a key is seen. */
function Made({ made }: { readonly made: Signal<Key | null> }): JSX.Element | null {
  if (made.value === null) return null;
  const { name, token } = made.value;
  return (
    <Dialog
      title={texts.keys.made(name)}
      onClose={() => {
        made.value = null;
      }}
    >
      <p>{texts.keys.once}</p>
      <Snippet title={texts.keys.key} text={token ?? ''} />
    </Dialog>
  );
}

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import {
  changeDataset,
  type DatasetDetails,
  type DatasetFace,
  findFace,
  type Privacy,
  removeDataset,
} from '../api/datasets.ts';
import { ApiError } from '../api/session.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { go } from '../router.ts';
import { texts } from '../texts.ts';

const levels: readonly Privacy[] = ['private', 'link', 'public'];

interface Props {
  readonly table: DatasetDetails;
  readonly onChange: () => void;
}

/** The name, the words and the readers of a table, and its end. */
export function SettingsTab({ table, onChange }: Props): JSX.Element {
  const loaded = useLoaded(() => findFace(table.name), [table.name]);
  return <Shown loaded={loaded.value}>{(face) => <Settings face={face} table={table} onChange={onChange} />}</Shown>;
}

function Settings({ face, table, onChange }: Props & { readonly face: DatasetFace }): JSX.Element {
  const told = useSignal<string | null>(null);
  const problem = useSignal<string | null>(null);
  const isEnding = useSignal(false);

  async function attempt(work: () => Promise<void>): Promise<void> {
    told.value = null;
    problem.value = null;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
    }
  }

  function save(event: SubmitEvent): void {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const name = String(form.get('name')).trim();
    const privacy = levels.find((level) => level === form.get('privacy'));
    void attempt(async () => {
      const changed = await changeDataset(face.id, {
        ...(name === table.name ? {} : { name }),
        ...(privacy === undefined || privacy === table.privacy ? {} : { privacy }),
        description: String(form.get('description')),
      });
      told.value = texts.settings.saved;
      if (changed.name === table.name) onChange();
      else go(`/app/datasets/${encodeURIComponent(changed.name)}`);
    });
  }

  return (
    <>
      <form class="card stack" onSubmit={save}>
        <label>
          {texts.settings.name}
          <input name="name" required defaultValue={table.name} />
        </label>
        <label>
          {texts.settings.description}
          <textarea name="description" rows={3} defaultValue={face.description} />
        </label>
        <label>
          {texts.settings.privacy}
          <select name="privacy">
            {levels.map((level) => (
              <option key={level} value={level} selected={level === table.privacy}>
                {texts.settings.levels[level]}
              </option>
            ))}
          </select>
        </label>
        {problem.value === null ? null : <Problem text={problem.value} />}
        <p class="row start">
          <button type="submit" class="main">
            {texts.settings.save}
          </button>
          <span role="status">{told.value}</span>
        </p>
      </form>
      <p>
        <button
          type="button"
          class="plain bad"
          onClick={() => {
            isEnding.value = true;
          }}
        >
          {texts.settings.remove}
        </button>
      </p>
      {isEnding.value ? (
        <Dialog
          title={texts.settings.remove}
          onClose={() => {
            isEnding.value = false;
          }}
        >
          <p>{texts.settings.removeExplained(table.name, table.rows)}</p>
          <button
            type="button"
            class="main"
            onClick={() =>
              void attempt(async () => {
                await removeDataset(face.id);
                go('/app/datasets');
              })
            }
          >
            {texts.settings.remove}
          </button>
        </Dialog>
      ) : null}
    </>
  );
}

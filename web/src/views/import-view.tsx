import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { chosenOf } from '../dropped-files.ts';
import { chosenRecipe, imports, isReviewed, sendings, startFiles, startUrl } from '../imports.ts';
import { RecipeChoice } from '../parts/recipe-choice.tsx';
import { type Tab, Tabs } from '../parts/tabs.tsx';
import { texts } from '../texts.ts';
import { ImportArcgis } from './import-arcgis.tsx';
import { ImportCard, SendingCard } from './import-card.tsx';
import { ImportDatabase } from './import-database.tsx';
import { ImportDrive } from './import-drive.tsx';

const ways: readonly Tab[] = [
  { id: 'files', label: texts.import.ways.files, show: () => <ImportFiles /> },
  { id: 'arcgis', label: texts.import.ways.arcgis, show: () => <ImportArcgis /> },
  { id: 'database', label: texts.import.ways.database, show: () => <ImportDatabase /> },
  { id: 'drive', label: texts.import.ways.drive, show: () => <ImportDrive /> },
];

/** Data in, from wherever it is; tables out. */
export function ImportView(): JSX.Element {
  const chosen = useSignal('files');
  const isEmpty = sendings.value.length === 0 && imports.value.length === 0;
  return (
    <>
      <h1>{texts.import.title}</h1>
      <Tabs tabs={ways} label={texts.import.waysLabel} chosen={chosen} />
      {isEmpty ? <p class="empty">{texts.import.none}</p> : <h2 class="list-title">{texts.import.recent}</h2>}
      <ul class="imports" aria-live="polite">
        {sendings.value.map((item) => (
          <SendingCard key={`s${item.value.number}`} item={item} />
        ))}
        {imports.value.map((status) => (
          <ImportCard key={status.id} status={status} />
        ))}
      </ul>
    </>
  );
}

/** Files, folders and addresses. */
function ImportFiles(): JSX.Element {
  function submitUrl(event: SubmitEvent): void {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const url = String(new FormData(event.currentTarget).get('url')).trim();
    event.currentTarget.reset();
    if (url !== '') void startUrl(url);
  }

  function choose({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void {
    void startFiles(chosenOf(currentTarget.files ?? []));
    currentTarget.value = '';
  }

  return (
    <section class="drop" aria-label={texts.import.drop}>
      <p class="drop-words">{texts.import.drop}</p>
      <p class="hint">{texts.import.anything}</p>
      <div class="row">
        <input id="files" class="unseen" type="file" multiple onChange={choose} />
        <label class="button main" for="files">
          {texts.import.choose}
        </label>
        <input
          id="folder"
          class="unseen"
          type="file"
          ref={(input) => input?.setAttribute('webkitdirectory', '')}
          onChange={choose}
        />
        <label class="button" for="folder">
          {texts.import.chooseFolder}
        </label>
      </div>
      <form class="address-row" onSubmit={submitUrl}>
        <label for="url">{texts.import.or}</label>
        <input id="url" name="url" type="url" required placeholder="https://" aria-label={texts.import.url} />
        <button type="submit">{texts.import.submitUrl}</button>
      </form>
      <label class="check">
        <input
          type="checkbox"
          checked={isReviewed.value}
          onChange={({ currentTarget }) => {
            isReviewed.value = currentTarget.checked;
          }}
        />
        {texts.import.reviewFirst}
      </label>
      <RecipeChoice
        chosen={chosenRecipe.value?.name ?? null}
        onChoose={(chosen) => {
          chosenRecipe.value = chosen;
        }}
      />
    </section>
  );
}

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { NamedRecipe } from '../api/recipes.ts';
import { ApiError } from '../api/session.ts';
import { createSync, listSyncs } from '../api/syncs.ts';
import { agoText } from '../format.ts';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { RecipeChoice } from '../parts/recipe-choice.tsx';
import { Scroller } from '../parts/scroller.tsx';
import { sourceText } from '../sync-source.ts';
import { texts } from '../texts.ts';

/** Seconds between two runs that can be chosen. */
export const intervals = [900, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600] as const;

/** The one that is chosen at first. */
const USUAL_INTERVAL = 3600;

/** All synchronizations of the account, and a form for one more. */
export function SyncsView(): JSX.Element {
  const again = useSignal(0);
  const problem = useSignal<string | null>(null);
  const recipe = useSignal<NamedRecipe | null>(null);
  const loaded = useLoaded(listSyncs, [again.value]);

  async function create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const data = new FormData(form);
    try {
      const { value: chosen } = recipe;
      const wish = { url: String(data.get('url')).trim(), ...(chosen === null ? {} : { recipe: chosen.recipe }) };
      await createSync(wish, Number(data.get('interval')));
      form.reset();
      recipe.value = null;
      problem.value = null;
      again.value++;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
    }
  }

  return (
    <>
      <h1>{texts.nav.syncs}</h1>
      <form class="row start card" onSubmit={(event) => void create(event)}>
        <label for="sync-url">{texts.syncs.create}</label>
        <input id="sync-url" class="wide" name="url" type="url" required placeholder="https://" />
        <select name="interval" aria-label={texts.syncs.interval}>
          {intervals.map((seconds) => (
            <option key={seconds} value={String(seconds)} selected={seconds === USUAL_INTERVAL}>
              {texts.syncs.every(seconds)}
            </option>
          ))}
        </select>
        <button type="submit" class="main">
          {texts.syncs.submit}
        </button>
        <RecipeChoice
          chosen={recipe.value?.name ?? null}
          onChoose={(chosen) => {
            recipe.value = chosen;
          }}
        />
        {problem.value === null ? null : <Problem text={problem.value} />}
      </form>
      <Shown loaded={loaded.value}>
        {(syncs) =>
          syncs.length === 0 ? (
            <p class="empty">{texts.syncs.none}</p>
          ) : (
            <Scroller label={texts.nav.syncs}>
              <table class="list">
                <thead>
                  <tr>
                    <th scope="col">{texts.datasets.name}</th>
                    <th scope="col">{texts.origin.source}</th>
                    <th scope="col">{texts.syncs.interval}</th>
                    <th scope="col">{texts.syncs.state}</th>
                    <th scope="col">{texts.syncs.next}</th>
                  </tr>
                </thead>
                <tbody>
                  {syncs.map((sync) => (
                    <tr key={sync.id}>
                      <th scope="row">
                        <a href={`/app/syncs/${sync.id}`}>{sync.name ?? texts.syncs.unnamed}</a>
                      </th>
                      <td class="address">{sourceText(sync)}</td>
                      <td>{texts.syncs.every(sync.interval)}</td>
                      <td>
                        <span class={`dot ${sync.state}`} aria-hidden="true" />
                        {texts.syncs.states[sync.state]}
                      </td>
                      <td class="when">{agoText(sync.run_at)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroller>
          )
        }
      </Shown>
    </>
  );
}

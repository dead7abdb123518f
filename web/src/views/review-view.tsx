import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { type Analysis, analyze, awaitAnalysis, findAnalysis, type Recipe } from '../api/analyses.ts';
import type { NamedRecipe } from '../api/recipes.ts';
import { ApiError } from '../api/session.ts';
import { recipeOfReview, startReviewed } from '../imports.ts';
import { useLoaded } from '../parts/load.ts';
import { Problem, Shown } from '../parts/notice.tsx';
import { RecipeChoice } from '../parts/recipe-choice.tsx';
import { RecipeKeep } from '../parts/recipe-keep.tsx';
import { wishOf, withColumn, withSetting } from '../recipe.ts';
import { texts } from '../texts.ts';
import { Warnings } from './import-card.tsx';
import { ReviewLayer } from './review-layer.tsx';
import { ReviewSettings } from './review-settings.tsx';

/** What an import would find, before it; what is changed is looked at again at once. */
export function ReviewView({ id }: { readonly id: string }): JSX.Element {
  const loaded = useLoaded(async () => awaitAnalysis(await findAnalysis(id)), [id]);
  return (
    <>
      <h1>{texts.review.title}</h1>
      <Shown loaded={loaded.value}>{(analysis) => <Review first={analysis} />}</Shown>
    </>
  );
}

function Review({ first }: { readonly first: Analysis }): JSX.Element {
  /** The last look that succeeded; what it shows stays while the next one is made. */
  const shown = useSignal(first);
  const recipe = useSignal<Recipe>(recipeOfReview(first.analysis_id));
  const applied = useSignal<string | null>(null);
  const left = useSignal<ReadonlySet<string>>(new Set());
  const problem = useSignal<string | null>(null);
  const isLooking = useSignal(false);
  const looks = useRef(new AbortController());

  async function lookAgain(changed: Recipe): Promise<void> {
    recipe.value = changed;
    looks.current.abort();
    const gone = new AbortController();
    looks.current = gone;
    isLooking.value = true;
    try {
      const found = await analyze({ analysis_id: first.analysis_id, recipe: changed }, gone.signal);
      if (gone.signal.aborted) return;
      const { get_error_text: told } = found;
      problem.value = told === undefined ? null : `${told.title}. ${told.what_about}`;
      if (found.success) shown.value = found;
      isLooking.value = false;
    } catch (error) {
      if (gone.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
      isLooking.value = false;
    }
  }

  function apply(chosen: NamedRecipe | null): void {
    applied.value = chosen?.name ?? null;
    void lookAgain(chosen?.recipe ?? {});
  }

  async function load(): Promise<void> {
    const chosen = layers.filter(({ name }) => !left.value.has(name)).map(({ name }) => name);
    const asked = left.value.size === 0 ? recipe.value : { ...recipe.value, layers: chosen };
    try {
      await startReviewed(first.analysis_id, asked, shown.value.recipe ?? asked);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = error.message;
    }
  }

  const { layers = [], get_error_text: failure } = shown.value;
  if (failure !== undefined) {
    return (
      <section class="card failed">
        <strong class="name">{first.display_name}</strong>
        <Problem text={`${failure.title}. ${failure.what_about}`} />
        <RecipeChoice chosen={applied.value} onChoose={apply} />
        <ReviewSettings
          recipe={recipe.value}
          dialect={{}}
          onChange={(name, value) => void lookAgain(withSetting(recipe.value, name, value))}
        />
        {problem.value === null ? null : <Problem text={problem.value} />}
      </section>
    );
  }
  const isNothing = layers.every(({ name }) => left.value.has(name));
  return (
    <div aria-busy={isLooking.value}>
      <div class="toolbar sticky">
        <p>
          <strong class="name">{shown.value.display_name}</strong>{' '}
          <span class="hint" role="status">
            {isLooking.value ? texts.import.looking : texts.review.layers(layers.length)}
          </span>
        </p>
        <button type="button" class="main" disabled={isLooking.value || isNothing} onClick={() => void load()}>
          {texts.review.load}
        </button>
      </div>
      {problem.value === null ? null : <Problem text={problem.value} />}
      <Warnings warnings={shown.value.warnings ?? null} />
      <RecipeChoice chosen={applied.value} onChoose={apply} />
      {layers.some(({ format }) => format === 'csv') ? (
        <ReviewSettings
          recipe={recipe.value}
          dialect={layers[0]?.source.dialect ?? {}}
          onChange={(name, value) => void lookAgain(withSetting(recipe.value, name, value))}
        />
      ) : null}
      {layers.map((layer) => (
        <ReviewLayer
          key={`${layer.file} ${layer.name}`}
          layer={layer}
          isOne={layers.length === 1}
          isLeft={left.value.has(layer.name)}
          onLeave={(isLeft) => {
            const others = [...left.value].filter((name) => name !== layer.name);
            left.value = new Set(isLeft ? [...others, layer.name] : others);
          }}
          wishOf={(source) => wishOf(recipe.value, source)}
          onWish={(source, change) => void lookAgain(withColumn(recipe.value, source, change))}
        />
      ))}
      <h2>{texts.review.recipe}</h2>
      <p class="hint">{texts.review.recipeExplained}</p>
      <RecipeKeep recipe={shown.value.recipe ?? {}} name={(first.display_name ?? '').replace(/\.[^.]*$/, '')} />
    </div>
  );
}

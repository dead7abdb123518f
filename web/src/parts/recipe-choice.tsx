import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import type { NamedRecipe } from '../api/recipes.ts';
import { forgetRecipe, keepRecipe, recipeIn, recipes, refreshRecipes } from '../recipes.ts';
import { texts } from '../texts.ts';
import { attempt } from './attempt.ts';
import { Problem } from './notice.tsx';

/** A recipe that the account keeps, one of a file, or none. */
export function RecipeChoice({
  chosen,
  onChoose,
}: {
  /** Name of the recipe in use. */
  readonly chosen: string | null;
  readonly onChoose: (recipe: NamedRecipe | null) => void;
}): JSX.Element {
  const id = useId();
  const problem = useSignal<string | null>(null);
  const kept = recipes.value;
  useEffect(() => void attempt(problem, refreshRecipes), [problem]);

  async function take(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    const found = await recipeIn(file);
    if (found === null) {
      problem.value = texts.recipes.none(file.name);
      return;
    }
    await attempt(problem, async () => onChoose(await keepRecipe(found)));
  }

  return (
    <div class="recipe-choice row start">
      <label for={id}>{texts.recipes.choose}</label>
      <select
        id={id}
        value={chosen ?? ''}
        onChange={({ currentTarget }) => onChoose(kept.find(({ name }) => name === currentTarget.value) ?? null)}
      >
        <option value="">{texts.recipes.findOut}</option>
        {kept.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <input
        id={`${id}-file`}
        class="unseen recipe-file"
        type="file"
        accept=".json,application/json"
        onChange={({ currentTarget }) => {
          void take(currentTarget.files?.[0]);
          currentTarget.value = '';
        }}
      />
      <label class="button small" for={`${id}-file`}>
        {texts.recipes.ofFile}
      </label>
      {chosen === null ? null : (
        <button
          type="button"
          class="plain"
          onClick={() =>
            void attempt(problem, async () => {
              await forgetRecipe(chosen);
              onChoose(null);
            })
          }
        >
          {texts.recipes.forget}
        </button>
      )}
      {problem.value === null ? null : <Problem text={problem.value} />}
    </div>
  );
}

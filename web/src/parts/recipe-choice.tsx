import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { forgetRecipe, keepRecipe, type NamedRecipe, recipeIn, recipes } from '../recipes.ts';
import { texts } from '../texts.ts';
import { Problem } from './notice.tsx';

/** A recipe that is kept in this browser, one of a file, or none. */
export function RecipeChoice({
  chosen,
  onChoose,
}: {
  /** Name of the recipe in use. */
  readonly chosen: string | null;
  readonly onChoose: (recipe: NamedRecipe | null) => void;
}): JSX.Element {
  const problem = useSignal<string | null>(null);
  const kept = recipes.value;

  async function take(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    const found = await recipeIn(file);
    problem.value = found === null ? texts.recipes.none(file.name) : null;
    if (found === null) return;
    keepRecipe(found);
    onChoose(found);
  }

  return (
    <div class="recipe-choice row start">
      <label for="recipe">{texts.recipes.choose}</label>
      <select
        id="recipe"
        value={chosen ?? ''}
        onChange={({ currentTarget }) => onChoose(kept.find(({ name }) => name === currentTarget.value) ?? null)}
      >
        <option value="">{texts.recipes.findOut}</option>
        {kept.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <input
        id="recipe-file"
        class="unseen"
        type="file"
        accept=".json,application/json"
        onChange={({ currentTarget }) => {
          void take(currentTarget.files?.[0]);
          currentTarget.value = '';
        }}
      />
      <label class="button small" for="recipe-file">
        {texts.recipes.ofFile}
      </label>
      {chosen === null ? null : (
        <button
          type="button"
          class="plain"
          onClick={() => {
            forgetRecipe(chosen);
            onChoose(null);
          }}
        >
          {texts.recipes.forget}
        </button>
      )}
      {problem.value === null ? null : <Problem text={problem.value} />}
    </div>
  );
}

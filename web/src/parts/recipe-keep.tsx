import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Recipe } from '../api/analyses.ts';
import { downloadRecipe, keepRecipe } from '../recipes.ts';
import { texts } from '../texts.ts';
import { Snippet } from './copy.tsx';

/** A recipe to look at, to keep for later files, and to take along. */
export function RecipeKeep({ recipe, name }: { readonly recipe: Recipe; readonly name: string }): JSX.Element {
  const told = useSignal<string | null>(null);

  function keep(event: SubmitEvent): void {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const named = { name: String(new FormData(event.currentTarget).get('name')).trim() || name, recipe };
    keepRecipe(named);
    downloadRecipe(named);
    told.value = texts.recipes.kept(named.name);
  }

  return (
    <>
      <form class="row start recipe-choice" onSubmit={keep}>
        <input name="name" aria-label={texts.recipes.name} maxLength={100} required defaultValue={name} />
        <button type="submit">{texts.recipes.keep}</button>
        <span role="status">{told.value}</span>
      </form>
      <Snippet title={texts.review.recipe} text={JSON.stringify(recipe, null, 2)} />
    </>
  );
}

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { Recipe } from '../api/analyses.ts';
import type { NamedRecipe } from '../api/recipes.ts';
import { downloadRecipe, keepRecipe } from '../recipes.ts';
import { texts } from '../texts.ts';
import { attempt } from './attempt.ts';
import { Snippet } from './copy.tsx';
import { Problem } from './notice.tsx';

/** A recipe to look at, to keep for later files, and to take along. */
export function RecipeKeep({ recipe, name }: { readonly recipe: Recipe; readonly name: string }): JSX.Element {
  const told = useSignal<string | null>(null);
  const problem = useSignal<string | null>(null);
  const asked = useRef<HTMLInputElement>(null);
  const named = (): NamedRecipe => ({ name: asked.current?.value.trim() || name, recipe });

  async function keep(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    told.value = null;
    await attempt(problem, async () => {
      told.value = texts.recipes.kept((await keepRecipe(named())).name);
    });
  }

  return (
    <>
      <form class="row start recipe-choice" onSubmit={(event) => void keep(event)}>
        <input ref={asked} aria-label={texts.recipes.name} maxLength={100} required defaultValue={name.slice(0, 100)} />
        <button type="submit">{texts.recipes.keep}</button>
        <button type="button" class="plain" onClick={() => downloadRecipe(named())}>
          {texts.recipes.download}
        </button>
        <span role="status">{told.value}</span>
        {problem.value === null ? null : <Problem text={problem.value} />}
      </form>
      <Snippet title={texts.review.recipe} text={JSON.stringify(recipe, null, 2)} />
    </>
  );
}

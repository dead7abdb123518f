import { signal } from '@preact/signals';
import { listRecipes, type NamedRecipe, putRecipe, removeRecipe } from './api/recipes.ts';

/** The recipes that the account keeps, by name, as they were when they were last asked for. */
export const recipes = signal<readonly NamedRecipe[]>([]);

/** Asks for them anew: another browser may have kept one. Throws ApiError. */
export async function refreshRecipes(): Promise<void> {
  recipes.value = await listRecipes();
}

/** Keeps a recipe, in place of the one of its name. Throws ApiError. */
export async function keepRecipe(one: NamedRecipe): Promise<NamedRecipe> {
  const kept = await putRecipe(one);
  await refreshRecipes();
  return kept;
}

/** Forgets a recipe. Throws ApiError. */
export async function forgetRecipe(name: string): Promise<void> {
  await removeRecipe(name);
  await refreshRecipes();
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The recipe in a file; null where there is none. */
export async function recipeIn(file: File): Promise<NamedRecipe | null> {
  try {
    const found: unknown = JSON.parse(await file.text());
    return isObject(found) ? { name: file.name.replace(/(\.recipe)?\.json$/i, ''), recipe: found } : null;
  } catch {
    return null;
  }
}

/** Downloads a recipe as a file. */
export function downloadRecipe({ name, recipe }: NamedRecipe): void {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(recipe, null, 2)}\n`], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name.replaceAll(/[\\/:*?"<>|]/g, '_')}.recipe.json`;
  link.click();
  URL.revokeObjectURL(url);
}

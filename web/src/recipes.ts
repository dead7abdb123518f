import { computed, signal } from '@preact/signals';
import type { Recipe } from './api/analyses.ts';
import { account } from './api/session.ts';

/** A recipe under a name. */
export interface NamedRecipe {
  readonly name: string;
  readonly recipe: Recipe;
}

/** Recipes that one browser keeps for an account. */
const MOST_KEPT = 50;

const placeOf = (name: string): string => `landfall recipes of ${name}`;

/** Raised with each change: storage tells no one of the same window. */
const changes = signal(0);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNamed = (value: unknown): value is NamedRecipe =>
  isObject(value) && typeof value.name === 'string' && isObject(value.recipe);

function read(of: string): readonly NamedRecipe[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(placeOf(of)) ?? '[]');
    return Array.isArray(found) ? found.filter(isNamed) : [];
  } catch {
    // A browser that keeps nothing, or something that another program wrote there.
    return [];
  }
}

/** The recipes that this browser keeps for whoever is signed in, by name. */
export const recipes = computed(() => {
  void changes.value;
  return read(account.value ?? '').toSorted((one, other) => one.name.localeCompare(other.name));
});

function write(all: readonly NamedRecipe[]): void {
  try {
    localStorage.setItem(placeOf(account.value ?? ''), JSON.stringify(all.slice(-MOST_KEPT)));
  } catch {
    // The file that was downloaded is the recipe too.
  }
  changes.value++;
}

/** Keeps a recipe in this browser, in place of the one of the same name. */
export const keepRecipe = (one: NamedRecipe): void =>
  write([...recipes.value.filter(({ name }) => name !== one.name), one]);

/** Forgets a recipe. */
export const forgetRecipe = (name: string): void => write(recipes.value.filter((one) => one.name !== name));

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

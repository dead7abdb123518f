import type { Recipe } from './analyses.ts';
import { api, json } from './session.ts';

/** A recipe under a name. */
export interface NamedRecipe {
  readonly name: string;
  readonly recipe: Recipe;
}

const at = (name: string): string => `/api/v1/recipes/${encodeURIComponent(name)}`;

/** The recipes that the account keeps, by name. */
export const listRecipes = async (): Promise<readonly NamedRecipe[]> =>
  (await api<{ recipes: readonly NamedRecipe[] }>('/api/v1/recipes')).recipes;

/** Keeps a recipe, in place of the one of its name. */
export const putRecipe = ({ name, recipe }: NamedRecipe): Promise<NamedRecipe> =>
  api<NamedRecipe>(at(name), json(recipe, 'PUT'));

/** Forgets a recipe. */
export const removeRecipe = (name: string): Promise<void> => api(at(name), { method: 'DELETE' });

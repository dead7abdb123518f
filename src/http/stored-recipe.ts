import type { Account } from '../domain/import.ts';
import type { HttpDeps } from './deps.ts';
import type { Parameters } from './parameters.ts';
import { badImport } from './wire-error.ts';

/** Longest name of a recipe, in characters. */
const MOST_NAME = 100;

/** What a recipe may be called; null for what is no name: nothing, JSON, or what the database cannot hold. */
export function recipeName(text: string): string | null {
  const name = text.trim();
  const isName = name !== '' && !name.startsWith('{') && !name.includes('\0') && name.isWellFormed();
  return isName && name.length <= MOST_NAME ? name : null;
}

/**
 * The parameters with the recipe itself where `recipe` is the name of one that the account keeps. Throws 400 where it
 * keeps none of that name.
 */
export async function withStoredRecipe(
  deps: Pick<HttpDeps, 'recipes'>,
  account: Account,
  parameters: Parameters,
): Promise<Parameters> {
  const given = parameters.get('recipe');
  if (typeof given !== 'string' || given.trim() === '' || /^\s*[{[]/.test(given)) return parameters;
  const name = recipeName(given);
  const found = name === null ? null : await deps.recipes.find(account.id, name);
  if (found === null) {
    throw badImport(
      `There is no recipe '${given.slice(0, MOST_NAME).toWellFormed()}': GET /api/v1/recipes lists those that are kept`,
    );
  }
  return new Map([...parameters, ['recipe', found.recipe]]);
}

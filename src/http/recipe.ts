/** The parameter `recipe`: everything about reading at once, as an analysis answers it. */
import { parseJsonText } from './parameter-values.ts';
import type { Parameters } from './parameters.ts';
import { badImport } from './wire-error.ts';

/** What a recipe can say. */
const recipeKeys = [
  'type_guessing',
  'quoted_fields_guessing',
  'content_guessing',
  'layers',
  'encoding',
  'source_srid',
  'geometry_policy',
  'delimiter',
  'quote',
  'escape',
  'header',
  'skip_rows',
  'decimal',
  'date_order',
  'null_values',
  'extra_cells',
  'columns',
  'per_layer',
  'max_rejects',
] as const;

const known: ReadonlySet<string> = new Set(recipeKeys);

/** The parameters with what their recipe says, where they do not say it themselves. Throws 400 for a bad recipe. */
export function withRecipe(parameters: Parameters): Parameters {
  const given = parameters.get('recipe');
  if (given === undefined || given === null || given === '') return parameters;
  const recipe = typeof given === 'string' ? parseJsonText('recipe', given) : given;
  if (typeof recipe !== 'object' || recipe === null || Array.isArray(recipe)) {
    throw badImport('recipe must be a JSON object, as POST /api/v1/imports/analyze answers it');
  }
  const entries = Object.entries(recipe);
  const unknown = entries.find(([name]) => !known.has(name));
  if (unknown !== undefined) {
    throw badImport(
      `Unknown key '${unknown[0].slice(0, 100).toWellFormed()}' in 'recipe'. It takes ${recipeKeys.join(', ')}`,
    );
  }
  // An empty field of a form says nothing, except of the quote: then nothing is quoted.
  const isSaid = ([name, value]: readonly [string, unknown]): boolean =>
    value !== undefined && value !== null && (value !== '' || name === 'quote');
  return new Map([...entries, ...[...parameters].filter(isSaid)]);
}

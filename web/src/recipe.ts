import type { ColumnWish, Recipe } from './api/analyses.ts';

/** Column types that can be asked for, as the import API names them. */
export const columnTypes = [
  'text',
  'bigint',
  'integer',
  'double precision',
  'numeric',
  'boolean',
  'date',
  'timestamp with time zone',
  'jsonb',
  'uuid',
] as const;

/** The recipe with another wish for a column; a wish that says nothing is left out. */
export function withColumn(recipe: Recipe, source: string, change: Omit<ColumnWish, 'name'>): Recipe {
  const columns = recipe.columns ?? [];
  const before = columns.find(({ name }) => name === source);
  const others = columns.filter(({ name }) => name !== source);
  const wish = Object.fromEntries(
    Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined && value !== ''),
  );
  const column: ColumnWish = { ...wish, name: source };
  return { ...recipe, columns: Object.keys(column).length > 1 ? [...others, column] : others };
}

/** Settings that make other columns of the same file: what was said of the columns before then means nothing. */
const structural: ReadonlySet<string> = new Set(['delimiter', 'header', 'skip_rows', 'encoding']);

/** The recipe with another value, or without one. */
export function withSetting(recipe: Recipe, name: string, value: string | boolean | null): Recipe {
  const { [name]: _before, columns, ...others } = recipe;
  const rest: Recipe = columns === undefined || structural.has(name) ? others : { ...others, columns };
  return value === null || value === '' ? rest : { ...rest, [name]: value };
}

/** What is said of a column. */
export const wishOf = (recipe: Recipe, source: string): ColumnWish | undefined =>
  recipe.columns?.find(({ name }) => name === source);

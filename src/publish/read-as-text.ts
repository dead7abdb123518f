/** Columns that have become text once, and what that means for values that come later. */
import type { ImportOptions } from '../domain/import.ts';
import type { LayerWish } from '../domain/reading.ts';
import type { TableSchema } from '../domain/schema.ts';
import type { ExistingColumn } from './catalog.ts';

/**
 * The table has text where this reading found another type: `1.10` would be written as 1.1, and `2024-01-01T00:00:00Z` would
 * be no key that is there. The layer is to be read again, with these columns as text.
 */
export class ReadAsText extends Error {
  override readonly name = 'ReadAsText';
  readonly layer: string;
  /** As the source names them. */
  readonly columns: readonly string[];
  constructor(layer: string, columns: readonly string[]) {
    super(`${columns.join(', ')} of layer "${layer}" are to be read as text`);
    this.layer = layer;
    this.columns = columns;
  }
}

type Wished = Pick<ImportOptions, 'columns' | 'layerWishes'>;

/** Throws ReadAsText where columns that are text in the table were read as another type, and nobody asked for one. */
export function refuseToGuess(
  layer: string,
  schema: TableSchema,
  existing: readonly ExistingColumn[],
  { columns, layerWishes = [] }: Wished,
): void {
  const wishes = [...columns, ...layerWishes.filter((wish) => wish.layer === layer).flatMap((wish) => wish.columns)];
  const guessed = schema.columns.filter(
    ({ name, source, type }) =>
      type !== 'text' &&
      existing.some((old) => old.name === name && old.source !== null && /^(text|character varying)/.test(old.type)) &&
      !wishes.some((wish) => wish.type !== undefined && [name, source].includes(wish.rename ?? wish.name)),
  );
  if (guessed.length > 0) throw new ReadAsText(layer, [...new Set(guessed.map(({ source }) => source))]);
}

/** The same options with those columns as text. */
export function readingAsText<Options extends Wished>(options: Options, { layer, columns }: ReadAsText): Options {
  const { layerWishes = [] } = options;
  const wishes = columns.map((name) => ({ name, type: 'text' as const }));
  const isKnown = layerWishes.some((wish) => wish.layer === layer);
  const anew: LayerWish = { layer, file: null, encoding: null, dialect: {}, columns: wishes };
  return {
    ...options,
    layerWishes: isKnown
      ? layerWishes.map((wish) => (wish.layer === layer ? { ...wish, columns: [...wish.columns, ...wishes] } : wish))
      : [...layerWishes, anew],
  };
}

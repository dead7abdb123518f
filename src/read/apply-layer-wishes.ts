import { layerName } from '../domain/naming.ts';
import type { LayerWish } from '../domain/reading.ts';
import type { ReadOptions } from '../formats/format.ts';

/**
 * How a file is to be opened of whose layers something is said: by the first wish of that path, else by the one that a file
 * of that name makes, as the path may change from one run of a synchronization to the next.
 */
export function openingOfFile(options: ReadOptions, path: string): ReadOptions {
  const { layerWishes = [] } = options;
  const wish =
    layerWishes.find(({ file }) => file === path) ?? layerWishes.find(({ layer }) => layer === layerName(path));
  if (wish === undefined) return options;
  return {
    ...options,
    encoding: options.encoding ?? wish.encoding,
    dialect: { ...wish.dialect, ...options.dialect },
  };
}

/** How a layer is to be read of which something is said. Where several have its name, the one of its path is meant. */
export function readingOfLayer(options: ReadOptions, name: string, path: string): ReadOptions {
  const meant: readonly LayerWish[] = (options.layerWishes ?? []).filter(({ layer }) => layer === name);
  const wish = meant.find(({ file }) => file === path) ?? (meant.length === 1 ? meant[0] : undefined);
  if (wish === undefined) return options;
  const asked = new Map(options.columns.map((column) => [column.name, column]));
  const columns = wish.columns.map((column) => ({ ...column, ...asked.get(column.name) }));
  const named = new Set(wish.columns.map((column) => column.name));
  return { ...options, columns: [...columns, ...options.columns.filter((column) => !named.has(column.name))] };
}

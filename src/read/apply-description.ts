import { columnNames } from '../domain/naming.ts';
import type { ColumnWish } from '../domain/reading.ts';
import type { ReadOptions } from '../formats/format.ts';
import { type FileDescription, shown } from '../formats/metadata/description.ts';
import { encodingOfLabel } from '../formats/text-encoding/decoder.ts';
import { datePattern } from '../infer/date-pattern.ts';
import { matchWishes } from '../infer/wishes.ts';

/** How a described file is to be opened; what the request says wins. */
export const openingOf = (options: ReadOptions, description: FileDescription): ReadOptions => ({
  ...options,
  dialect: { ...description.dialect, ...options.dialect },
  encoding: options.encoding ?? knownEncoding(description.encoding),
  decimal: options.decimal ?? description.decimal,
  nullValues: options.nullValues ?? description.nullValues,
});

const knownEncoding = (label: string | null): string | null => (label === null ? null : encodingOfLabel(label));

/** In sentences, what a description says that cannot be heeded: encodings and patterns of dates. */
export function problemsOf({ encoding, columns }: FileDescription): readonly string[] {
  const bad = columns.filter(({ wish }) => wish.dateFormat !== undefined && !isPattern(wish.dateFormat));
  return [
    ...(encoding !== null && encodingOfLabel(encoding) === null
      ? [`The encoding ${shown(encoding)} is not known.`]
      : []),
    ...bad.map(
      ({ names, wish }) =>
        `The format ${shown(wish.dateFormat)} of column ${shown(names[0])} is no pattern of dates or times.`,
    ),
  ];
}

/** Longest pattern of dates, in characters, as in a request. */
const longestPattern = 100;

const isPattern = (format: string): boolean => format.length <= longestPattern && datePattern(format) !== null;

/**
 * How a layer of a described file is to be read: what the request says of its columns, then what the description does.
 * Described columns that the layer does not have are returned, and not asked for.
 */
export function readingOf(
  options: ReadOptions,
  description: FileDescription,
  columns: readonly string[],
): { readonly options: ReadOptions; readonly missing: readonly string[] } {
  const asked = matchWishes(columns, options.columns);
  const tableNames = columnNames(columns);
  const isNameless = columns.every((column) => column === '');
  const byName = [columns, columns.map(folded), tableNames].map(placesOf);
  const places = placesOf(columns);
  const missing: string[] = [];
  const wishes = new Map<number, ColumnWish>();
  for (const [place, { names, wish }] of description.columns.entries()) {
    const wanted = [names, names.map(folded), names.map(folded)];
    const isFree = (position: number): boolean => !wishes.has(position);
    const inOrder = description.columns.length === columns.length ? place : undefined;
    const position = isNameless ? inOrder : firstOf(byName, wanted, isFree);
    if (position === undefined) missing.push(names[0] ?? `column ${place + 1}`);
    else {
      const source = columns[position] ?? '';
      const isUnique = source !== '' && places.get(source)?.length === 1;
      wishes.set(position, toWish(source, isUnique ? source : (tableNames[position] ?? source), wish));
    }
  }
  const merged = [...wishes].map(([position, wish]) => ({ ...wish, ...asked.byColumn[position], name: wish.name }));
  const others = options.columns.filter(
    (wish) => !asked.byColumn.some((one, position) => one === wish && wishes.has(position)),
  );
  return { options: { ...options, columns: [...merged, ...others] }, missing };
}

const folded = (name: string): string => name.trim().toLowerCase();

/** Where each name stands, in order. */
function placesOf(names: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [position, name] of names.entries()) {
    const known = places.get(name);
    if (known === undefined) places.set(name, [position]);
    else known.push(position);
  }
  return places;
}

/** The first free position of a column that has one of the names: as written, in another case, or as the table has it. */
function firstOf(
  places: readonly ReadonlyMap<string, readonly number[]>[],
  wanted: readonly (readonly string[])[],
  isFree: (position: number) => boolean,
): number | undefined {
  for (const [at, names] of wanted.entries()) {
    const found = names.flatMap((name) => places[at]?.get(name)?.find(isFree) ?? []);
    if (found.length > 0) return found.reduce((least, one) => Math.min(least, one));
  }
  return undefined;
}

function toWish(source: string, name: string, { dateFormat, rename, ...wish }: Omit<ColumnWish, 'name'>): ColumnWish {
  const isRenamed = rename !== undefined && rename !== source;
  return {
    ...wish,
    name,
    ...(isRenamed ? { rename } : {}),
    ...(dateFormat !== undefined && isPattern(dateFormat) ? { dateFormat } : {}),
  };
}

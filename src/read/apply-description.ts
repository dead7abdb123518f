import { columnNames } from '../domain/naming.ts';
import type { ColumnWish } from '../domain/reading.ts';
import type { ReadOptions } from '../formats/format.ts';
import type { FileDescription } from '../formats/metadata/description.ts';
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

const knownEncoding = (label: string | null): string | null => {
  try {
    return label === null ? null : new TextDecoder(label.trim()).encoding;
  } catch {
    return null;
  }
};

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
  const missing: string[] = [];
  const wishes = new Map<number, ColumnWish>();
  for (const [place, { names, wish }] of description.columns.entries()) {
    const position = placeOf(names, place, columns, tableNames, description);
    if (position === null) missing.push(names[0] ?? `column ${place + 1}`);
    else if (!wishes.has(position)) wishes.set(position, toWish(position, wish, columns, tableNames));
  }
  const merged = [...wishes].map(([position, wish]) => ({ ...wish, ...asked.byColumn[position], name: wish.name }));
  const others = options.columns.filter(
    (wish) => !asked.byColumn.some((one, position) => one === wish && wishes.has(position)),
  );
  return { options: { ...options, columns: [...merged, ...others] }, missing };
}

/** The position of a described column: by name, by name in another case, or by order where there are no names. */
function placeOf(
  names: readonly string[],
  place: number,
  columns: readonly string[],
  tableNames: readonly string[],
  { columns: described }: FileDescription,
): number | null {
  const isNameless = columns.every((column) => column === '');
  if (isNameless) return described.length === columns.length ? place : null;
  const wanted = names.map((name) => name.trim().toLowerCase());
  const at = [
    columns.findIndex((column) => names.includes(column)),
    columns.findIndex((column) => wanted.includes(column.trim().toLowerCase())),
    tableNames.findIndex((name) => wanted.includes(name)),
  ].find((position) => position >= 0);
  return at ?? null;
}

function toWish(
  position: number,
  { dateFormat, rename, ...wish }: Omit<ColumnWish, 'name'>,
  columns: readonly string[],
  tableNames: readonly string[],
): ColumnWish {
  const source = columns[position] ?? '';
  const isUnique = source !== '' && columns.indexOf(source) === columns.lastIndexOf(source);
  const isRenamed = rename !== undefined && rename !== source;
  const isPattern = dateFormat !== undefined && datePattern(dateFormat) !== null;
  return {
    ...wish,
    name: isUnique ? source : (tableNames[position] ?? source),
    ...(isRenamed ? { rename } : {}),
    ...(isPattern ? { dateFormat } : {}),
  };
}

/** Names that PostgreSQL and its users can write without quotes: of columns, tables and what belongs to them. */

import anyAscii from 'any-ascii';

/** Longest identifier of PostgreSQL in bytes (NAMEDATALEN - 1); all names made here are ASCII. */
export const maxNameBytes = 63;

const words = (text: string): readonly string[] => text.split(/\s+/);

/** Wire contract 5.4: what would have to be quoted in SQL, and words that Rails and CARTO kept for themselves. */
const reservedWords = words(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
  column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
  from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
  localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
  returning right select session_user similar some symmetric table tablesample then to trailing true union unique user
  using variadic verbose when where window with between new off old format controller action`,
);
const reservedColumns = new Set([...reservedWords, ...words('tableoid xmin cmin xmax cmax ctid')]);
const reservedTables = new Set([
  ...reservedWords,
  ...words(`layergroup public spatial_ref_sys geography_columns geometry_columns raster_columns raster_overviews
  cdb_tablemetadata geometry raster`),
]);

/** The columns every table has besides those of the source. */
export const ownColumns = ['cartodb_id', 'the_geom', 'the_geom_webmercator'] as const;

/** Latin, Greek and Cyrillic letters in ASCII, lower case; other scripts stay as they are. */
function romanise(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/gu, (letter) =>
      anyAscii(letter).replace(/[^A-Za-z0-9]/g, ''),
    )
    .replace(/\p{M}/gu, '')
    .toLowerCase();
}

const cut = (name: string, bytes: number): string => name.slice(0, bytes).replace(/_+$/, '');

function columnName(original: string, position: number): string {
  const text = romanise(original.replace(/<\/?[a-z][^<>]*>/gi, '')).trim();
  const core = text
    .replace(/&(#\d+|#x[0-9a-f]+|[a-z]+[0-9]*);/g, '-')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  if (core === '') return `field_${position}`;
  const needsPrefix = text.startsWith('_') || /^\d/.test(core) || reservedColumns.has(core);
  return cut(needsPrefix ? `_${core}` : core, maxNameBytes);
}

/**
 * Names for the columns of one table, in order: the sanitiser of wire contract 5.4. Each is a lower-case ASCII
 * identifier of at most 63 bytes, no reserved word, no system column and none of `ownColumns`; no two are equal; a
 * name without a usable letter becomes `field_N` (its 1-based position). Doing it twice changes nothing, and columns
 * appended later do not change the names before them. `asked`, by position, are names that were asked for: they come
 * first, and stand as they are where SQL takes them without quotes.
 */
export function columnNames(originals: readonly string[], asked: readonly (string | undefined)[] = []): string[] {
  const taken = new Set<string>(ownColumns);
  const take = (name: string): string => {
    const free = nextFreeName(name, (candidate) => taken.has(candidate));
    taken.add(free);
    return free;
  };
  const given = originals.map((_, index) => {
    const name = asked[index];
    return name === undefined ? undefined : take(isPlainName(name) ? name : columnName(name, index + 1));
  });
  return originals.map((original, index) => given[index] ?? take(columnName(original, index + 1)));
}

/** Whether a column can have this name as it stands, without quotes in SQL. */
const isPlainName = (name: string): boolean =>
  /^[a-z_][a-z0-9_]*$/.test(name) && name.length <= maxNameBytes && !reservedColumns.has(name);

/**
 * The table name for a layer (wire contract 7.1, with letters transliterated): a lower-case ASCII identifier of at
 * most 63 bytes that begins with a letter and is no reserved or protected word. Nothing usable: `untitled_table`.
 */
export function tableName(source: string): string {
  const core = romanise(source)
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  if (core === '') return 'untitled_table';
  const startsWithLetter = /^[a-z]/.test(core) && !romanise(source).trim().startsWith('_');
  const name = cut(startsWithLetter ? core : `table_${core}`, maxNameBytes);
  return reservedTables.has(name) ? `${name}_t` : name;
}

/** `base` with `suffix` behind it, the base cut so that the whole fits 63 bytes. */
export const suffixed = (base: string, suffix: string): string => cut(base, maxNameBytes - suffix.length) + suffix;

/** `base`, or the first of `base_1`, `base_2`, … that is not taken, within 63 bytes. */
export function nextFreeName(base: string, isTaken: (name: string) => boolean): string {
  let name = base;
  for (let number = 1; isTaken(name); number++) name = suffixed(base, `_${number}`);
  return name;
}

const wrappings = /\.(gz|gzip|bz2|xz|zst|zip|tgz|tar|7z)$/i;

/** The name of a file's only layer: its base name without the extension and what it was compressed with. */
export function layerName(fileName: string): string {
  const base = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1).trim();
  let name = base;
  while (wrappings.test(name)) name = name.replace(wrappings, '');
  name = name.replace(/\.[a-z][a-z0-9]{0,9}$/i, '');
  return name === '' ? base : name;
}

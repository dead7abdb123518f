/** A line drawn under names: `-----`, `---+---`, `:---:`, `=====`. */
const drawn = /^[\s:+|]*(-{2,}|={2,}|_{2,})[-=_\s:+|]*$/;

/** So long one of its pieces is at least: two hyphens alone stand for no value. */
const leastDrawn = /[-=_]{3}/;

/** Widths and types below the names of USGS's RDB files: `5s`, `20d`, `14n`. */
const rdbFormat = /^\d+[sdn]$/;

/** What programs write behind the rows of a result: `(3 rows)`, `3 rows selected.`, `3 row(s) affected`, `3 rows in set (0.00 sec)`. */
const rowCount =
  /^\(?\d+ (rows?|records?|row\(s\)|record\(s\))( selected\.?| affected| in set( \([\d.]+ sec\))?)?\)?$/i;

function isDrawn(cells: readonly string[]): boolean {
  const filled = cells.filter((cell) => cell.trim() !== '');
  return filled.length > 0 && filled.every((cell) => drawn.test(cell)) && filled.some((cell) => leastDrawn.test(cell));
}

const isOfFormats = (cells: readonly string[]): boolean =>
  cells.length > 1 && cells.every((cell) => rdbFormat.test(cell));

/** Whether a row below names is none of values: a drawn line, or the formats of the columns between names and values. */
export const isRuler = (cells: readonly string[], above?: readonly string[], below?: readonly string[]): boolean =>
  isDrawn(cells) ||
  (isOfFormats(cells) && above !== undefined && below !== undefined && !isOfFormats(above) && !isOfFormats(below));

/** Whether a line ends the result of a query: a drawn line, or how many rows it has. */
export const isEndOfResult = (line: string): boolean => rowCount.test(line.trim()) || isRuler([line]);

import { columnClasses, isSpecific, type ValueClass, valueClass } from './value-class.ts';

/** Rows of names that stand above one another, at most. */
const maxHeaderRows = 4;

/** Rows of data that make a number in the first row evidence against a header. */
const enoughRows = 3;

const date = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d.*)?$/;
const year = /^(19|20)\d\d$/;

const areYears = (cells: readonly string[]): boolean =>
  cells.length > 1 && new Set(cells).size === cells.length && cells.every((cell) => year.test(cell.trim()));

type Row = readonly string[];

/**
 * How many rows from the first on name the columns: 0 where the first is data. A first row of numbers and dates alone
 * is data, if it is no row of years. Else it is told from the columns below: a cell that is a date, a time, an amount, an
 * address where all below are so speaks for data, a word above numbers or dates for names. Numbers are weak evidence, as
 * years and counts name columns: only where there are several rows, and words nowhere stand above numbers. Without
 * evidence the first row is a header. (Wire contract 5.4 lets one number decide, which takes the header of
 * `country,2002,2006` away.) The order of the rows below does not matter. `enough`: rows, with the first, that must be
 * more for numbers to count.
 */
export function countHeaderRows(rows: readonly Row[], columns: number, enough: number = enoughRows): number {
  const [first, second] = rows;
  if (first === undefined || isOfValues(first, second)) return 0;
  const below = columnClasses(rows.slice(rows.length > 2 * maxHeaderRows ? maxHeaderRows : 1), columns);
  if (
    rows.length === 1
      ? first.filter((cell) => isSpecific(valueClass(cell))).length > 1
      : isLikeBelow(first, below, rows.length > enough)
  )
    return 0;
  let count = 1;
  while (count < Math.min(maxHeaderRows, rows.length - 1)) {
    const row = rows[count] ?? [];
    const isShort = rows.length <= 2 * maxHeaderRows && rows.length - count > enoughRows;
    if (
      !isMoreNames(row, first, below) &&
      !isBetweenNames(row, rows.slice(0, count)) &&
      !(isShort && isOfWords(row, rows.slice(count + 1), columns))
    )
      break;
    count++;
  }
  return count;
}

function isOfValues(first: Row, second: Row | undefined): boolean {
  const cells = first.filter((cell) => cell !== '');
  if (cells.length === 0 || !cells.every((cell) => valueClass(cell) === 'number' || date.test(cell))) return false;
  return !areYears(cells) || (second !== undefined && areYears(second));
}

function isLikeBelow(first: Row, below: readonly ValueClass[], isEnough: boolean): boolean {
  let alike = 0;
  let numbers = 0;
  let unlike = 0;
  below.forEach((wanted, column) => {
    const found = valueClass(first[column] ?? '');
    if (wanted === 'text' || wanted === 'empty' || found === 'empty') return;
    if (found !== wanted) unlike++;
    else if (isSpecific(found)) alike++;
    else if (!isLabel(first[column] ?? '', first)) numbers++;
  });
  if (alike > 0) return alike > unlike;
  return unlike === 0 && numbers > 0 && isEnough;
}

/** Numbers that name columns: years, and runs of numbers that follow one another. */
function isLabel(cell: string, row: Row): boolean {
  const value = Number(cell);
  const stands = (one: number): boolean => row.some((other) => other.trim() === `${one}`);
  return year.test(cell.trim()) || (Number.isInteger(value) && (stands(value + 1) || stands(value - 1)));
}

/** A row below the first names columns too if it is the same again, or if it has words where there are values below. */
function isMoreNames(row: Row, first: Row, below: readonly ValueClass[]): boolean {
  if (row.length > 1 && row.length === first.length && row.every((cell, i) => cell === first[i])) return true;
  // Cut into fewer cells or more it is a row gone wrong.
  if (row.length !== below.length) return false;
  const strong = below.flatMap((wanted, column) =>
    wanted === 'text' || wanted === 'empty' ? [] : [row[column] ?? ''],
  );
  const filled = strong.filter((cell) => cell !== '');
  return (
    filled.length >= 2 && filled.length * 2 >= strong.length && filled.every((cell) => valueClass(cell) === 'text')
  );
}

/** Whether a row has words where no row above names a column, and nothing else: pandas names the columns of an index so. */
function isBetweenNames(row: Row, above: readonly Row[]): boolean {
  const isNamed = (column: number): boolean => above.some(({ [column]: cell = '' }) => cell !== '');
  return (
    row.some((cell) => cell !== '') &&
    above.every((names) => names.length === row.length) &&
    row.every((cell, column) => (cell === '' ? isNamed(column) : !isNamed(column) && valueClass(cell) === 'text'))
  );
}

/**
 * Whether a row of a short table has words alone, and one above each column of values: units, say. Where values are missing
 * below, a word may stand for one of them.
 */
function isOfWords(row: Row, rows: readonly Row[], columns: number): boolean {
  const below = columnClasses(rows, columns);
  if (!isMoreNames(row, [], below) || row.some((cell) => cell !== '' && valueClass(cell) !== 'text')) return false;
  const whole = [row, ...rows].filter(({ length }) => length === row.length);
  return below.every((wanted, column) => {
    const hasValues = wanted !== 'text' && wanted !== 'empty';
    return !hasValues || whole.every((one) => one[column] !== '');
  });
}

/**
 * The names that rows of a header make together; an empty string is a column without a name. Where they would not differ,
 * an empty cell of the first row has the name before it.
 */
export function joinNames(rows: readonly Row[], columns: number): readonly string[] {
  const width = Math.max(columns, ...rows.map((row) => row.length));
  const named = (parts: readonly Row[]): readonly string[] =>
    Array.from({ length: width }, (_, column) => {
      let name = '';
      for (const { [column]: part = '' } of parts) name += name === '' || part === '' ? part : ` ${part}`;
      return name;
    });
  const names = named(rows);
  const [first = [], ...others] = rows;
  const isClear = others.length === 0 || new Set(names).size === names.length;
  return withoutSurplus(isClear ? names : named([spread(first, others), ...others]), columns);
}

/** A first row of names that stand above several columns each, as merged cells of spreadsheets are written. */
function spread(first: Row, others: readonly Row[]): Row {
  let above = '';
  return first.map((cell, column) => {
    const isBelow = others.some((row) => (row[column] ?? '') !== '');
    if (cell !== '' || !isBelow) above = cell;
    return above;
  });
}

/** A separator too many in the header gives an empty name that no row has a cell for. */
function withoutSurplus(names: readonly string[], columns: number): readonly string[] {
  if (names.length <= columns) return names;
  const isTrailing = names.slice(columns).every((name) => name === '');
  if (isTrailing) return names.slice(0, columns);
  const named = names.filter((name) => name !== '');
  return named.length === columns ? named : names;
}

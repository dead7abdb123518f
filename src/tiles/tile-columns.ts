import { identifier, type Sql, sql } from '../db/sql.ts';
import type { ReadableColumn, ReadableTable } from '../store/readable-table.ts';

/** Types that a tile cannot show as they are read. */
const LEFT_OUT: ReadonlySet<string> = new Set(['geometry', 'geography', 'raster', 'bytea']);

const WHOLE: ReadonlySet<string> = new Set(['int2', 'int4', 'int8']);
const REAL: ReadonlySet<string> = new Set(['float4', 'float8', 'numeric']);

/** The kinds of values that TileJSON tells apart. */
export type TileValueKind = 'Number' | 'Boolean' | 'String';

/** What a column is in a tile. */
export function tileKindOf(column: ReadableColumn): TileValueKind {
  if (WHOLE.has(column.type) || REAL.has(column.type)) return 'Number';
  return column.type === 'bool' ? 'Boolean' : 'String';
}

/** The columns that a tile can carry; of those asked for where some are. Throws an UnknownColumn for another name. */
export function tileColumns(
  table: Pick<ReadableTable, 'name' | 'columns'>,
  asked: readonly string[] | null,
): readonly ReadableColumn[] {
  const fitting = table.columns.filter((column) => !LEFT_OUT.has(column.type));
  if (asked === null) return fitting;
  const unknown = asked.find((name) => !fitting.some((column) => column.name === name));
  if (unknown !== undefined) throw new UnknownColumn(table.name, unknown);
  return fitting.filter((column) => asked.includes(column.name));
}

/** A column was asked for that the table does not have, or that no tile can carry. */
export class UnknownColumn extends Error {
  constructor(table: string, column: string) {
    super(`the table "${table}" has no column "${column}" that a tile can carry`);
  }
}

/** A numeric beyond the range of float8 would fail the whole tile: it is left out. */
const MOST = '1e308';

/** The value of a column of `b` as tiles have it: numbers and truth values as such, everything else in its text. */
export function tileValue(column: ReadableColumn): Sql {
  const value = sql`b.${identifier(column.name)}`;
  if (column.type === 'numeric') {
    return sql`case when ${value} between -${MOST}::text::numeric and ${MOST}::text::numeric then ${value}::float8 end`;
  }
  return tileKindOf(column) === 'String' && column.type !== 'text' ? sql`${value}::text` : value;
}

/** What the library that reads workbooks hands over, as far as it is used here. */
export interface ForeignCell {
  readonly type: string;
  readonly value: string | number | boolean | undefined;
  /** Code of the number format, `''` where there is none. */
  readonly format: string;
  readonly hasFormula: boolean;
}

/** Calls `onCell` for the first `most` cells of a row that has holes, and may be as long as a damaged file says. */
export function forEachCell(row: unknown, most: number, onCell: (column: number, cell: ForeignCell) => void): void {
  if (!Array.isArray(row)) return;
  const count = Math.min(row.length, most);
  for (let column = 0; column < count; column++) {
    const parsed = parseCell(row[column]);
    if (parsed !== null) onCell(column, parsed);
  }
}

function parseCell(cell: unknown): ForeignCell | null {
  if (typeof cell !== 'object' || cell === null || !('t' in cell) || typeof cell.t !== 'string') return null;
  const value = 'v' in cell ? cell.v : undefined;
  const isValue = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return {
    type: cell.t,
    value: isValue ? value : undefined,
    format: 'z' in cell && typeof cell.z === 'string' ? cell.z : '',
    hasFormula: 'f' in cell,
  };
}

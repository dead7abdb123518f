import { MAX_SHEET_COLUMNS } from '../sheet/cell-name.ts';
import { kindOfCode, NumberKind } from '../sheet/number-format.ts';
import { numberText } from '../sheet/number-text.ts';
import { RowCells } from '../sheet/row-cells.ts';
import { serialText } from '../sheet/serial-date.ts';
import type { Sheet } from '../sheet/sheet.ts';
import type { SheetNotes } from '../sheet/sheet-notes.ts';
import { type ForeignCell, forEachCell } from './foreign-cells.ts';

/** Errors by the number that XLS and XLSB write for them ([MS-XLS] 2.5.10). */
const errorWords: ReadonlyMap<unknown, string> = new Map([
  [0x00, '#NULL!'],
  [0x07, '#DIV/0!'],
  [0x0f, '#VALUE!'],
  [0x17, '#REF!'],
  [0x1d, '#NAME?'],
  [0x24, '#NUM!'],
  [0x2a, '#N/A'],
  [0x2b, '#GETTING_DATA'],
]);

/** What the reader of workbooks gave for one sheet: rows by number, from 0, with holes. */
export interface SheetData {
  readonly name: string;
  readonly rows: readonly unknown[];
  /** References of merged cells, such as `A1:B2`. */
  readonly merged: readonly string[];
}

/** A sheet that is in memory, as the rows that every sheet has. */
export function workbookSheet(data: SheetData, is1904: boolean): Sheet {
  const kinds = new Map<string, NumberKind>();
  const kindOf = (format: string): NumberKind => {
    const known = kinds.get(format);
    if (known !== undefined) return known;
    const kind = kindOfCode(format);
    kinds.set(format, kind);
    return kind;
  };

  const writeCell = (cells: RowCells, column: number, cell: ForeignCell, notes: SheetNotes): void => {
    const { type, value, format, hasFormula } = cell;
    const error = type === 'e' ? (errorWords.get(value) ?? String(value)) : null;
    if (error !== null) notes.addCell('error_cells', column, cells.row, error);
    else if (typeof value === 'boolean') cells.addText(column, value ? 'TRUE' : 'FALSE', false);
    else if (typeof value === 'string') cells.addText(column, value, true);
    else if (typeof value === 'number') {
      const kind = kindOf(format);
      const text = kind === NumberKind.number ? numberText(value) : serialText(value, kind, is1904);
      if (text === null) notes.addCell('invalid_dates', column, cells.row, String(value));
      else cells.addText(column, text, false);
    } else if (hasFormula && type !== 's') notes.addCell('formulas_without_value', column, cells.row, '');
  };

  return {
    name: data.name,
    read: async (onRow, notes) => {
      const cells = new RowCells();
      for (let row = 0; row < data.rows.length; row++) {
        if (data.rows[row] === undefined) continue;
        cells.begin(row + 1);
        forEachCell(data.rows[row], MAX_SHEET_COLUMNS, (column, cell) => writeCell(cells, column, cell, notes));
        if (cells.filled > 0 && !onRow(cells)) return;
      }
      for (const range of data.merged) notes.add('merged_cells', range, '');
    },
  };
}

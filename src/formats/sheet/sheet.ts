import type { RowCells } from './row-cells.ts';
import type { SheetNotes } from './sheet-notes.ts';

/** A sheet of a workbook, whatever the workbook is stored as. */
export interface Sheet {
  readonly name: string;
  /**
   * All rows that hold something, from the top, until `onRow` returns false. What cannot be a value is told to `notes`.
   * May be called again. Throws ImportError.
   */
  read(onRow: (row: RowCells) => boolean, notes: SheetNotes): Promise<void>;
}

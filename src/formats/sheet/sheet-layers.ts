import { CellKind, type CellRecord, type Layer, type LocalFile, newRecord, type OnRecord } from '../../domain/layer.ts';
import { layerName } from '../../domain/naming.ts';
import { ImportError } from '../../errors.ts';
import { columnLetters, MAX_SHEET_COLUMNS } from './cell-name.ts';
import { type FoundTable, findTable, type TopRow } from './find-table.ts';
import type { RowCells } from './row-cells.ts';
import type { Sheet } from './sheet.ts';
import { SheetNotes } from './sheet-notes.ts';

/** Rows from which the header and the columns of a sheet are told. */
const TOP_ROWS = 100;

/** Rows of a sample: what comes behind can only be reached through what stands before it. */
const SAMPLE_ROWS = 2000;

/** Columns of one layer; PostgreSQL allows 1600 in a table, so that the loader's own message comes first. */
const MAX_COLUMNS = 2000;

/**
 * The sheets of a workbook that hold something, one layer each: under the file's name if there is one, else under the
 * file's and the sheet's. `hidden` are the names of sheets that are left out because a person who opens the file does
 * not see them; they are told as the warning `hidden_sheets` of the first layer. Throws emptyFile where no visible
 * sheet holds anything.
 */
export async function sheetLayers(
  file: LocalFile,
  sheets: readonly Sheet[],
  hidden: readonly string[],
): Promise<readonly Layer[]> {
  const tables: { readonly sheet: Sheet; readonly table: FoundTable }[] = [];
  for (const sheet of sheets) {
    const rows = await topRows(sheet);
    if (rows.length > 0) tables.push({ sheet, table: findTable(rows) });
  }
  if (tables.length === 0) {
    throw new ImportError('emptyFile', {
      detail: `${file.name}: no visible sheet holds anything.${hidden.length > 0 ? ` Hidden: ${hidden.join(', ')}.` : ''}`,
      hint:
        hidden.length > 0
          ? 'Show the hidden sheets, save the file and import it again.'
          : 'Check that the right file was sent.',
    });
  }
  const base = layerName(file.name);
  return tables.map(({ sheet, table }, index) =>
    sheetLayer(tables.length === 1 ? base : `${base}_${sheet.name}`, sheet, table, index === 0 ? hidden : []),
  );
}

async function topRows(sheet: Sheet): Promise<readonly TopRow[]> {
  const rows: TopRow[] = [];
  await sheet.read((row) => {
    const cells = Array.from({ length: row.count }, (_, cell) => ({
      column: row.columns[cell] ?? 0,
      text: row.text(cell),
      isText: row.isText[cell] === 1,
    }));
    return rows.push({ row: row.row, cells }) < TOP_ROWS;
  }, new SheetNotes());
  return rows;
}

function sheetLayer(name: string, sheet: Sheet, table: FoundTable, hidden: readonly string[]): Layer {
  const columns = new TableColumns(sheet.name, table);
  const skip = table.above.length + (table.hasHeader ? 1 : 0);
  let notes = new SheetNotes();
  const pass = async (onRecord: OnRecord, maxRows: number): Promise<void> => {
    const record = newRecord(MAX_COLUMNS);
    let rows = 0;
    notes = new SheetNotes();
    await sheet.read((row) => {
      if (rows++ < skip) return true;
      record.row = rows - skip;
      columns.fill(record, row);
      onRecord(record);
      return record.row < maxRows;
    }, notes);
  };
  return {
    name,
    srid: null,
    hasGeometry: false,
    columns: columns.names,
    sample: (onRecord) => pass(onRecord, SAMPLE_ROWS),
    read: (onRecord) => pass(onRecord, Number.POSITIVE_INFINITY),
    warnings: () => ({ ...aboveHeader(table), ...hiddenSheets(hidden), ...notes.all() }),
  };
}

/**
 * Which column of the sheet is which of the layer. A column of the sheet that has neither a name nor a value among the
 * first rows is left out until a value of it comes.
 */
class TableColumns {
  readonly names: string[] = [];
  readonly #sheetName: string;
  readonly #places = new Int16Array(MAX_SHEET_COLUMNS).fill(-1);

  constructor(sheetName: string, table: FoundTable) {
    this.#sheetName = sheetName;
    table.columns.forEach((column, index) => {
      this.#add(column, table.names[index] ?? '');
    });
  }

  #add(column: number, name: string): number {
    if (this.names.length === MAX_COLUMNS) {
      throw new ImportError('tooManyColumns', {
        detail: `The sheet ${this.#sheetName} has more than ${MAX_COLUMNS} columns with values; the next is ${columnLetters(column)}.`,
        hint: 'Remove columns, or turn columns into rows.',
      });
    }
    const place = this.names.push(name) - 1;
    this.#places[column] = place;
    return place;
  }

  /** Makes a row of the sheet the record. */
  fill(record: CellRecord, row: RowCells): void {
    record.bytes = row.bytes;
    record.line = row.row;
    record.kinds.fill(CellKind.null, 0, this.names.length);
    for (let cell = 0; cell < row.count; cell++) {
      const column = row.columns[cell]!;
      const known = this.#places[column]!;
      if (known < 0 && isBlank(row, cell)) continue;
      const place = known < 0 ? this.#add(column, '') : known;
      // The point of a number groups nothing, whatever decimal sign the request names for texts.
      const isDecimal = row.isText[cell] === 0 && hasThreeDecimals(row.bytes, row.starts[cell]!, row.ends[cell]!);
      record.kinds[place] = isDecimal ? CellKind.jsonScalar : CellKind.plain;
      record.starts[place] = row.starts[cell]!;
      record.ends[place] = row.ends[cell]!;
    }
    record.count = this.names.length;
  }
}

/** Whether a number such as `-123.456` could be taken for a whole one in groups of three; no date or time is so short. */
const hasThreeDecimals = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start >= 5 && end - start <= 8 && bytes[end - 4] === 46;

const isBlank = (row: RowCells, cell: number): boolean => row.text(cell).trim() === '';

function aboveHeader({ above }: FoundTable): Readonly<Record<string, unknown>> {
  if (above.length === 0) return {};
  const first = above.map(({ row, cells }) => ({
    row,
    value: cells
      .map(({ text }) => text)
      .join(' ')
      .slice(0, 200),
  }));
  return { rows_above_header: { count: above.length, first } };
}

const hiddenSheets = (names: readonly string[]): Readonly<Record<string, unknown>> =>
  names.length === 0 ? {} : { hidden_sheets: { count: names.length, first: names.slice(0, 100) } };

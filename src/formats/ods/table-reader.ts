// hot path: bench/load.bench.ts
import { ImportError } from '../../errors.ts';
import { cellName, MAX_SHEET_COLUMNS, MAX_SHEET_ROWS } from '../sheet/cell-name.ts';
import { numberText } from '../sheet/number-text.ts';
import { RowCells } from '../sheet/row-cells.ts';
import type { SheetNotes } from '../sheet/sheet-notes.ts';
import type { XmlHandler, XmlScanner } from '../sheet/xml-scanner.ts';
import { attributeText, writeXmlText } from '../sheet/xml-text.ts';
import { dateText, timeText } from './values.ts';

/** Cells that repeated rows and columns may come to; they cost nothing in the file. */
const MAX_REPEATED_CELLS = 20_000_000;

/** Elements inside a cell whose text is not the cell's. */
const asides: ReadonlySet<string> = new Set(['annotation', 'ruby-text', 'note', 'frame', 'custom-shape', 'shapes']);

/** What reading one table needs. */
export interface TableContext {
  readonly fileName: string;
  /** Which table of the document, from 0. */
  readonly index: number;
  readonly notes: SheetNotes;
  /** Told of every row that holds something; false: no more. */
  readonly onRow: (row: RowCells) => boolean;
}

/** Turns one table of an OpenDocument content into rows. What is repeated is written out, within limits. */
export class TableReader implements XmlHandler {
  /** Whether `onRow` wants no more rows, or the table is over. */
  isDone = false;
  readonly #context: TableContext;
  readonly #cells = new RowCells();
  #text: Buffer = Buffer.allocUnsafeSlow(1 << 12);
  #length = 0;
  #table = -1;
  #tableDepth = 0;
  #row = 0;
  #rowRepeats = 1;
  #column = 0;
  #repeatedCells = 0;
  #isInCell = false;
  #paragraphs = 0;
  #isInParagraph = false;
  #asideDepth = 0;
  #repeats = 1;
  #type = '';
  #value = '';
  #hasFormula = false;
  #isError = false;

  constructor(context: TableContext) {
    this.#context = context;
  }

  open(scanner: XmlScanner): void {
    if (this.isDone) return;
    const name = scanner.bytes.toString('latin1', scanner.nameStart, scanner.nameEnd);
    if (name === 'table') {
      if (this.#tableDepth++ === 0) this.#table++;
    } else if (this.#table !== this.#context.index || this.#tableDepth !== 1) return;
    else if (asides.has(name)) this.#asideDepth++;
    else if (this.#asideDepth > 0) return;
    else if (name === 'table-row') {
      this.#rowRepeats = repeatsOf(scanner);
      this.#column = 0;
      this.#cells.begin(this.#row + 1);
    } else if (name === 'table-cell' || name === 'covered-table-cell') this.#openCell(scanner);
    else if (this.#isInCell) this.#openText(name, scanner);
  }

  #openText(name: string, scanner: XmlScanner): void {
    if (name === 'p') {
      if (this.#paragraphs++ > 0) this.#append('\n');
      this.#isInParagraph = true;
    } else if (name === 's') this.#append(' '.repeat(Math.min(repeatsOf(scanner), 1000)));
    else if (name === 'tab') this.#append('\t');
    else if (name === 'line-break') this.#append('\n');
  }

  close(scanner: XmlScanner): void {
    if (this.isDone) return;
    const name = scanner.bytes.toString('latin1', scanner.nameStart, scanner.nameEnd);
    if (name === 'table') {
      if (--this.#tableDepth === 0 && this.#table === this.#context.index) this.isDone = true;
    } else if (this.#table !== this.#context.index || this.#tableDepth !== 1) return;
    else if (asides.has(name)) this.#asideDepth--;
    else if (this.#asideDepth > 0) return;
    else if (name === 'table-row') this.#closeRow();
    else if (name === 'table-cell' || name === 'covered-table-cell') this.#closeCell();
    else if (name === 'p') this.#isInParagraph = false;
  }

  text(scanner: XmlScanner, start: number, end: number, isRaw: boolean): void {
    if (!this.#isInParagraph || this.#asideDepth > 0) return;
    this.#reserve(end - start);
    this.#length = writeXmlText(scanner.bytes, start, end, isRaw, this.#text, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#text.length) return;
    if (needed > 1 << 26) throw this.#tooBig(`a text of ${needed} bytes`);
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#text.length * 2));
    this.#text.copy(grown, 0, 0, this.#length);
    this.#text = grown;
  }

  #append(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#text.write(text, this.#length);
  }

  #openCell(scanner: XmlScanner): void {
    this.#isInCell = true;
    this.#length = this.#paragraphs = 0;
    this.#repeats = 1;
    this.#type = this.#value = '';
    this.#hasFormula = this.#isError = false;
    let spanned = 1;
    while (scanner.nextAttribute()) {
      const { bytes, valueStart, valueEnd } = scanner;
      const value = attributeText(bytes, valueStart, valueEnd);
      switch (bytes.toString('latin1', scanner.attributeStart, scanner.attributeEnd)) {
        case 'number-columns-repeated':
          this.#repeats = wholeNumber(value);
          break;
        case 'value-type':
          // LibreOffice says `error` in an attribute of its own, beside the type `string` or `float`.
          if (value === 'error') this.#isError = true;
          else this.#type = value;
          break;
        case 'value':
        case 'date-value':
        case 'time-value':
        case 'boolean-value':
        case 'string-value':
          this.#value = value;
          break;
        case 'formula':
          this.#hasFormula = true;
          break;
        case 'number-columns-spanned':
        case 'number-rows-spanned':
          spanned *= wholeNumber(value);
      }
    }
    if (spanned > 1) this.#context.notes.add('merged_cells', cellName(this.#column, this.#row + 1), '');
  }

  #closeCell(): void {
    const first = this.#column;
    this.#isInCell = this.#isInParagraph = false;
    this.#column = Math.min(MAX_SHEET_COLUMNS, first + this.#repeats);
    const text = this.#type === '' || this.#type === 'string' ? this.#stringText() : this.#valueText();
    if (this.#isError) this.#context.notes.addCell('error_cells', first, this.#row + 1, text);
    else if (text !== '') {
      const isText = this.#type === '' || this.#type === 'string';
      for (let column = first; column < this.#column; column++) this.#cells.addText(column, text, isText);
    } else if (this.#hasFormula && this.#type === '') {
      this.#context.notes.addCell('formulas_without_value', first, this.#row + 1, '');
    }
  }

  #stringText(): string {
    return this.#paragraphs === 0 ? this.#value : this.#text.toString('utf8', 0, this.#length);
  }

  #valueText(): string {
    const value = this.#value;
    switch (this.#type) {
      case 'boolean':
        return value === 'true' ? 'TRUE' : 'FALSE';
      case 'date':
        return dateText(value);
      case 'time':
        return timeText(value);
    }
    if (/^-?\d+$/.test(value)) return value;
    const number = value.trim() === '' ? Number.NaN : Number(value);
    return Number.isFinite(number) ? numberText(number) : value;
  }

  #closeRow(): void {
    const repeats = this.#rowRepeats;
    if (this.#cells.filled > 0) {
      this.#repeatedCells += this.#cells.count * (repeats - 1);
      if (this.#repeatedCells > MAX_REPEATED_CELLS) throw this.#tooBig(`${this.#repeatedCells} repeated cells`);
      for (let row = 1; row <= repeats && !this.isDone; row++) {
        this.#cells.row = this.#row + row;
        this.isDone = !this.#context.onRow(this.#cells);
      }
    }
    this.#row = Math.min(MAX_SHEET_ROWS * 2, this.#row + repeats);
  }

  #tooBig(what: string): ImportError {
    return new ImportError('fileTooBig', {
      detail: `${this.#context.fileName} has ${what} at row ${this.#row + 1} of table ${this.#context.index + 1}.`,
      hint: 'Delete the rows and columns that only repeat a value, and save it again.',
    });
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : 1;
}

/** How often a row is repeated, or how many spaces stand for one element. */
function repeatsOf(scanner: XmlScanner): number {
  let repeats = 1;
  while (scanner.nextAttribute()) {
    const { bytes, attributeStart, attributeEnd, valueStart, valueEnd } = scanner;
    const name = bytes.toString('latin1', attributeStart, attributeEnd);
    if (name === 'number-rows-repeated' || name === 'c') {
      repeats = wholeNumber(bytes.toString('latin1', valueStart, valueEnd));
    }
  }
  return repeats;
}

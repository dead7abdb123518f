// hot path: bench/load.bench.ts

import { BadXml } from '../sheet/bad-xml.ts';
import { cellName, columnOfReference, MAX_SHEET_COLUMNS, MAX_SHEET_ROWS } from '../sheet/cell-name.ts';
import { NumberKind } from '../sheet/number-format.ts';
import { isPlainNumber, numberText } from '../sheet/number-text.ts';
import { RowCells } from '../sheet/row-cells.ts';
import { serialText } from '../sheet/serial-date.ts';
import type { SheetNotes } from '../sheet/sheet-notes.ts';
import type { XmlHandler, XmlScanner } from '../sheet/xml-scanner.ts';
import { attributeText, writeXmlText } from '../sheet/xml-text.ts';
import type { SharedStrings } from './shared-strings.ts';

/** What the `t` attribute of a cell says its value is. */
const CellType = { number: 0, shared: 1, inline: 2, formulaText: 3, boolean: 4, error: 5, date: 6 } as const;
type CellType = (typeof CellType)[keyof typeof CellType];

const typesByWord: ReadonlyMap<string, CellType> = new Map([
  ['n', CellType.number],
  ['s', CellType.shared],
  ['inlineStr', CellType.inline],
  ['str', CellType.formulaText],
  ['b', CellType.boolean],
  ['e', CellType.error],
  ['d', CellType.date],
]);

/** What cells of a sheet are read with. */
export interface SheetContext {
  readonly strings: SharedStrings;
  readonly kinds: readonly NumberKind[];
  readonly is1904: boolean;
  readonly notes: SheetNotes;
  /** Told of every row that holds something; false: no more. */
  readonly onRow: (row: RowCells) => boolean;
}

const LETTER_C = 99;
const LETTER_F = 102;
const LETTER_R = 114;
const LETTER_S = 115;
const LETTER_T = 116;
const LETTER_V = 118;

/**
 * Turns the XML of a worksheet into rows. The declared dimension of the sheet is not looked at; rows and cells without
 * a reference follow those before them.
 */
export class SheetReader implements XmlHandler {
  /** Whether `onRow` wants no more rows, or all have been read and what comes after the rows is of no interest. */
  isDone = false;
  readonly #context: SheetContext;
  readonly #cells = new RowCells();
  /** Text of the value and of the inline string of the cell that is being read. */
  #value: Buffer = Buffer.allocUnsafeSlow(1 << 16);
  #length = 0;
  #isInData = false;
  #isTaken = false;
  #phoneticDepth = 0;
  #hasFormula = false;
  #hasValue = false;
  #row = 0;
  #column = -1;
  #style = 0;
  #type: CellType = CellType.number;

  constructor(context: SheetContext) {
    this.#context = context;
  }

  open(scanner: XmlScanner): void {
    if (!this.#isInData) {
      if (scanner.isNamed('sheetData')) this.#isInData = true;
      else if (scanner.isNamed('mergeCell')) this.#mergedCell(scanner);
      return;
    }
    const { bytes, nameStart } = scanner;
    if (scanner.nameEnd - nameStart === 1) {
      const letter = bytes[nameStart];
      if (letter === LETTER_C) this.#openCell(scanner);
      else if (letter === LETTER_V) {
        this.#isTaken = this.#hasValue = this.#type !== CellType.inline;
      } else if (letter === LETTER_T) this.#isTaken = this.#type === CellType.inline && this.#phoneticDepth === 0;
      else if (letter === LETTER_F) this.#hasFormula = true;
    } else if (scanner.isNamed('row')) this.#openRow(scanner);
    else if (scanner.isNamed('rPh')) this.#phoneticDepth++;
  }

  close(scanner: XmlScanner): void {
    if (!this.#isInData) return;
    const { bytes, nameStart } = scanner;
    if (scanner.nameEnd - nameStart === 1) {
      const letter = bytes[nameStart];
      if (letter === LETTER_C) this.#closeCell();
      else if (letter === LETTER_V || letter === LETTER_T) this.#isTaken = false;
    } else if (scanner.isNamed('row')) this.#closeRow();
    else if (scanner.isNamed('rPh')) this.#phoneticDepth--;
    else if (scanner.isNamed('sheetData')) this.#isInData = false;
  }

  text(scanner: XmlScanner, start: number, end: number, isRaw: boolean): void {
    if (!this.#isTaken || this.isDone) return;
    const needed = this.#length + end - start;
    if (needed > this.#value.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#value.length * 2));
      this.#value.copy(grown, 0, 0, this.#length);
      this.#value = grown;
    }
    this.#length = writeXmlText(scanner.bytes, start, end, isRaw, this.#value, this.#length);
  }

  #openRow(scanner: XmlScanner): void {
    let row = this.#row + 1;
    while (scanner.nextAttribute()) {
      const { bytes, attributeStart, attributeEnd, valueStart, valueEnd } = scanner;
      if (attributeEnd - attributeStart !== 1 || bytes[attributeStart] !== LETTER_R) continue;
      row = digits(bytes, valueStart, valueEnd);
      if (row < 1 || row > MAX_SHEET_ROWS) {
        throw new BadXml(
          `has the row number ${JSON.stringify(attributeText(bytes, valueStart, valueEnd).slice(0, 40))}`,
        );
      }
    }
    this.#row = row;
    this.#column = -1;
    this.#cells.begin(row);
  }

  #closeRow(): void {
    if (this.isDone || this.#cells.filled === 0) return;
    this.isDone = !this.#context.onRow(this.#cells);
  }

  #openCell(scanner: XmlScanner): void {
    let column = this.#column + 1;
    this.#style = 0;
    this.#type = CellType.number;
    this.#length = 0;
    this.#hasFormula = this.#hasValue = this.#isTaken = false;
    while (scanner.nextAttribute()) {
      const { bytes, attributeStart, valueStart, valueEnd } = scanner;
      if (scanner.attributeEnd - attributeStart !== 1) continue;
      const letter = bytes[attributeStart];
      if (letter === LETTER_R) {
        column = columnOfReference(bytes, valueStart, valueEnd);
        if (column < 0) {
          const found = attributeText(bytes, valueStart, valueEnd).slice(0, 40);
          throw new BadXml(`has a cell with the reference ${JSON.stringify(found)} in row ${this.#row}`);
        }
      } else if (letter === LETTER_S) this.#style = digits(bytes, valueStart, valueEnd);
      else if (letter === LETTER_T) this.#type = cellType(bytes, valueStart, valueEnd);
    }
    if (column >= MAX_SHEET_COLUMNS) throw new BadXml(`has more than ${MAX_SHEET_COLUMNS} cells in row ${this.#row}`);
    this.#column = column;
  }

  #closeCell(): void {
    if (this.isDone) return;
    const length = this.#length;
    if (length === 0) {
      // Some programs write an empty number where they have not computed anything.
      if (this.#hasFormula && (!this.#hasValue || this.#type === CellType.number)) {
        this.#context.notes.addCell('formulas_without_value', this.#column, this.#row, '');
      }
      return;
    }
    const value = this.#value;
    switch (this.#type) {
      case CellType.number:
        this.#number(value, length);
        break;
      case CellType.shared:
        this.#shared(digits(value, 0, length));
        break;
      case CellType.boolean:
        this.#cells.addText(this.#column, value[0] === 49 || value[0] === 116 ? 'TRUE' : 'FALSE', false);
        break;
      case CellType.error:
        this.#context.notes.addCell('error_cells', this.#column, this.#row, value.toString('utf8', 0, length));
        break;
      case CellType.date:
        this.#isoDate(value.toString('latin1', 0, length));
        break;
      case CellType.inline:
      case CellType.formulaText:
        this.#cells.addBytes(this.#column, value, 0, length, true);
    }
  }

  #number(value: Buffer, length: number): void {
    const { kinds, is1904, notes } = this.#context;
    const kind = kinds[this.#style] ?? NumberKind.number;
    if (kind === NumberKind.number && isPlainNumber(value, 0, length)) {
      this.#cells.addBytes(this.#column, value, 0, length, false);
      return;
    }
    const text = value.toString('latin1', 0, length).trim();
    const number = text === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(number)) {
      this.#cells.addBytes(this.#column, value, 0, length, true);
      return;
    }
    const shown = kind === NumberKind.number ? numberText(number) : serialText(number, kind, is1904);
    if (shown !== null) this.#cells.addText(this.#column, shown, false);
    else notes.addCell('invalid_dates', this.#column, this.#row, text);
  }

  #shared(index: number): void {
    const { bytes, ends, count } = this.#context.strings;
    if (!(index >= 0 && index < count)) {
      throw new BadXml(`names the shared text ${index} of ${count} in cell ${cellName(this.#column, this.#row)}`);
    }
    this.#cells.addBytes(this.#column, bytes, index === 0 ? 0 : ends[index - 1]!, ends[index]!, true);
  }

  /** Midnight is how a day without a time is written here. */
  #isoDate(text: string): void {
    const kind = this.#context.kinds[this.#style];
    const shown = kind === NumberKind.date ? text.replace(/T00:00:00(\.0+)?$/, '') : text;
    this.#cells.addText(this.#column, shown.replace('T', ' '), false);
  }

  #mergedCell(scanner: XmlScanner): void {
    while (scanner.nextAttribute()) {
      const { bytes, attributeStart, attributeEnd, valueStart, valueEnd } = scanner;
      if (bytes.toString('latin1', attributeStart, attributeEnd) !== 'ref') continue;
      this.#context.notes.add('merged_cells', attributeText(bytes, valueStart, valueEnd).slice(0, 40), '');
    }
  }
}

/** The whole number that the digits at `bytes[start, end)` write; -1 where they are none. */
function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  if (start === end || end - start > 10) return -1;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Type `s` is by far the most frequent; a type that is not known is taken for text. */
function cellType(bytes: Buffer, start: number, end: number): CellType {
  if (end - start === 1 && bytes[start] === LETTER_S) return CellType.shared;
  return typesByWord.get(bytes.toString('latin1', start, end)) ?? CellType.formulaText;
}

// hot path: measured by npm run bench
import { CellKind, type CellRecord } from '../domain/layer.ts';
import type { ColumnType } from '../domain/schema.ts';
import { classifyCell, type Guessing } from './classify.ts';
import { classifyDeclared, everything, isOpaque } from './declared.ts';
import { foundForm } from './forms.ts';
import { provesText } from './resolve.ts';
import { Kind, regionalKinds } from './value-kinds.ts';

/** The first value of a column that was of a kind, or written in a form. */
export interface FirstValue {
  readonly row: number;
  readonly value: string;
  /** Kinds that it brought to the column. */
  readonly kinds: number;
  /** Forms that it brought. */
  readonly forms: number;
}

/** Characters of a value that are kept as evidence. */
const VALUE_CHARACTERS = 200;

/** What has been seen of each column so far. Masks grow and never shrink. */
export class Observations {
  readonly guessing: Guessing;
  masks = new Int32Array(64);
  /** How values of a region are written: bits of `forms.ts`. */
  forms = new Int32Array(64);
  /** 1 where the column is proved to be text and its values are no longer looked at. */
  settled = new Uint8Array(64);
  /** By column, the values that brought something new, in order. */
  readonly #firsts: FirstValue[][] = [];

  constructor(guessing: Guessing) {
    this.guessing = guessing;
  }

  /** Types that the source declares, by column; absent where it declares none. */
  readonly #declared: (ColumnType | null)[] = [];
  /** Columns whose type the request asks for, and that are looked at for the forms of their values alone. */
  readonly #asked = new Set<number>();

  /** What the source declares a column to be; null: nothing. */
  declared(column: number): ColumnType | null {
    return this.#declared[column] ?? null;
  }

  /** Notes what the source declares. Text and bytes are not looked at. */
  declare(column: number, type: ColumnType | null): void {
    this.#declared[column] = type;
    if (type === null || !isOpaque(type)) return;
    this.masks[column] = Kind.text;
    this.settled[column] = 1;
  }

  /** Notes that the request says what a column is. `isOpen`: only its values can tell how they are to be read. */
  ask(column: number, isOpen: boolean): void {
    this.#declared[column] = null;
    this.settled[column] = isOpen ? 0 : 1;
    if (isOpen) this.#asked.add(column);
  }

  /** Begins with what an earlier look at the same columns has seen. */
  assume(masks: readonly number[], forms: readonly number[]): void {
    masks.forEach((mask, column) => {
      this.masks[column] = mask;
      this.forms[column] = forms[column] ?? 0;
      if (!this.#asked.has(column) && this.settled[column] === 0) this.#settle(column);
    });
  }

  #settle(column: number): void {
    const guesses = this.guessing.typeGuessing || this.declared(column) !== null;
    if (provesText(this.masks[column]!, this.forms[column]!, guesses)) this.settled[column] = 1;
  }

  /** The values of a column that brought something new, in order. */
  firsts(column: number): readonly FirstValue[] {
    return this.#firsts[column] ?? [];
  }

  /** The kind of a cell, by what is declared of its column. */
  classify(record: CellRecord, column: number): number {
    if (this.#asked.has(column)) return classifyCell(record, column, everything);
    const type = this.#declared[column] ?? null;
    return type === null ? classifyCell(record, column, this.guessing) : classifyDeclared(record, column, type);
  }

  /** Makes room for `count` columns. */
  grow(count: number): void {
    if (count <= this.masks.length) return;
    const masks = new Int32Array(count * 2);
    masks.set(this.masks);
    this.masks = masks;
    const forms = new Int32Array(count * 2);
    forms.set(this.forms);
    this.forms = forms;
    const settled = new Uint8Array(count * 2);
    settled.set(this.settled);
    this.settled = settled;
  }

  /** Adds the kind of one value of a column, which was found last; whether it says anything new. */
  add(record: CellRecord, column: number, kind: number): boolean {
    const before = this.masks[column]!;
    const mask = before | kind;
    const formsBefore = this.forms[column]!;
    const forms = (kind & regionalKinds) === 0 ? formsBefore : formsBefore | foundForm[0]!;
    if (mask === before && forms === formsBefore) return false;
    this.masks[column] = mask;
    this.forms[column] = forms;
    this.#keep(record, column, mask & ~before, forms & ~formsBefore);
    if (!this.#asked.has(column)) this.#settle(column);
    return true;
  }

  #keep(record: CellRecord, column: number, kinds: number, forms: number): void {
    const isText = column < record.count && record.kinds[column] !== CellKind.binary;
    const value = isText ? record.bytes.toString('utf8', record.starts[column], record.ends[column]) : '';
    const first = { row: record.row, value: value.slice(0, VALUE_CHARACTERS), kinds, forms };
    const firsts = this.#firsts[column];
    if (firsts === undefined) this.#firsts[column] = [first];
    else firsts.push(first);
  }

  /** Looks at the cells of a record that belong to the first `width` columns. */
  observe(record: CellRecord, width: number): void {
    const count = Math.min(record.count, width);
    for (let column = 0; column < count; column++) {
      if (this.settled[column] === 0) this.add(record, column, this.classify(record, column));
    }
  }
}

// hot path: measured by npm run bench
import type { CellRecord } from '../domain/layer.ts';
import type { ColumnType } from '../domain/schema.ts';
import { classifyCell, type Guessing } from './classify.ts';
import { classifyDeclared, isOpaque } from './declared.ts';
import { provesText } from './resolve.ts';
import { Kind } from './value-kinds.ts';

/** What has been seen of each column so far. Masks grow and never shrink. */
export class Observations {
  readonly guessing: Guessing;
  masks = new Int32Array(64);
  /** 1 where the column is proved to be text and its values are no longer looked at. */
  settled = new Uint8Array(64);

  constructor(guessing: Guessing) {
    this.guessing = guessing;
  }

  /** Types that the source declares, by column; absent where it declares none. */
  readonly #declared: (ColumnType | null)[] = [];

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

  /** The kind of a cell, by what is declared of its column. */
  classify(record: CellRecord, column: number): number {
    const type = this.#declared[column] ?? null;
    return type === null ? classifyCell(record, column, this.guessing) : classifyDeclared(record, column, type);
  }

  /** Makes room for `count` columns. */
  grow(count: number): void {
    if (count <= this.masks.length) return;
    const masks = new Int32Array(count * 2);
    masks.set(this.masks);
    this.masks = masks;
    const settled = new Uint8Array(count * 2);
    settled.set(this.settled);
    this.settled = settled;
  }

  /** Adds the kind of one value of a column. */
  add(column: number, kind: number): void {
    const before = this.masks[column]!;
    const mask = before | kind;
    if (mask === before) return;
    this.masks[column] = mask;
    if (provesText(mask, this.guessing.typeGuessing || this.declared(column) !== null)) this.settled[column] = 1;
  }

  /** Looks at the cells of a record that belong to the first `width` columns. */
  observe(record: CellRecord, width: number): void {
    const count = Math.min(record.count, width);
    for (let column = 0; column < count; column++) {
      if (this.settled[column] === 0) this.add(column, this.classify(record, column));
    }
  }
}

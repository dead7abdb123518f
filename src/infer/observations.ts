// hot path: measured by npm run bench
import type { CellRecord } from '../domain/layer.ts';
import { classifyCell, type Guessing } from './classify.ts';
import { provesText } from './resolve.ts';

/** What has been seen of each column so far. Masks grow and never shrink. */
export class Observations {
  readonly guessing: Guessing;
  masks = new Int32Array(64);
  /** 1 where the column is proved to be text and its values are no longer looked at. */
  settled = new Uint8Array(64);

  constructor(guessing: Guessing) {
    this.guessing = guessing;
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
    if (provesText(mask, this.guessing.typeGuessing)) this.settled[column] = 1;
  }

  /** Looks at the cells of a record that belong to the first `width` columns. */
  observe(record: CellRecord, width: number): void {
    const count = Math.min(record.count, width);
    for (let column = 0; column < count; column++) {
      if (this.settled[column] === 0) this.add(column, classifyCell(record, column, this.guessing));
    }
  }
}

import { CellKind, type CellRecord } from '../domain/layer.ts';
import type { ColumnWish } from '../domain/reading.ts';

/** Makes the cells of a record NULL that say so in words. */
export type MakeNulls = (record: CellRecord) => void;

/**
 * The texts that mean NULL: `everywhere`, and those of single columns, which `wishes` gives by position, also of
 * columns that come up while the layer is read. null where there are none. They are compared with what stands between
 * the quotes, letter by letter.
 */
export function nullTexts(
  everywhere: readonly string[] | null,
  wishes: () => readonly (ColumnWish | undefined)[],
  hasOwn: boolean,
): MakeNulls | null {
  const common = (everywhere ?? []).map((text) => Buffer.from(text));
  if (common.length === 0 && !hasOwn) return null;
  const own = new Map<ColumnWish, readonly Buffer[]>();
  const textsOf = (wish: ColumnWish | undefined): readonly Buffer[] => {
    if (wish?.nullValues === undefined) return common;
    const known = own.get(wish);
    if (known !== undefined) return known;
    const texts = [...common, ...wish.nullValues.map((text) => Buffer.from(text))];
    own.set(wish, texts);
    return texts;
  };
  return (record) => {
    const byColumn = wishes();
    for (let cell = 0; cell < record.count; cell++) {
      const kind = record.kinds[cell];
      if (kind === CellKind.null || kind === CellKind.binary || kind === CellKind.json) continue;
      for (const text of textsOf(byColumn[cell])) {
        if (isEqual(record, cell, text)) {
          record.kinds[cell] = CellKind.null;
          break;
        }
      }
    }
  };
}

function isEqual(record: CellRecord, cell: number, text: Buffer): boolean {
  const start = record.starts[cell]!;
  if (record.ends[cell]! - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (record.bytes[start + i] !== text[i]) return false;
  return true;
}

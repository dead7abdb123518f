import { GeometryKind } from '../../domain/layer.ts';
import { kindOfJson } from '../../domain/rows-file.ts';
import type { ColumnType } from '../../domain/schema.ts';
import type { RowsWriter } from '../rows-writer.ts';

/** A column of a source that hands on text: what it becomes, and how the text says it. */
export interface TextColumn {
  readonly name: string;
  /** null: the geometry. */
  readonly type: ColumnType | null;
  /** The text in the words of the type: hexadecimal digits for `bytea` and the geometry. Absent: as it stands. */
  readonly toWords?: (text: string) => string;
}

/** Writes rows of text. The geometry, where there is one, is the first column whose type is null. */
export function writeTextRow(
  writer: RowsWriter,
  columns: readonly TextColumn[],
  row: readonly (string | null)[],
): void {
  writer.begin();
  const spatial = columns.findIndex(({ type }) => type === null);
  const geometry = row[spatial] ?? null;
  if (geometry !== null) writer.geometry(GeometryKind.wkb, Buffer.from(geometry, 'hex'));
  for (const [i, { type, toWords }] of columns.entries()) {
    if (i === spatial) continue;
    const text = row[i] ?? null;
    if (text === null) {
      writer.null();
      continue;
    }
    const words = toWords === undefined ? text : toWords(text);
    if (type === 'bytea') writer.binary(Buffer.from(words, 'hex'));
    else if (type === 'jsonb') writer.text(words, kindOfJson(words.charCodeAt(0)));
    else writer.text(words);
  }
}

/** Columns of the file of rows, the first geometry left out; further ones are text. */
export const headerColumns = (
  columns: readonly TextColumn[],
): { readonly name: string; readonly type: ColumnType | null }[] => {
  const spatial = columns.findIndex(({ type }) => type === null);
  return columns.filter((_, i) => i !== spatial).map(({ name, type }) => ({ name, type }));
};

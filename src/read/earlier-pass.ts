/** What a pass over all rows of a layer found out, for later ones that look only at the rows that are others. */

import { shapeOf } from '../domain/fingerprints.ts';
import type { Warnings } from '../domain/import.ts';
import type { Layer } from '../domain/layer.ts';
import type { ColumnReport } from '../domain/report.ts';
import type { ReadOptions } from '../formats/format.ts';
import type { Plan } from '../infer/infer-schema.ts';

/** Raised by whoever changes what becomes of the same bytes in a column of the same type. */
const VERSION = 1;

/** Passes of which only the first looks at all rows, so that evidence does not grow old and types may become narrower. */
const MOST_PASSES = 24;

/** None of its rows was told of in a warning or a reject: those that are as they were need not be told of either. */
export interface EarlierPass {
  readonly plan: Plan;
  /** Of the columns of the layer, as `Observations` has them. */
  readonly masks: readonly number[];
  readonly forms: readonly number[];
  /** Warnings about the columns as a whole. */
  readonly told: Warnings;
  readonly columns: readonly ColumnReport[];
  /** How many passes it was taken over by. */
  readonly age: number;
}

/** What hashes of the lines of a layer are made of, where they are read by a plan. */
export const lineShape = ({ schema, source, srid, columns }: Plan, layer: Layer, options: ReadOptions): string =>
  JSON.stringify(['lines', VERSION, shapeOf(schema), source, srid, columns, layer.lineForm?.(), options]);

export const writeEarlier = (pass: EarlierPass): string => JSON.stringify(pass);

/** What `writeEarlier` wrote; null where it is too old. */
export function readEarlier(text: string): EarlierPass | null {
  const pass = JSON.parse(text) as EarlierPass;
  return pass.age < MOST_PASSES ? pass : null;
}

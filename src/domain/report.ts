import { ImportError } from '../errors.ts';
import type { DateOrder } from './reading.ts';
import type { ColumnType } from './schema.ts';

/** Something of the source that is not in the table as it stands there. */
export interface Reject {
  /** As the source names it. */
  readonly layer: string;
  /** 1-based number of the record in its layer: the `cartodb_id` of its row where the source brings none. */
  readonly row: number;
  /** Where the record begins in the file, in bytes; null where the format has no such place. */
  readonly offset: number | null;
  /** As the source writes it; null where the whole row is meant. */
  readonly column: string | null;
  /** What stood there, at most 1,000 characters of it. */
  readonly raw: string;
  /** Why it could not be kept, in a word that scripts can rely on: `type`, `extra_cells`, `geometry`, `encoding`… */
  readonly rule: string;
}

/** There are more rejects than were allowed (2015): those that were met first, so that they can be looked at. */
export class TooManyRejects extends ImportError {
  readonly rejects: readonly Reject[];
  /** How many there are. */
  readonly rejected: number;
  constructor(
    options: { readonly detail: string; readonly hint?: string },
    rejects: readonly Reject[],
    rejected: number,
  ) {
    super('tooManyRejects', options);
    this.rejects = rejects;
    this.rejected = rejected;
  }
}

/** Evidence for the type of a column, over all its values. */
export interface ColumnReport {
  readonly name: string;
  /** As the source writes it. */
  readonly source: string;
  readonly type: ColumnType;
  /** A sentence: why this type. */
  readonly reason: string;
  /** The first value that prevented a narrower type; null where nothing did. */
  readonly counterExample: { readonly row: number; readonly value: string; readonly prevented: ColumnType } | null;
  readonly nulls: number;
  /** Estimate of the number of different values. */
  readonly distinct: number;
  /** In the words of the table; null where there is no value or no order. */
  readonly min: string | null;
  readonly max: string | null;
  /** The order in which days and months of its dates were read, where they are written as a region does. */
  readonly dateOrder?: DateOrder;
}

/** What was found out about a layer, and why. */
export interface LayerReport {
  /** What the format tells of its own: of delimited text the dialect, its encoding, and the runners-up of both. */
  readonly source: Readonly<Record<string, unknown>>;
  readonly columns: readonly ColumnReport[];
}

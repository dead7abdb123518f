import type { MultiPolygon } from 'geojson';

/** Where a place is. `inside`: a point that is somewhere in the area, because no more is known. */
export type Shape =
  | { readonly kind: 'point'; readonly longitude: number; readonly latitude: number }
  | { readonly kind: 'area'; readonly area: MultiPolygon }
  | { readonly kind: 'inside'; readonly area: MultiPolygon };

/** A place that a value names. */
export interface Found {
  /** The same for the same place, so that its shape is written once. */
  readonly id: string;
  readonly shape: Shape;
  /** How many other places the value could name, as far as its row tells. */
  readonly others: number;
}

/** What a row says of its place, in the columns of a decision. */
export interface Clues {
  readonly value: string;
  readonly country: string | null;
  readonly region: string | null;
}

/** Finds the place that a row names; null where nothing is known of it. */
export type FindPlace = (clues: Clues) => Found | null;

// hot path: measured by npm run bench
import type { ColumnType } from '../domain/schema.ts';

/** Integer codes of the column types, for the switch of the hot loop. */
export const codes: Readonly<Record<ColumnType, number>> = {
  text: 1,
  bigint: 2,
  'double precision': 3,
  timestamp: 4,
  boolean: 5,
  date: 6,
  timestamptz: 7,
  time: 8,
  uuid: 9,
  numeric: 10,
  jsonb: 11,
  bytea: 12,
};
/** Coordinate columns of double precision, whose numbers the geometry has parsed already. */
export const LONGITUDE = 13;
/** See `LONGITUDE`. */
export const LATITUDE = 14;
/** Double precision that the source declares: its numbers may have more digits than are taken from text. */
export const DECLARED_DOUBLE = 15;
/** Values as a region writes them. */
export const REGIONAL = 16;
/** A type that the request asks for. */
export const ASKED = 17;
/** A column of the layer that is no column of the table. */
export const SKIPPED = 0;

/** Kinds of cells that a JSON string cannot become: it is not a number or a boolean, whatever it looks like. */
export const isTemporalOrUuid = (code: number): boolean =>
  code === codes.date || code === codes.timestamp || code === codes.timestamptz || code === codes.uuid;

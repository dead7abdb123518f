/** Short hashes of the rows of a table, by which a run of a synchronization finds what differs in its source. */
import type { TableSchema } from './schema.ts';

/** Four words of the hash and one of the row's id, each of 32 bits, little-endian. */
export const ENTRY_WORDS = 5;
export const ENTRY_BYTES = 4 * ENTRY_WORDS;

/** Rows beyond which a table has no fingerprints: a reader holds about 40 bytes for each, of 512 MB in all. */
export const MAX_FINGERPRINTS = 4_000_000;

/** The entries of a table, in a file. */
export interface KnownEntries {
  readonly path: string;
  /** What the hashes were made of. */
  readonly shape: string;
  /** What the reader noted of the rows, for those that it need not look at again; null: it must look at all. */
  readonly reading: string | null;
}

/** What a reader needs to make fingerprints, and to compare with those there are. */
export interface FingerprintWish {
  /** 16 hexadecimal digits. */
  readonly key: string;
  /** null: there are none yet. */
  readonly known: KnownEntries | null;
}

/** A wish for the fingerprints of a table that follows the layer. */
export interface FollowerWish extends FingerprintWish {
  /** Of the known entries; null: there are none. */
  readonly version: string | null;
}

/** The fingerprints of one pass over a layer. */
export interface Fingerprints {
  /** Only rows that the known entries lack have come out of the reader. */
  readonly isDifference: boolean;
  /** An entry for each row that has come out, with its number in the source as the id. */
  readonly entries: Buffer;
  /** Ids of known rows that the source no longer has, 32 bits each, little-endian. */
  readonly gone: Buffer;
  /** Bytes that were hashed. */
  readonly bytes: number;
  /** What the hashes are made of: those of two passes can be compared where this is equal. */
  readonly shape: string;
  /** What a later pass need not look at again; null: nothing. */
  readonly reading: string | null;
}

/** The fingerprints of a layer that was loaded. */
export interface LoadedFingerprints extends Fingerprints {
  readonly key: string;
  /** Of the known entries that `isDifference` is about. */
  readonly version: string | null;
}

/** What the tuples of a table are made of. */
export const shapeOf = ({ columns, srid, crsWkt, extra, cartodbId }: TableSchema): string =>
  JSON.stringify([columns.map(({ name, type }) => [name, type]), srid, crsWkt ?? null, extra ?? null, cartodbId]);

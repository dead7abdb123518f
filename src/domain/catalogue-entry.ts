import { catalogue, type ErrorKind } from '../errors.ts';

/** What the catalogue says of a code; of one that it does not have, what it says of 99999. */
export const entryOf = (code: number): (typeof catalogue)[ErrorKind] =>
  Object.values(catalogue).find((entry) => entry.code === code) ?? catalogue.unknown;

// hot path: measured by npm run bench
import { ImportError } from '../../errors.ts';
import type { JsonScanner } from './json-scanner.ts';

/** Most columns of one layer; PostgreSQL allows 1600 in a table, so that the loader's own message comes first. */
export const MAX_COLUMNS = 2000;

/**
 * The union of all keys, in order of first appearance. Features mostly have the keys of the one before in the same
 * order, so a key is first compared, byte by byte, with what stood at its place then.
 */
export class Columns {
  readonly names: string[] = [];
  readonly #byKey = new Map<string, number>();
  /** Key at each place of the last object, quotes included, and its column. */
  readonly #expected: Buffer[] = [];
  readonly #expectedColumn: number[] = [];
  #featureId = -1;
  /** Position behind the key that `find` was asked for. */
  after = 0;

  /** Column of the key whose quote is at `at`, the `place`-th of its object. */
  find(scanner: JsonScanner, at: number, place: number): number {
    const bytes = scanner.bytes;
    const expected = this.#expected[place];
    if (expected !== undefined) {
      const length = expected.length;
      let i = 0;
      while (i < length && bytes[at + i] === expected[i]) i++;
      if (i === length) {
        this.after = at + length;
        return this.#expectedColumn[place]!;
      }
    }
    if (bytes[at] !== 34) scanner.fail(at, 'a key in double quotes');
    const after = scanner.string(at);
    this.after = after;
    const raw = bytes.toString('utf8', at + 1, after - 1);
    const key = scanner.isEscaped ? String(JSON.parse(`"${raw}"`)).toWellFormed() : raw;
    const column = this.#byKey.get(key) ?? this.#add(key, key);
    this.#expected[place] = Buffer.from(bytes.subarray(at, after));
    this.#expectedColumn[place] = column;
    return column;
  }

  /** Column of a key that is known before any object has it. */
  declare(key: string): number {
    return this.#byKey.get(key) ?? this.#add(key, key);
  }

  /**
   * Column of the features' own `id`: named `id`, as GDAL names it, or `feature_id` where a property was called `id`
   * before.
   */
  featureId(): number {
    if (this.#featureId < 0) {
      this.#featureId = this.#add(null, this.#byKey.has('id') ? 'feature_id' : 'id');
    }
    return this.#featureId;
  }

  #add(key: string | null, name: string): number {
    if (this.names.length === MAX_COLUMNS) {
      throw new ImportError('tooManyColumns', {
        detail: `The features have more than ${MAX_COLUMNS} different properties; the next is ${JSON.stringify(name.slice(0, 60))}.`,
        hint: 'Put values that are keyed by an id into a nested object or an array, or split the file.',
      });
    }
    if (key !== null) this.#byKey.set(key, this.names.length);
    return this.names.push(name) - 1;
  }
}

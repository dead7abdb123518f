import type { OnRecord } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import type { ByteWindow } from '../json/byte-window.ts';
import type { Columns } from '../json/columns.ts';
import { JsonScanner, needMore } from '../json/json-scanner.ts';
import { type ObjectKind, RecordReader } from './record-reader.ts';

/** Where the reader stands: between documents, in an array of objects, or behind the `features` of a collection. */
type State = 'document' | 'first' | 'next' | 'members';

const RECORD_SEPARATOR = 0x1e;

/** What the reader is told, and whom it tells. */
export interface DocumentOptions {
  /** What the layer's objects are, null while nobody knows. */
  readonly kind: ObjectKind | null;
  readonly maxRows: number;
  /** Called with the text of every `crs` of a collection or of the first feature. */
  onCrs(json: string): void;
}

/**
 * One pass over a file of GeoJSON: one document (a FeatureCollection, a Feature, a geometry, an array of objects) or
 * many, separated by white space or RS bytes (RFC 8142). Members that RFC 7946 does not know ("foreign") and `bbox` are
 * skipped. Each `step` ends with at most one record; a step that runs out of bytes is begun again with more of them.
 */
export class DocumentReader {
  rows = 0;
  kind: ObjectKind | null;
  /** Whether a `features` array was met: a file without features is then an empty layer, and no mistake. */
  hasCollection = false;
  readonly #window: ByteWindow;
  readonly #name: string;
  readonly #options: DocumentOptions;
  readonly #scanner: JsonScanner;
  readonly #reader: RecordReader;
  #state: State = 'document';
  #isCollection = false;
  #collectionType = '';
  #hasArray = false;
  #documents = 0;
  #at = 0;

  constructor(window: ByteWindow, name: string, columns: Columns, options: DocumentOptions) {
    this.#window = window;
    this.#name = name;
    this.#options = options;
    this.kind = options.kind;
    this.#scanner = new JsonScanner(window, name);
    this.#reader = new RecordReader(columns, this.#scanner);
  }

  /** Bytes of the file that have been read. */
  get position(): number {
    return this.#window.fileOffset + this.#at;
  }

  /** Reads on to the next record and hands it over; false at the end of the file. */
  next(onRecord: OnRecord): boolean {
    for (;;) {
      const { line } = this.#scanner;
      let after: number;
      const { rows } = this;
      try {
        after = this.#step();
      } catch (error) {
        if (error !== needMore) throw error;
        const wasAtEnd = this.#window.isAtEnd;
        if (!this.#scanner.fill(this.#at) && wasAtEnd) this.#scanner.truncated();
        this.#scanner.line = line;
        this.#at = 0;
        continue;
      }
      if (after < 0) return false;
      this.#at = after;
      if (this.rows === rows) continue;
      onRecord(this.#reader.record);
      return true;
    }
  }

  /** Takes one step and returns the position behind it, or -1 at the end of the file. */
  #step(): number {
    switch (this.#state) {
      case 'document':
        return this.#document();
      case 'first':
      case 'next':
        return this.#element();
      case 'members':
        return this.#member();
    }
  }

  #document(): number {
    this.#scanner.place = '';
    const bytes = this.#scanner.bytes;
    let i = this.#at;
    if (this.#window.fileOffset + i === 0) {
      if (this.#scanner.end < 3 && !this.#window.isAtEnd) throw needMore;
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) i = 3;
    }
    while (bytes[i] === 32 || (bytes[i]! >= 9 && bytes[i]! <= 13) || bytes[i] === RECORD_SEPARATOR) {
      if (bytes[i] === 10) this.#scanner.line++;
      i++;
    }
    if (i >= this.#scanner.end) {
      if (!this.#window.isAtEnd) throw needMore;
      return this.#finish(i);
    }
    if (bytes[i] === 91 && this.#documents === 0) {
      this.#documents++;
      this.#hasArray = true;
      this.#isCollection = false;
      this.#state = 'first';
      return i + 1;
    }
    if (bytes[i] !== 123) {
      const expected =
        this.#documents === 0 ? 'the { or [ that GeoJSON begins with' : 'another object or the end of the file';
      return this.#scanner.fail(i, expected);
    }
    const features = this.#findFeatures(i);
    this.#documents++;
    if (features < 0) return this.#object(i, false);
    this.hasCollection = true;
    this.#isCollection = true;
    this.#state = 'first';
    return features;
  }

  /** Looks through the object at `at` for an array `features`: the position behind its bracket, or -1. */
  #findFeatures(at: number): number {
    const scanner = this.#scanner;
    const { bytes, line } = scanner;
    this.#collectionType = '';
    if (this.kind === 'record') return -1;
    let i = scanner.space(at + 1);
    let crs = '';
    while (bytes[i] !== 125) {
      const value = scanner.key(i);
      const key = bytes.toString('utf8', i + 1, Math.min(value, i + 12));
      if (key.startsWith('features"') && bytes[value] === 91) {
        if (crs !== '') this.#options.onCrs(crs);
        return value + 1;
      }
      i = scanner.value(value);
      if (key.startsWith('type"')) {
        this.#collectionType = bytes.toString('utf8', value + 1, i - 1);
        if (this.#collectionType !== 'FeatureCollection') break;
      } else if (key.startsWith('crs"')) {
        crs = bytes.toString('utf8', value, i);
      }
      i = this.#separator(i);
    }
    scanner.line = line;
    return -1;
  }

  /** From behind a member to the next key, or to the closing brace. */
  #separator(at: number): number {
    const i = this.#scanner.space(at);
    const byte = this.#scanner.bytes[i];
    if (byte === 125) return i;
    return byte === 44 ? this.#scanner.space(i + 1) : this.#scanner.fail(i, 'a comma or }');
  }

  #element(): number {
    const scanner = this.#scanner;
    scanner.place = `${this.kind === 'record' ? 'object' : 'feature'} ${this.rows + 1}`;
    let i = scanner.space(this.#at);
    if (scanner.bytes[i] === 93) {
      this.#state = this.#isCollection ? 'members' : 'document';
      return i + 1;
    }
    if (this.#state === 'next') {
      if (scanner.bytes[i] !== 44) return scanner.fail(i, 'a comma or ]');
      i = scanner.space(i + 1);
    }
    if (scanner.bytes[i] !== 123) {
      const end = scanner.value(i);
      const found = scanner.bytes.toString('utf8', i, Math.min(end, i + 30));
      return scanner.refuse(
        i,
        `found \`${found}\`, expected an object`,
        'Every item of the array must be a GeoJSON Feature, or a plain object in an array of records.',
      );
    }
    const after = this.#object(i, this.#isCollection);
    this.#state = 'next';
    return after;
  }

  #object(at: number, isMember: boolean): number {
    this.#scanner.place = `${this.kind === 'record' ? 'object' : 'feature'} ${this.rows + 1}`;
    const reader = this.#reader;
    const after = reader.read(at, isMember, this.kind);
    if (this.rows === 0 && reader.crsEnd > 0) {
      this.#options.onCrs(this.#scanner.bytes.toString('utf8', reader.crsStart, reader.crsEnd));
    }
    if (this.rows === this.#options.maxRows) {
      throw new ImportError('tooManyRows', {
        detail: `${this.#name} has more than ${this.#options.maxRows} features.`,
        hint: 'Split the file, or ask the operator for a higher limit of rows.',
      });
    }
    this.kind = reader.kind;
    this.rows++;
    reader.record.row = this.rows;
    return after;
  }

  /** One member behind the `features` array, or the end of the collection. */
  #member(): number {
    const scanner = this.#scanner;
    scanner.place = '';
    let i = scanner.space(this.#at);
    if (scanner.bytes[i] === 125) {
      if (this.#collectionType !== '' && this.#collectionType !== 'FeatureCollection') {
        scanner.refuse(
          i,
          `found an array \`features\` in an object of type ${JSON.stringify(this.#collectionType.slice(0, 60))}`,
          'Its type must be FeatureCollection.',
        );
      }
      this.#state = 'document';
      return i + 1;
    }
    if (scanner.bytes[i] !== 44) return scanner.fail(i, 'a comma or }');
    i = scanner.space(i + 1);
    const value = scanner.key(i);
    const key = scanner.bytes.toString('utf8', i + 1, Math.min(value, i + 12));
    const after = scanner.value(value);
    if (key.startsWith('type"')) this.#collectionType = scanner.bytes.toString('utf8', value + 1, after - 1);
    if (key.startsWith('crs"')) this.#options.onCrs(scanner.bytes.toString('utf8', value, after));
    return after;
  }

  #finish(at: number): number {
    if (this.#documents === 0) {
      throw new ImportError('emptyFile', {
        detail: `${this.#name} holds nothing but white space.`,
        hint: 'Check that the file was saved or exported completely.',
      });
    }
    if (this.kind === 'record' && this.#documents === 1 && !this.#hasArray) {
      this.#scanner.refuse(
        at,
        'found a single JSON object that is neither a FeatureCollection, a Feature nor a geometry',
        'Give the object a GeoJSON `type`, or import an array of objects.',
      );
    }
    return -1;
  }
}

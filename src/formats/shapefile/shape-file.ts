// hot path: bench/load.bench.ts
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { FileWindow } from './file-window.ts';
import type { RecordBuffer } from './record-buffer.ts';
import { ShapeOutcome, ShapeReader } from './shape.ts';

/** Sizes in .shp and .shx files (ESRI Shapefile Technical Description, 1998). */
export const HEADER_BYTES = 100;
export const RECORD_HEADER_BYTES = 8;
export const INDEX_ENTRY_BYTES = 8;

/** First four bytes of .shp and .shx, big-endian. */
export const FILE_CODE = 9994;

/** Below this a measure is none. */
const NO_MEASURE = -1e38;

/**
 * The records of a .shp file by their number. With a .shx file records may lie in any order and with gaps, as they do
 * where features were edited in place; without one they lie one behind the other.
 */
export class ShapeFile implements Disposable {
  readonly #name: string;
  readonly #file: FileWindow;
  readonly #index: FileWindow | null;
  readonly #reader: ShapeReader;
  /** Where the next record begins, and its number, where there is no index. */
  #next = HEADER_BYTES;
  #nextNumber = 0;

  constructor(shape: LocalFile, index: LocalFile | undefined) {
    this.#name = shape.name;
    this.#file = new FileWindow(shape.path);
    if (!this.#file.fill(0, HEADER_BYTES)) throw damaged(shape.name, 'it has no header');
    const lowest = this.#file.view.getFloat64(84, true);
    const highest = this.#file.view.getFloat64(92, true);
    const hasMeasures = Number.isFinite(lowest) && lowest > NO_MEASURE && (lowest !== 0 || highest !== 0);
    this.#reader = new ShapeReader(hasMeasures);
    this.#index = index === undefined || countOf(index) === null ? null : new FileWindow(index.path, 1 << 16);
  }

  /** Records that the index names; null where only reading all of them tells. */
  static countOf(_shape: LocalFile, index: LocalFile | undefined): number | null {
    return index === undefined ? null : countOf(index);
  }

  /** More of the file has arrived. */
  forget(): void {
    this.#file.forget();
  }

  get degenerateParts(): number {
    return this.#reader.degenerateParts;
  }

  get looseHoles(): number {
    return this.#reader.looseHoles;
  }

  /** Appends the geometry of a record, nothing where it has none. False: there is no such record. */
  read(number: number, target: RecordBuffer): boolean {
    const at = this.#index === null ? this.#sequential(number) : this.#indexed(this.#index, number);
    if (at < 0) return false;
    const file = this.#file;
    if (!file.fill(at, RECORD_HEADER_BYTES)) throw this.#outside(number, at);
    const length = 2 * file.view.getUint32(file.start + 4, false);
    if (!file.fill(at + RECORD_HEADER_BYTES, length)) throw this.#outside(number, at);
    this.#next = at + RECORD_HEADER_BYTES + length;
    this.#nextNumber = number + 1;
    const { start } = file;
    if (this.#reader.append(file.bytes, file.view, start, start + length, target) === ShapeOutcome.damaged) {
      throw damaged(this.#name, `record ${number + 1} is no shape that fits its ${length} bytes`);
    }
    return true;
  }

  #outside(number: number, at: number): ImportError {
    const { size } = this.#file;
    return damaged(this.#name, `record ${number + 1} (byte ${at}) does not end within the file's ${size} bytes`);
  }

  /** A file may have a few bytes behind its last record. */
  #sequential(number: number): number {
    if (number < this.#nextNumber) {
      this.#next = HEADER_BYTES;
      this.#nextNumber = 0;
    }
    while (this.#nextNumber < number) {
      if (!this.#file.fill(this.#next, RECORD_HEADER_BYTES)) return -1;
      this.#next += RECORD_HEADER_BYTES + 2 * this.#file.view.getUint32(this.#file.start + 4, false);
      this.#nextNumber++;
    }
    return this.#next + RECORD_HEADER_BYTES + 4 > this.#file.size ? -1 : this.#next;
  }

  #indexed(index: FileWindow, number: number): number {
    if (!index.fill(HEADER_BYTES + INDEX_ENTRY_BYTES * number, INDEX_ENTRY_BYTES)) return -1;
    return 2 * index.view.getUint32(index.start, false);
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
    this.#index?.[Symbol.dispose]();
  }
}

/** Whether a .shx file is an index. */
export const isIndex = (index: LocalFile): boolean => countOf(index) !== null;

/** Entries of an index file; null where it is none. */
function countOf(index: LocalFile): number | null {
  using file = new FileWindow(index.path, HEADER_BYTES);
  if (!file.fill(0, HEADER_BYTES) || file.view.getUint32(0, false) !== FILE_CODE) return null;
  return Math.floor((file.size - HEADER_BYTES) / INDEX_ENTRY_BYTES);
}

function damaged(name: string, what: string): ImportError {
  return new ImportError('badShapefile', {
    detail: `${name} is damaged: ${what}.`,
    hint: 'Copy or export it again; repairing its .shx index in a GIS may help.',
  });
}

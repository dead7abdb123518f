import { basename, extname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Layer, LocalFile, OnRecord } from '../../domain/layer.ts';
import type { ColumnType } from '../../domain/schema.ts';
import { ImportError } from '../../errors.ts';
import type { ReadOptions } from '../format.ts';
import { Columns, MAX_COLUMNS } from '../json/columns.ts';
import { JsonWalker } from '../json/json-walker.ts';
import { writeJsonCell } from '../json/write-json-cell.ts';
import { RecordWriter } from '../record-writer.ts';
import { shapeToWkb } from '../shape.ts';
import { readEsriGeometry } from './geometry.ts';
import { readHead } from './head.ts';

/** How much of the file `sample` reads. */
const SAMPLE_BYTES = 1 << 20;
/** How often a pass lets other work of the process run. */
const PAUSE_BYTES = 1 << 20;

/**
 * Opens an Esri JSON file as one layer. Reads it through once for its fields and reference system, which may stand
 * behind the features. Throws badGeoJson, badEncoding, fileTooBig, sourceFetchFailed; reading throws also tooManyRows.
 */
export function openEsriJson(file: LocalFile, options: ReadOptions, chunkBytes?: number): Layer {
  const { fields, crs, hasGeometry, exceededLimit } = readHead(file.path, file.name, chunkBytes);
  const columns = new Columns();
  const types: (ColumnType | null)[] = [];
  for (const { name, type } of fields) types[columns.declare(name)] = type;
  const pass = async (onRecord: OnRecord, untilByte: number): Promise<void> => {
    using walker = new JsonWalker(file.path, file.name, chunkBytes);
    const reader = new FeatureReader(walker, columns, types);
    let pauseAt = PAUSE_BYTES;
    for (let rows = 1; walker.position < untilByte && reader.next(); rows++) {
      if (rows > options.maxRows) refuseRows(file.name, options.maxRows);
      onRecord(reader.writer.record);
      if (walker.position < pauseAt) continue;
      pauseAt = walker.position + PAUSE_BYTES;
      await setImmediate();
    }
  };
  return {
    name: basename(file.name, extname(file.name)),
    srid: crs === null ? null : crs.srid,
    ...(crs?.crsWkt === undefined ? {} : { crsWkt: crs.crsWkt }),
    columns: columns.names,
    types,
    hasGeometry,
    sample: (onRecord) => pass(onRecord, SAMPLE_BYTES),
    read: (onRecord) => pass(onRecord, Number.POSITIVE_INFINITY),
    warnings: () => (exceededLimit ? { exceeded_transfer_limit: true } : {}),
  };
}

function refuseRows(name: string, maxRows: number): never {
  throw new ImportError('tooManyRows', {
    detail: `${name} has more than ${maxRows} features.`,
    hint: 'Split the file, or ask the operator for a higher limit of rows.',
  });
}

/** Turns the features into records, one after the other. */
class FeatureReader {
  readonly writer = new RecordWriter(MAX_COLUMNS);
  readonly #walker: JsonWalker;
  readonly #columns: Columns;
  readonly #types: (ColumnType | null)[];

  constructor(walker: JsonWalker, columns: Columns, types: (ColumnType | null)[]) {
    this.#walker = walker;
    this.#columns = columns;
    this.#types = types;
    walker.enterObject();
    while (walker.nextKey() && walker.key !== 'features') walker.skip();
    walker.enterArray();
  }

  /** Reads the next feature into the writer's record; false behind the last. */
  next(): boolean {
    const walker = this.#walker;
    const { writer } = this;
    walker.scanner.place = '';
    if (!walker.nextElement()) return false;
    writer.begin();
    writer.record.line = walker.scanner.line;
    walker.scanner.place = `feature ${writer.record.row}`;
    if (!walker.enterObject()) walker.refuse('found no object', 'Every item of `features` must be an object.');
    while (walker.nextKey()) {
      if (walker.key === 'attributes') this.#attributes();
      else if (walker.key === 'geometry') this.#geometry();
      else walker.skip();
    }
    writer.record.count = this.#columns.names.length;
    return true;
  }

  #geometry(): void {
    const value: unknown = JSON.parse(this.#walker.text());
    const shape = value === null ? null : readEsriGeometry(value);
    if (shape === null) return;
    const wkb = shapeToWkb(shape);
    this.writer.wkb(wkb, 0, wkb.length);
  }

  #attributes(): void {
    const walker = this.#walker;
    if (!walker.enterObject()) {
      walker.skip();
      return;
    }
    while (walker.nextKey()) {
      const column = this.#columns.declare(walker.key);
      if (column >= this.#types.length) this.#types.push(null);
      walker.range();
      this.#cell(column);
    }
  }

  /** Makes the value that the walker has passed the cell of a column, in the words of the column's type. */
  #cell(column: number): void {
    const { scanner, start, end } = this.#walker;
    const { writer } = this;
    const type = this.#types[column] ?? null;
    const first = scanner.bytes[start];
    if (first === 0x6e) return;
    if (type === null) {
      writeJsonCell(writer, column, scanner.bytes, start, end);
    } else if (first === 0x22) {
      const text = String(JSON.parse(scanner.bytes.toString('utf8', start, end)));
      if (text !== '' || type === 'text') writer.text(column, text);
    } else if (type === 'timestamptz') {
      const milliseconds = Number(scanner.bytes.toString('latin1', start, end));
      const seconds = Math.floor(milliseconds / 1000);
      writer.timestamp(column, seconds, Math.round((milliseconds - seconds * 1000) * 1000), 'Z');
    } else {
      writer.utf8(column, scanner.bytes, start, end);
    }
  }
}

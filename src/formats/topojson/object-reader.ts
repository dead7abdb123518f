import { type Columns, MAX_COLUMNS } from '../json/columns.ts';
import type { JsonWalker } from '../json/json-walker.ts';
import { writeJsonCell } from '../json/write-json-cell.ts';
import { RecordWriter } from '../record-writer.ts';
import { shapeToWkb } from '../shape.ts';
import type { TopoGeometries, TopoGeometry } from './geometry.ts';

/** Reads one object of a topology, geometry by geometry; an object that is no collection is one geometry. */
export class ObjectReader {
  /** Holds the record that was read last. */
  writer = new RecordWriter(MAX_COLUMNS);
  readonly #walker: JsonWalker;
  readonly #columns: Columns;
  readonly #geometries: TopoGeometries;
  /** Whether the reader stands in the `geometries` of the object. */
  #isCollection = false;
  /** Whether the object itself is the one row, not yet handed over. */
  #isRow = false;

  /** Goes to the `index`-th member of `objects`. */
  constructor(walker: JsonWalker, index: number, columns: Columns, geometries: TopoGeometries) {
    this.#walker = walker;
    this.#columns = columns;
    this.#geometries = geometries;
    walker.enterObject();
    while (walker.nextKey() && walker.key !== 'objects') walker.skip();
    walker.enterObject();
    for (let n = 0; walker.nextKey() && n < index; n++) walker.skip();
    this.#open();
  }

  /** Goes into the object, up to its `geometries`; what has none is read as one row. */
  #open(): void {
    this.writer.begin();
    const geometry = this.#members((key) => key === 'geometries' && this.#walker.enterArray());
    if (geometry === null) {
      this.#isCollection = true;
      this.writer = new RecordWriter(MAX_COLUMNS);
      return;
    }
    this.#isRow = true;
    this.#end(geometry);
  }

  /** Reads the next geometry into the writer's record; false behind the last. */
  next(): boolean {
    if (!this.#isCollection) {
      const isRow = this.#isRow;
      this.#isRow = false;
      return isRow;
    }
    const walker = this.#walker;
    walker.scanner.place = '';
    if (!walker.nextElement()) return false;
    this.writer.begin();
    this.writer.record.line = walker.scanner.line;
    walker.scanner.place = `geometry ${this.writer.record.row}`;
    const geometry = this.#members(() => false);
    if (geometry !== null) this.#end(geometry);
    return true;
  }

  /** Reads the members of a geometry object; null, and nothing more is read, where `isEnough` says so. */
  #members(isEnough: (key: string) => boolean): TopoGeometry | null {
    const walker = this.#walker;
    if (!walker.enterObject()) {
      return walker.refuse('found no object', 'Every item of `geometries`, and every object, must be a JSON object.');
    }
    const geometry: { -readonly [K in keyof TopoGeometry]: TopoGeometry[K] } = {};
    while (walker.nextKey()) {
      const { key } = walker;
      if (isEnough(key)) return null;
      if (key === 'type' || key === 'arcs' || key === 'coordinates' || key === 'geometries') {
        geometry[key] = JSON.parse(walker.text());
      } else if (key === 'id') {
        this.#cell(this.#columns.featureId());
      } else if (key === 'properties' && walker.enterObject()) {
        while (walker.nextKey()) this.#cell(this.#columns.declare(walker.key));
      } else walker.skip();
    }
    return geometry;
  }

  #cell(column: number): void {
    const walker = this.#walker;
    walker.range();
    writeJsonCell(this.writer, column, walker.scanner.bytes, walker.start, walker.end);
  }

  #end(geometry: TopoGeometry): void {
    const { record } = this.writer;
    record.count = this.#columns.names.length;
    const shape = this.#geometries.build(geometry, `geometry ${record.row}`);
    if (shape === null) return;
    const wkb = shapeToWkb(shape);
    this.writer.wkb(wkb, 0, wkb.length);
  }
}

// hot path: bench/load.bench.ts
import {
  CellKind,
  type CellRecord,
  GeometryKind,
  type Layer,
  type LocalFile,
  newRecord,
  type OnRecord,
} from '../../domain/layer.ts';
import { layerName } from '../../domain/naming.ts';
import { ImportError } from '../../errors.ts';
import type { ReadOptions, SourceFile } from '../format.ts';
import { arrivingRanges } from './arriving-ranges.ts';
import { type AppendCell, createAppendCell } from './dbf-cells.ts';
import { type DbfTable, declaredType, readDbfTable } from './dbf-table.ts';
import { tableEncoding } from './encoding.ts';
import { FileWindow } from './file-window.ts';
import { MemoFile } from './memo-file.ts';
import { readProjection } from './projection.ts';
import { RecordBuffer } from './record-buffer.ts';
import { ShapeFile } from './shape-file.ts';
import { createAppendText } from './text.ts';

/** Records at the beginning that a sample has, and how many more places are looked at. */
const SAMPLE_RECORDS = 1000;
const SAMPLE_PLACES = 16;
const SAMPLE_PLACE_RECORDS = 50;

/** The files of one layer; without `shape` it is a table alone. */
export interface ShapefileParts {
  readonly shape: SourceFile | null;
  readonly table: SourceFile;
}

/** Opens a shapefile, or a DBF table alone, as its one layer. Throws badShapefile, unsupportedFormat, badEncoding. */
export function openShapefile({ shape, table: file }: ShapefileParts, options: ReadOptions): Layer {
  const { companions } = shape ?? file;
  const memoFile = companions.get('.dbt') ?? companions.get('.fpt') ?? null;
  const table = readDbfTable(file.path, file.name, memoFile !== null);
  const encoding = tableEncoding(file.path, table, options.encoding, companions);
  const shapeRecords = shape === null ? null : ShapeFile.countOf(shape, companions.get('.shx'));
  let warnings: Readonly<Record<string, unknown>> = {};

  const index = companions.get('.shx');
  const run = async (ranges: Ranges, onRecord: OnRecord): Promise<void> => {
    const pass = new Pass(table, { shape, table: file, memos: memoFile }, encoding.codePage);
    try {
      for await (const [from, to] of ranges) if (!pass.read(from, to, onRecord)) break;
      warnings = { ...encoding.warning, ...pass.warnings() };
    } finally {
      pass.close();
    }
  };
  const { srid, crsWkt } = shape === null ? { srid: null } : readProjection(companions.get('.prj'));
  return {
    name: layerName((shape ?? file).name),
    srid,
    ...(crsWkt === undefined ? {} : { crsWkt }),
    columns: table.fields.map(({ name }) => decodeName(name, encoding.codePage)),
    types: table.fields.map(declaredType),
    hasGeometry: shape !== null,
    sample: async (onRecord) => {
      if (shape?.arrival === undefined) await run(sampleRanges(shapeRecords ?? table.records), onRecord);
      else {
        for await (const first of arrivingRanges(shape, index)) return run([first], onRecord);
      }
    },
    read: (onRecord) =>
      run(shape?.arrival === undefined ? [[0, Number.POSITIVE_INFINITY]] : arrivingRanges(shape, index), onRecord),
    warnings: () => warnings,
  };
}

/** Numbers of records, from the first to before the last. */
type Ranges = Iterable<readonly [number, number]> | AsyncIterable<readonly [number, number]>;

/** Where the number of records is only known once they are read, the sample is the beginning. */
function* sampleRanges(records: number): Generator<readonly [number, number]> {
  yield [0, SAMPLE_RECORDS];
  const step = Math.floor((records - SAMPLE_RECORDS) / SAMPLE_PLACES);
  if (step < SAMPLE_PLACE_RECORDS) return;
  for (let place = 0; place < SAMPLE_PLACES; place++) {
    const from = SAMPLE_RECORDS + place * step;
    yield [from, from + SAMPLE_PLACE_RECORDS];
  }
}

function decodeName(name: Buffer, codePage: string): string {
  const target = new RecordBuffer();
  createAppendText(codePage, () => undefined)(name, 0, name.length, target);
  return target.bytes.toString('utf8', 0, target.length).trim();
}

const DELETED = 0x2a;

interface PassFiles extends ShapefileParts {
  readonly memos: LocalFile | null;
}

/** One way through the files. */
class Pass {
  readonly #table: DbfTable;
  readonly #cells: FileWindow;
  readonly #shapes: ShapeFile | null;
  readonly #memos: MemoFile | null;
  readonly #append: readonly AppendCell[];
  readonly #target = new RecordBuffer();
  readonly #record: CellRecord;
  #deleted = 0;
  #undecodable = 0;
  #withoutCells = 0;
  #withoutShape = 0;

  constructor(table: DbfTable, { shape, table: file, memos }: PassFiles, codePage: string) {
    this.#table = table;
    this.#memos = memos === null ? null : new MemoFile(memos);
    const appendText = createAppendText(codePage, () => this.#undecodable++);
    this.#append = table.fields.map((field) => createAppendCell(field, appendText, this.#memos));
    const count = table.fields.length;
    this.#record = newRecord(count);
    this.#cells = new FileWindow(file.path);
    this.#shapes = shape === null ? null : new ShapeFile(shape, shape.companions.get('.shx'));
  }

  close(): void {
    this.#cells[Symbol.dispose]();
    this.#shapes?.[Symbol.dispose]();
    this.#memos?.[Symbol.dispose]();
  }

  /** Hands on the records `[from, to)`. False: the files end before. */
  read(from: number, to: number, onRecord: OnRecord): boolean {
    const record = this.#record;
    const target = this.#target;
    this.#shapes?.forget();
    for (let index = from; index < to; index++) {
      target.length = 0;
      const hasShape = this.#shapes?.read(index, target) ?? false;
      const hasCells = index < this.#table.records;
      if (!hasShape && !hasCells) return false;
      record.geometryKind = target.length > 0 ? GeometryKind.wkb : GeometryKind.none;
      record.geometryEnd = target.length;
      if (!hasCells) this.#withoutCells++;
      else if (!this.#appendCells(index)) {
        this.#deleted++;
        continue;
      }
      if (!hasShape && this.#shapes !== null) this.#withoutShape++;
      record.count = hasCells ? this.#table.fields.length : 0;
      record.bytes = target.bytes;
      record.row++;
      onRecord(record);
    }
    return true;
  }

  /** False: the record is deleted. */
  #appendCells(index: number): boolean {
    const { headerBytes, recordBytes, fields } = this.#table;
    this.#cells.fill(headerBytes + index * recordBytes, recordBytes);
    const { bytes, start } = this.#cells;
    if (bytes[start] === DELETED) return false;
    const record = this.#record;
    const target = this.#target;
    for (let c = 0; c < fields.length; c++) {
      record.starts[c] = target.length;
      record.kinds[c] = this.#append[c]!(bytes, start + fields[c]!.offset, target) ? CellKind.plain : CellKind.null;
      record.ends[c] = target.length;
    }
    return true;
  }

  warnings(): Readonly<Record<string, unknown>> {
    const { promised, records, memoFields } = this.#table;
    const counts: readonly (readonly [string, number])[] = [
      ['deleted_records', this.#deleted],
      ['undecodable_values', this.#undecodable],
      ['records_without_attributes', this.#withoutCells],
      ['records_without_geometry', this.#withoutShape],
      ['missing_records', promised - records],
      ['degenerate_parts', this.#shapes?.degenerateParts ?? 0],
      ['holes_without_shell', this.#shapes?.looseHoles ?? 0],
    ];
    const all: Record<string, unknown> = {};
    for (const [key, count] of counts) if (count > 0) all[key] = { count };
    if (memoFields.length > 0) all.memo_columns_left_out = memoFields.map((name) => name.toString('latin1'));
    return all;
  }
}

/** A part of a shapefile that cannot be read without the others. */
export const missingPart = (name: string, missing: string): ImportError =>
  new ImportError('badShapefile', {
    detail: `${name} is a part of a shapefile, and its ${missing} is not there.`,
    hint: 'Pack the .shp, .shx, .dbf and .prj files, all of the same name, together in one zip file.',
  });

import { Builder, type Offset } from 'flatbuffers';
import { type ColumnProfile, DOUBLE_DIGITS } from './column-profile.ts';
import { fileFormat } from './file-format.ts';
import type { ReferenceSystem } from './format.ts';
import { systemOf } from './reference-system.ts';
import { ordinates, type Shape, ShapeType } from './shape.ts';
import type { Spool } from './spool.ts';
import { valueText } from './value-text.ts';

/** `fgb`, version 3 of the format, `fgb`, patch 1. */
const MAGIC = Buffer.from([0x66, 0x67, 0x62, 3, 0x66, 0x67, 0x62, 1]);

/** Numbers of `ColumnType` of header.fbs. */
const FgbType = { bool: 2, long: 7, double: 10, string: 11, json: 12, dateTime: 13, binary: 14 } as const;

/** Bytes that are collected before they are handed on. */
const CHUNK_BYTES = 256 * 1024;

const fgbType = ({ type, significantDigits }: ColumnProfile): number => {
  switch (type) {
    case 'integer':
      return FgbType.long;
    case 'double':
      return FgbType.double;
    case 'decimal':
      return significantDigits <= DOUBLE_DIGITS ? FgbType.double : FgbType.string;
    case 'boolean':
      return FgbType.bool;
    case 'json':
      return FgbType.json;
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return FgbType.dateTime;
    case 'bytes':
      return FgbType.binary;
    default:
      return FgbType.string;
  }
};

type Field = (builder: Builder) => void;

const offsetField =
  (slot: number, offset: Offset): Field =>
  (builder) =>
    builder.addFieldOffset(slot, offset, 0);
const byteField =
  (slot: number, value: number): Field =>
  (builder) =>
    builder.addFieldInt8(slot, value, 0);

/** A table with these fields, by their numbers in the schema. */
function table(builder: Builder, slots: number, fields: readonly Field[]): Offset {
  builder.startObject(slots);
  for (const add of fields) add(builder);
  return builder.endObject();
}

function offsets(builder: Builder, all: readonly Offset[]): Offset {
  builder.startVector(4, all.length, 4);
  for (const offset of all.toReversed()) builder.addOffset(offset);
  return builder.endVector();
}

function doubles(builder: Builder, count: number, at: (index: number) => number): Offset {
  builder.startVector(8, count, 8);
  for (let i = count - 1; i >= 0; i--) builder.addFloat64(at(i));
  return builder.endVector();
}

function writeHeader(name: string, { geometry, columns, rowCount }: Spool, system: ReferenceSystem | null): Uint8Array {
  const builder = new Builder(1024);
  const kinds = [...(geometry?.kinds ?? [])];
  const [first = 0] = kinds;
  const isOne = kinds.every((kind) => kind % 10 === first % 10);
  const title = builder.createString(name);
  const box = geometry?.box;
  const corners = box !== undefined && Number.isFinite(box.minX) ? [box.minX, box.minY, box.maxX, box.maxY] : null;
  const envelope = corners === null ? 0 : doubles(builder, 4, (i) => corners[i] ?? 0);
  const described = columns.map((column) => {
    const columnName = builder.createString(column.name);
    return table(builder, 11, [offsetField(0, columnName), byteField(1, fgbType(column))]);
  });
  const columnVector = offsets(builder, described);
  let crs = 0;
  if (system !== null) {
    const authority = system.authority === null ? 0 : builder.createString(system.authority);
    const wkt = builder.createString(system.wkt);
    crs = table(builder, 6, [
      offsetField(0, authority),
      (b) => b.addFieldInt32(1, system.authority === null ? 0 : system.code, 0),
      offsetField(4, wkt),
    ]);
  }
  builder.finishSizePrefixed(
    table(builder, 14, [
      offsetField(0, title),
      offsetField(1, envelope),
      byteField(2, isOne ? first % 10 : 0),
      byteField(3, kinds.some((kind) => kind % 20 >= 10) ? 1 : 0),
      byteField(4, kinds.some((kind) => kind >= 20) ? 1 : 0),
      offsetField(7, columnVector),
      (b) => b.addFieldInt64(8, BigInt(rowCount), 0n),
      // No spatial index: it has to be in front of the features, in their order on a curve.
      (b) => b.addFieldInt16(9, 0, 16),
      offsetField(10, crs),
    ]),
  );
  return builder.asUint8Array().slice();
}

/** Slots of `Geometry` of feature.fbs. */
const GeometrySlot = { ends: 0, xy: 1, z: 2, m: 3, type: 6, parts: 7 } as const;

function writeGeometry(builder: Builder, shape: Shape): Offset {
  const { type } = shape;
  if (type === ShapeType.multiPolygon || type === ShapeType.collection) {
    const parts = shape.members.map((member) => writeGeometry(builder, member));
    const vector = offsets(builder, parts);
    return table(builder, 8, [offsetField(GeometrySlot.parts, vector), byteField(GeometrySlot.type, type)]);
  }
  const lists = shape.members.length > 0 ? shape.members.flatMap(({ lists: inner }) => inner) : shape.lists;
  const size = ordinates(shape);
  const numbers =
    lists.length === 1 ? (lists[0] ?? new Float64Array()) : Float64Array.from(lists.flatMap((l) => [...l]));
  const count = numbers.length / size;
  const xy = doubles(builder, count * 2, (i) => numbers[(i >> 1) * size + (i & 1)] ?? Number.NaN);
  const z = shape.hasZ ? doubles(builder, count, (i) => numbers[i * size + 2] ?? Number.NaN) : 0;
  const m = shape.hasM ? doubles(builder, count, (i) => numbers[i * size + size - 1] ?? Number.NaN) : 0;
  let ends = 0;
  // GDAL 3.6 wants them of every multi-line, also of one line.
  if (type === ShapeType.multiLine || (type === ShapeType.polygon && lists.length > 1)) {
    let end = 0;
    const all = lists.map(({ length }) => (end += length / size));
    builder.startVector(4, all.length, 4);
    for (const one of all.toReversed()) builder.addInt32(one);
    ends = builder.endVector();
  }
  return table(builder, 8, [
    offsetField(GeometrySlot.ends, ends),
    offsetField(GeometrySlot.xy, xy),
    offsetField(GeometrySlot.z, z),
    offsetField(GeometrySlot.m, m),
    byteField(GeometrySlot.type, type),
  ]);
}

/** A property: the number of its column, then its value. */
function property(at: number, column: ColumnProfile, text: string): Buffer {
  const fixed = (bytes: number, write: (buffer: Buffer) => void): Buffer => {
    const buffer = Buffer.alloc(2 + bytes);
    buffer.writeUInt16LE(at);
    write(buffer);
    return buffer;
  };
  switch (fgbType(column)) {
    case FgbType.long:
      return fixed(8, (buffer) => buffer.writeBigInt64LE(BigInt(text), 2));
    case FgbType.double:
      return fixed(8, (buffer) => buffer.writeDoubleLE(Number(text), 2));
    case FgbType.bool:
      return fixed(1, (buffer) => buffer.writeUInt8(text === 't' ? 1 : 0, 2));
    default: {
      const value = column.type === 'bytes' ? Buffer.from(text.slice(2), 'hex') : Buffer.from(valueText(text, column));
      return Buffer.concat([fixed(4, (buffer) => buffer.writeUInt32LE(value.length, 2)), value]);
    }
  }
}

/** FlatGeobuf 3 without a spatial index; a row without a geometry is a feature without one. */
export const flatgeobuf = fileFormat({
  mediaType: 'application/vnd.flatgeobuf',
  extension: 'fgb',
  async *write(spool, context) {
    const system = await systemOf(spool.geometry, context);
    yield Buffer.concat([MAGIC, writeHeader(context.name, spool, system)]);
    const builder = new Builder(4096);
    let chunk: Uint8Array[] = [];
    let bytes = 0;
    for await (const row of spool.rows()) {
      builder.clear();
      const shape = spool.shapeOf(row);
      const geometry = shape === null ? 0 : writeGeometry(builder, shape);
      const properties = spool.columns.flatMap((column, at) => {
        const text = row[column.index] ?? null;
        return text === null ? [] : [property(at, column, text)];
      });
      const vector = builder.createByteVector(Buffer.concat(properties));
      builder.finishSizePrefixed(table(builder, 3, [offsetField(0, geometry), offsetField(1, vector)]));
      const feature = builder.asUint8Array().slice();
      chunk.push(feature);
      bytes += feature.length;
      if (bytes > CHUNK_BYTES) {
        yield Buffer.concat(chunk);
        chunk = [];
        bytes = 0;
      }
    }
    yield Buffer.concat(chunk);
  },
});

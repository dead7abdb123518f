import { PbfWriter } from 'pbf';

/** How the look-alike server answers `f=pbf`, and what is wrong with it. Nothing set: as ArcGIS Online does, in cells of 1e-9. */
export interface FakePbf {
  /** Width of a cell of all axes. */
  readonly cell?: number;
  /** Corner of the grid, in which y counts downwards; without it the lower left one. */
  readonly upperLeft?: boolean;
  /** Places are so far from those that JSON has. */
  readonly shifted?: number;
  /** The first so many answers are whole, all others an error in JSON. */
  readonly errorsAfter?: number;
  /** The same with answers that end in the middle. */
  readonly brokenAfter?: number;
}

/** The parts of an answer with `f=json` that are written. */
export interface JsonAnswer {
  readonly geometryType: string;
  readonly hasZ?: boolean;
  readonly hasM?: boolean;
  readonly exceededTransferLimit?: boolean;
  readonly spatialReference: { readonly wkid: number; readonly latestWkid: number };
  readonly features: readonly {
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly geometry?: unknown;
  }[];
}

/** A field as a layer describes it. */
export interface PbfField {
  readonly name: string;
  readonly type: string;
}

type Position = readonly number[];

/** `FieldType` and `GeometryType` of FeatureCollection.proto, in their order. */
const fieldTypes =
  'SmallInteger Integer Single Double String Date OID Geometry Blob Raster GUID GlobalID XML BigInteger DateOnly TimeOnly TimestampOffset';
const geometryTypes = ['Point', 'Multipoint', 'Polyline', 'Polygon'];

const corner = { x: -400, y: -400, upper: 400 };

/** Writes an answer of rows as Esri's FeatureCollection.proto has it (github.com/Esri/arcgis-pbf). */
export function encodePbf(answer: JsonAnswer, fields: readonly PbfField[], fake: FakePbf): Buffer {
  const pbf = new PbfWriter();
  pbf.writeStringField(1, '1.0');
  pbf.writeMessage(2, (_, query) => query.writeMessage(1, () => writeResult(query, answer, fields, fake), null), null);
  return Buffer.from(pbf.finish());
}

function writeResult(pbf: PbfWriter, answer: JsonAnswer, fields: readonly PbfField[], fake: FakePbf): void {
  const { hasZ = false, hasM = false, spatialReference, features } = answer;
  const { cell = 1e-9, upperLeft = false, shifted = 0 } = fake;
  pbf.writeStringField(1, 'OBJECTID');
  pbf.writeVarintField(7, Math.max(0, geometryTypes.indexOf(answer.geometryType.replace('esriGeometry', ''))));
  const writeReference = (): void => {
    pbf.writeVarintField(1, spatialReference.wkid);
    pbf.writeVarintField(2, spatialReference.latestWkid);
  };
  pbf.writeMessage(8, writeReference, null);
  if (answer.exceededTransferLimit) pbf.writeBooleanField(9, true);
  if (hasZ) pbf.writeBooleanField(10, true);
  if (hasM) pbf.writeBooleanField(11, true);
  const top = upperLeft ? corner.upper : corner.y;
  const writeAxes = (axes: readonly number[]): void => {
    for (const [at, axis] of axes.entries()) pbf.writeDoubleField(at + 1, axis);
  };
  const writeTransform = (): void => {
    if (!upperLeft) pbf.writeVarintField(1, 1);
    pbf.writeMessage(2, () => writeAxes([cell, cell, cell, cell]), null);
    pbf.writeMessage(3, () => writeAxes([corner.x + shifted, top, 0, 0]), null);
  };
  pbf.writeMessage(12, writeTransform, null);
  for (const { name, type } of fields) {
    const writeField = (): void => {
      pbf.writeStringField(1, name);
      pbf.writeVarintField(2, fieldTypes.split(' ').indexOf(type.replace('esriFieldType', '')));
    };
    pbf.writeMessage(13, writeField, null);
  }
  const toCells = ([x = 0, y = 0, ...more]: Position): Position => [
    Math.round((x - corner.x) / cell),
    Math.round((upperLeft ? top - y : y - top) / cell),
    ...more.map((one) => Math.round(one / cell)),
  ];
  for (const { attributes, geometry } of features) {
    const writeFeature = (): void => {
      for (const { name, type } of fields) {
        pbf.writeMessage(1, () => writeValue(pbf, attributes[name], type.replace('esriFieldType', '')), null);
      }
      const parts = partsOf(geometry, hasZ, hasM);
      if (parts.length > 0) pbf.writeMessage(2, () => writeGeometry(pbf, parts, toCells), null);
    };
    pbf.writeMessage(15, writeFeature, null);
  }
}

function partsOf(geometry: unknown, hasZ: boolean, hasM: boolean): readonly (readonly Position[])[] {
  const { x, y, z, m, points, paths, rings } = (geometry ?? {}) as Record<string, unknown>;
  if (typeof x === 'number') return [[[x, y, ...(hasZ ? [z] : []), ...(hasM ? [m] : [])] as Position]];
  const lists = paths ?? rings ?? (points === undefined ? [] : [points]);
  return lists as readonly (readonly Position[])[];
}

function writeGeometry(
  pbf: PbfWriter,
  parts: readonly (readonly Position[])[],
  toCells: (position: Position) => Position,
): void {
  const lengths = parts.map((part) => part.length);
  const steps = parts.flatMap((part) => {
    let last: Position = [];
    return part.flatMap((position) => {
      const cells = toCells(position);
      const step = cells.map((one, axis) => one - (last[axis] ?? 0));
      last = cells;
      return step;
    });
  });
  pbf.writePackedVarint(2, lengths);
  pbf.writePackedSVarint(3, steps);
}

/** A value as the kind that servers write for fields of its type; nothing of NULL. */
function writeValue(pbf: PbfWriter, value: unknown, type: string): void {
  if (value === null || value === undefined) return;
  if (typeof value === 'bigint') writeWide(pbf, 6, value);
  else if (typeof value !== 'number') pbf.writeStringField(1, String(value));
  else if (type === 'Single') pbf.writeFloatField(2, value);
  else if (type === 'SmallInteger' || type === 'Integer') pbf.writeSVarintField(4, value);
  else if (type === 'OID') pbf.writeVarintField(7, value);
  else if (type === 'Date' || type === 'BigInteger') writeWide(pbf, 6, BigInt(value));
  else pbf.writeDoubleField(3, value);
}

/** A whole number of 64 bits, which the library has only as far as a number of JavaScript holds it. */
function writeWide(pbf: PbfWriter, field: number, value: bigint): void {
  pbf.writeTag(field, 0);
  let rest = BigInt.asUintN(64, value);
  pbf.realloc(10);
  for (; rest > 0x7fn; rest >>= 7n) pbf.buf[pbf.pos++] = Number(rest & 0x7fn) | 0x80;
  pbf.buf[pbf.pos++] = Number(rest);
}

import type { PbfReader } from 'pbf';
import { shortestFloat } from '../../util/shortest-float.ts';
import type { Answer } from './client.ts';
import { createGeometries, type GridGeometry, readGeometry } from './pbf-geometry.ts';
import { PbfUnread, readInner, readInteger, readText, readWhole, readZigzagInteger } from './pbf-messages.ts';

/** Most rows of one answer; pages are of a tenth at most. */
const MOST_ROWS = 100_000;

interface GridFeature {
  readonly values: readonly unknown[];
  readonly geometry: GridGeometry | null;
}

/**
 * An answer with `f=pbf` as the same answer with `f=json` (Esri, FeatureCollection.proto, of github.com/Esri/arcgis-pbf).
 * Throws `PbfUnread`, and errors of the library, for what is none, or has no rows, or not as exactly as JSON has them.
 */
export function readPbfAnswer(bytes: Uint8Array): Answer {
  let answer: Answer | null = null;
  readWhole(bytes, (field, pbf, end) => {
    if (field !== 2) return;
    readInner(pbf, end, (kind, result, last) => {
      if (kind === 1) answer = readFeatures(result, last);
    });
  });
  if (answer === null) throw new PbfUnread('an answer without rows');
  return answer;
}

/** Reads the message `FeatureResult`. */
function readFeatures(pbf: PbfReader, end: number): Answer {
  const names: string[] = [];
  const features: GridFeature[] = [];
  let objectIdFieldName = '';
  let exceededTransferLimit = false;
  let spatialReference: Answer | null = null;
  let grid = { kind: 0, hasZ: false, hasM: false, isUpperLeft: true, scale: [0, 0, 0, 0], origin: [0, 0, 0, 0] };
  readInner(pbf, end, (field, one, last) => {
    if (field === 1) objectIdFieldName = readText(one, last);
    else if (field === 7) grid = { ...grid, kind: one.readVarint() };
    else if (field === 8) spatialReference = readReference(one, last);
    else if (field === 9) exceededTransferLimit = one.readBoolean();
    else if (field === 10) grid = { ...grid, hasZ: one.readBoolean() };
    else if (field === 11) grid = { ...grid, hasM: one.readBoolean() };
    else if (field === 12) grid = { ...grid, ...readTransform(one, last) };
    else if (field === 13) names.push(readFieldName(one, last));
    else if (field === 15) {
      if (features.length === MOST_ROWS) throw new PbfUnread('more rows than a page has');
      features.push(readFeature(one, last));
    }
  });
  const toJson = createGeometries(grid);
  return {
    objectIdFieldName,
    exceededTransferLimit,
    hasZ: grid.hasZ,
    hasM: grid.hasM,
    ...(spatialReference === null ? {} : { spatialReference }),
    features: features.map(({ values, geometry }) => ({
      attributes: attributesOf(names, values),
      geometry: toJson(geometry),
    })),
  };
}

function attributesOf(names: readonly string[], values: readonly unknown[]): Answer {
  if (values.length > names.length) throw new PbfUnread('more values than fields');
  const attributes: Record<string, unknown> = Object.create(null);
  for (const [at, name] of names.entries()) attributes[name] = values[at] ?? null;
  return attributes;
}

function readReference(pbf: PbfReader, end: number): Answer {
  const reference: Record<string, number | string> = {};
  readInner(pbf, end, (field, one, last) => {
    if (field === 1) reference.wkid = one.readVarint();
    else if (field === 2) reference.latestWkid = one.readVarint();
    else if (field === 5) reference.wkt = readText(one, last);
  });
  return reference;
}

function readTransform(pbf: PbfReader, end: number): { isUpperLeft: boolean; scale: number[]; origin: number[] } {
  const transform = { isUpperLeft: true, scale: [0, 0, 0, 0], origin: [0, 0, 0, 0] };
  const readAxes = (one: PbfReader, last: number): number[] => {
    const axes = [0, 0, 0, 0];
    readInner(one, last, (axis, number) => {
      if (axis >= 1 && axis <= axes.length) axes[axis - 1] = number.readDouble();
    });
    return axes;
  };
  readInner(pbf, end, (field, one, last) => {
    if (field === 1) transform.isUpperLeft = one.readVarint() === 0;
    else if (field === 2) transform.scale = readAxes(one, last);
    else if (field === 3) transform.origin = readAxes(one, last);
  });
  return transform;
}

function readFieldName(pbf: PbfReader, end: number): string {
  let name = '';
  readInner(pbf, end, (field, one, last) => {
    if (field === 1) name = readText(one, last);
  });
  return name;
}

function readFeature(pbf: PbfReader, end: number): GridFeature {
  const values: unknown[] = [];
  let geometry: GridGeometry | null = null;
  readInner(pbf, end, (field, one, last) => {
    if (field === 1) values.push(readValue(one, last));
    else if (field === 2) geometry = readGeometry(one, last);
    else if (field === 3) throw new PbfUnread('a geometry as a shape buffer');
  });
  return { values, geometry };
}

/** One of the kinds of a `Value`; null where it is none. Whole numbers beyond 2^53 are text. */
function readValue(pbf: PbfReader, end: number): unknown {
  let value: unknown = null;
  readInner(pbf, end, (kind, one, last) => {
    if (kind === 1) value = readText(one, last);
    else if (kind === 2) value = finite(shortestFloat(one.readFloat()));
    else if (kind === 3) value = finite(one.readDouble());
    else if (kind === 4 || kind === 8) value = readZigzagInteger(one);
    else if (kind === 5 || kind === 7) value = readInteger(one, false);
    else if (kind === 6) value = readInteger(one, true);
    else if (kind === 9) value = one.readBoolean();
  });
  return value;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

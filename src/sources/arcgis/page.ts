import type { CrsDefinition } from '../../domain/crs-definition.ts';
import { readSpatialReference } from '../../formats/esri-json/head.ts';
import type { Answer } from './client.ts';
import { Refused } from './refused.ts';

/** One row as the server answers it. */
export interface Row {
  /** Its object id; null where the layer has none. */
  readonly id: number | null;
  readonly attributes: Answer;
  /** Esri JSON; null where it has none. */
  readonly geometry: unknown;
  /** Addresses of its attachments, where they were asked for and it has some. */
  readonly attachments?: readonly string[];
}

/** One answer of rows. */
export interface Page {
  readonly rows: readonly Row[];
  /** Whether the server says that there are more. */
  readonly exceeded: boolean;
  /** What the coordinates are in; null where nothing is said. */
  readonly crs: CrsDefinition | null;
  readonly hasZ: boolean;
  readonly hasM: boolean;
}

const isObject = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The key of a field in the attributes of an answer: servers differ in the case and in what stands before a dot. */
export function keyOf(attributes: Answer, field: string): string {
  if (Object.hasOwn(attributes, field)) return field;
  const wanted = field.toLowerCase();
  return Object.keys(attributes).find((key) => key.toLowerCase() === wanted) ?? field;
}

/** The rows of an answer. Throws `Refused` where it has none, or some that are no rows. */
export function toPage(answer: Answer, idField: string | null): Page {
  const { features } = answer;
  if (!Array.isArray(features)) throw new Refused(200, 'an answer without features', true);
  let key: string | null = null;
  const rows = features.map((feature: unknown): Row => {
    const attributes = isObject(feature) ? (feature.attributes ?? {}) : null;
    if (!isObject(feature) || !isObject(attributes)) throw new Refused(200, 'a feature that is no object', true);
    if (idField !== null && (key === null || !Object.hasOwn(attributes, key))) key = keyOf(attributes, idField);
    const id = key === null ? Number.NaN : Number(attributes[key] ?? Number.NaN);
    return { id: Number.isSafeInteger(id) ? id : null, attributes, geometry: feature.geometry ?? null };
  });
  const ofFirst = rows.find(({ geometry }) => isObject(geometry))?.geometry;
  return {
    rows,
    exceeded: answer.exceededTransferLimit === true,
    crs: readSpatialReference(answer.spatialReference ?? (isObject(ofFirst) ? ofFirst.spatialReference : null)),
    hasZ: answer.hasZ === true,
    hasM: answer.hasM === true,
  };
}

import { ImportError } from '../../errors.ts';
import { describeUrl } from '../../util/describe-url.ts';
import type { Answer } from './client.ts';

/** What a layer says of itself (ArcGIS REST API, "Layer (Feature Service)" and "Layer / Table"). */
export interface LayerInfo {
  readonly url: URL;
  readonly name: string;
  readonly fields: readonly Field[];
  /** Field that tells rows apart; null where the layer has none. */
  readonly idField: string | null;
  readonly hasGeometry: boolean;
  /** Most rows of an answer, as told. */
  readonly maxRecordCount: number;
  readonly supportsPagination: boolean;
  readonly supportsStatistics: boolean;
  readonly formats: readonly string[];
  readonly extent: Extent | null;
  readonly hasAttachments: boolean;
  readonly subtypes: Subtypes | null;
  /** Milliseconds since 1970 of the last edit; null where the server does not keep it. */
  readonly lastEdit: number | null;
  /** Field in which the server keeps the moment of each row's last edit, in UTC; null where it does not. */
  readonly editField: string | null;
}

export interface Extent {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly wkid: number | null;
}

export interface Field {
  readonly name: string;
  /** Without `esriFieldType`. */
  readonly type: string;
  readonly alias: string;
  /** Names by code as text; null where the field has no coded values. */
  readonly names: ReadonlyMap<string, string> | null;
}

/** Kinds of rows, by the code in one of the fields. */
export interface Subtypes {
  readonly field: string;
  readonly names: ReadonlyMap<string, string>;
  /** Coded values that hold within one kind: by its code, by lower-case field. */
  readonly domains: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, string>>>;
}

/** Layers and tables of a service as its list has them. */
export interface LayerEntry {
  readonly id: number;
  readonly name: string;
}

/** Most rows of an answer where the layer does not say (wire contract 9.2). */
const DEFAULT_MAX_RECORDS = 500;
/** Rows of one page at most: what a server offers beyond is more than its answers bear. */
const MOST_RECORDS = 10_000;
/** PostgreSQL has 1600 columns a table; nothing with more is looked at. */
const MAX_FIELDS = 1600;
const MAX_LAYERS = 10_000;
/** Longest name of a field or layer that is taken, in characters. */
const MAX_NAME = 10_000;

const isObject = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objects = (value: unknown): readonly Answer[] => (Array.isArray(value) ? value.filter(isObject) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** An answer that is not as ArcGIS servers answer (1011). */
export const wrongAnswer = (url: URL, what: string): ImportError =>
  new ImportError('sourceFetchFailed', {
    detail: `${describeUrl(url)} ${what}.`,
    hint: 'Check that the address is that of a layer or service of an ArcGIS server, and open it in a browser.',
  });

/** Reads what a layer says of itself. Throws 1011 where it is no layer of rows, 1013 and 1023. */
export function readLayer(url: URL, answer: Answer): LayerInfo {
  checkVersion(url, answer);
  const type = textOf(answer.type);
  if (type !== 'Feature Layer' && type !== 'Table') {
    throw wrongAnswer(
      url,
      type === '' ? 'answers without the type of a layer' : `is a ${type.slice(0, 100)}, which has no rows`,
    );
  }
  checkQueries(url, answer);
  const name = textOf(answer.name);
  if (name === '' || name.length > MAX_NAME) throw wrongAnswer(url, 'answers without the name of the layer');
  if (!Array.isArray(answer.fields)) throw wrongAnswer(url, 'answers without the fields of the layer');
  const fields = objects(answer.fields).flatMap(readField);
  if (answer.fields.length > MAX_FIELDS) {
    throw new ImportError('tooManyColumns', { detail: `${describeUrl(url)} has ${answer.fields.length} fields.` });
  }
  const hasGeometry = textOf(answer.geometryType) !== '' && type === 'Feature Layer';
  if (type === 'Feature Layer' && answer.geometryType === undefined) {
    throw wrongAnswer(url, 'answers without the geometryType of the layer');
  }
  const advanced = isObject(answer.advancedQueryCapabilities) ? answer.advancedQueryCapabilities : {};
  const told = Number(answer.maxRecordCount);
  return {
    url,
    name,
    fields,
    idField: idFieldOf(answer, fields),
    hasGeometry,
    maxRecordCount: Math.min(Number.isInteger(told) && told > 0 ? told : DEFAULT_MAX_RECORDS, MOST_RECORDS),
    supportsPagination: advanced.supportsPagination === true || answer.supportsPagination === true,
    supportsStatistics: advanced.supportsStatistics === true || answer.supportsStatistics === true,
    formats: textOf(answer.supportedQueryFormats).toLowerCase().split(/,\s*/),
    extent: readExtent(answer.extent),
    hasAttachments: answer.hasAttachments === true,
    subtypes: readSubtypes(answer),
    lastEdit: lastEditOf(answer),
    editField: editFieldOf(answer, fields),
  };
}

/** Versions count as 10.0 < 10.05 < 10.1; a server that says none is not refused where it answers like a layer. */
export function checkVersion(url: URL, answer: Answer): void {
  const version = Number(answer.currentVersion);
  if (answer.currentVersion === undefined || !Number.isFinite(version)) {
    throw wrongAnswer(url, 'answers without currentVersion, as ArcGIS servers have it');
  }
  if (version >= 10.1) return;
  throw new ImportError('arcgisVersion', {
    detail: `${describeUrl(url)} is of version ${version}; layers can be imported from 10.1 on.`,
    hint: 'Ask the operator of the ArcGIS server for a newer one, or export the layer to a file and import that.',
  });
}

function checkQueries(url: URL, { capabilities }: Answer): void {
  if (typeof capabilities !== 'string') return;
  // Servers write "Map,Query,Data"; an empty text says nothing.
  const words = capabilities.split(',').map((word) => word.trim().toLowerCase());
  if (capabilities.trim() === '' || words.includes('query')) return;
  throw new ImportError('arcgisMisconfigured', {
    detail: `${describeUrl(url)} allows ${capabilities.slice(0, 100)}, but not Query.`,
    hint: 'Ask the operator of the ArcGIS server to enable the Query capability of the layer.',
  });
}

function readField(field: Answer): readonly Field[] {
  const name = textOf(field.name);
  if (name === '' || name.length > MAX_NAME) return [];
  const type = textOf(field.type).replace(/^esriFieldType/, '');
  return [{ name, type, alias: textOf(field.alias).slice(0, MAX_NAME), names: codedValues(field.domain) }];
}

function codedValues(domain: unknown): ReadonlyMap<string, string> | null {
  if (!isObject(domain) || !Array.isArray(domain.codedValues)) return null;
  return new Map(
    objects(domain.codedValues).flatMap(({ code, name }) =>
      typeof name === 'string' && code !== null && code !== undefined ? [[String(code), name] as const] : [],
    ),
  );
}

function readSubtypes(answer: Answer): Subtypes | null {
  const field = textOf(answer.typeIdField) || textOf(answer.subtypeField) || textOf(answer.subtypeFieldName);
  const types = [...objects(answer.types), ...objects(answer.subtypes)];
  if (field === '' || types.length === 0) return null;
  const names = new Map<string, string>();
  const domains = new Map<string, ReadonlyMap<string, ReadonlyMap<string, string>>>();
  for (const type of types) {
    const code = String(type.id ?? type.code);
    names.set(code, textOf(type.name));
    const own = Object.entries(isObject(type.domains) ? type.domains : {}).flatMap(([name, domain]) => {
      const values = codedValues(domain);
      return values === null ? [] : [[name.toLowerCase(), values] as const];
    });
    domains.set(code, new Map(own));
  }
  return { field, names, domains };
}

function idFieldOf(answer: Answer, fields: readonly Field[]): string | null {
  const told = textOf(answer.objectIdField) || textOf(answer.objectIdFieldName);
  const byName = fields.find(({ name }) => name.toLowerCase() === told.toLowerCase());
  return (byName ?? fields.find(({ type }) => type === 'OID'))?.name ?? null;
}

function readExtent(extent: unknown): Extent | null {
  if (!isObject(extent)) return null;
  const [west, south, east, north] = [extent.xmin, extent.ymin, extent.xmax, extent.ymax].map(Number);
  const reference = isObject(extent.spatialReference) ? extent.spatialReference : {};
  const wkid = Number(reference.latestWkid ?? reference.wkid);
  if (west === undefined || south === undefined || east === undefined || north === undefined) return null;
  if (![west, south, east, north].every(Number.isFinite) || west > east || south > north) return null;
  return { west, south, east, north, wkid: Number.isInteger(wkid) && wkid > 0 ? wkid : null };
}

function lastEditOf({ editingInfo }: Answer): number | null {
  const moment = isObject(editingInfo) ? Number(editingInfo.lastEditDate ?? editingInfo.dataLastEditDate) : Number.NaN;
  return Number.isFinite(moment) && moment > 0 ? moment : null;
}

function editFieldOf({ editFieldsInfo }: Answer, fields: readonly Field[]): string | null {
  if (!isObject(editFieldsInfo)) return null;
  const { dateFieldsTimeReference: reference, editDateField } = editFieldsInfo;
  // Moments are compared in UTC, which editor tracking keeps them in unless it says otherwise.
  if (isObject(reference) && !/^(UTC|Etc\/UTC)$/i.test(textOf(reference.timeZone))) return null;
  return fields.find(({ name }) => name.toLowerCase() === textOf(editDateField).toLowerCase())?.name ?? null;
}

/**
 * Feature layers and tables of a service's own description or of its `layers` page, in their order; groups stand beside
 * what they hold. Throws 1011 where there is neither.
 */
export function readService(url: URL, answer: Answer): readonly LayerEntry[] {
  if (!Array.isArray(answer.layers) && !Array.isArray(answer.tables)) {
    throw wrongAnswer(url, 'answers without a list of layers');
  }
  const seen = new Set<number>();
  return [...objects(answer.layers), ...objects(answer.tables)].slice(0, MAX_LAYERS).flatMap((entry) => {
    const id = Number(entry.id);
    const type = textOf(entry.type);
    // Old servers list no types; there only groups have layers below them.
    const isGroup = type === '' && Array.isArray(entry.subLayerIds) && entry.subLayerIds.length > 0;
    const holdsRows = type === '' ? !isGroup : type === 'Feature Layer' || type === 'Table';
    if (!Number.isInteger(id) || id < 0 || !holdsRows || seen.has(id)) return [];
    seen.add(id);
    return [{ id, name: textOf(entry.name) }];
  });
}

/** Ids of the layers directly below a group. */
export const subLayersOf = (answer: Answer): readonly number[] => {
  const ids = [...objects(answer.subLayers).map(({ id }) => id), ...[answer.subLayerIds].flat()].map(Number);
  return [...new Set(ids.filter((id) => Number.isInteger(id) && id >= 0))].slice(0, MAX_LAYERS);
};

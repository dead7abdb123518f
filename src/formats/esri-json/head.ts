import { canonicalSrid } from '../../domain/crs.ts';
import { type CrsDefinition, readCrsDefinition } from '../../domain/crs-definition.ts';
import type { ColumnType } from '../../domain/schema.ts';
import { ImportError } from '../../errors.ts';
import { JsonWalker } from '../json/json-walker.ts';

/** Types of fields (ArcGIS REST API, "Field") as column types; null is inferred. */
const fieldTypes: Readonly<Record<string, ColumnType>> = {
  esriFieldTypeOID: 'bigint',
  esriFieldTypeSmallInteger: 'bigint',
  esriFieldTypeInteger: 'bigint',
  esriFieldTypeBigInteger: 'bigint',
  esriFieldTypeSingle: 'double precision',
  esriFieldTypeDouble: 'double precision',
  esriFieldTypeString: 'text',
  esriFieldTypeXML: 'text',
  esriFieldTypeGUID: 'text',
  esriFieldTypeGlobalID: 'text',
  esriFieldTypeDate: 'timestamptz',
  esriFieldTypeTimestampOffset: 'timestamptz',
  esriFieldTypeDateOnly: 'date',
  esriFieldTypeTimeOnly: 'time',
};

export interface EsriField {
  readonly name: string;
  readonly type: ColumnType | null;
}

/** What an Esri JSON says before and behind its features. */
export interface EsriHead {
  readonly fields: readonly EsriField[];
  /** Of the file, or of its first geometry; null where nothing is said. */
  readonly crs: CrsDefinition | null;
  readonly hasGeometry: boolean;
  readonly exceededLimit: boolean;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readFields(json: string): readonly EsriField[] {
  const fields: unknown = JSON.parse(json);
  if (!Array.isArray(fields)) return [];
  return fields
    .filter(isObject)
    .flatMap(({ name, type }) =>
      typeof name === 'string'
        ? [{ name, type: (typeof type === 'string' ? fieldTypes[type] : undefined) ?? null }]
        : [],
    );
}

/** The system of a `spatialReference`: the newer of its two codes, or its WKT. */
export function readSpatialReference(value: unknown): CrsDefinition | null {
  if (!isObject(value)) return null;
  const codes = [value.latestWkid, value.wkid].filter((code): code is number => Number.isInteger(code));
  // Esri's own codes begin at 37001 (ArcGIS REST API, "Spatial references"); 102100 and its like are known as EPSG's.
  const known = codes.map(canonicalSrid).find((code) => code > 0 && code < 37_000);
  if (known !== undefined) return { srid: known };
  if (typeof value.wkt === 'string') return readCrsDefinition(value.wkt);
  const [code] = codes;
  return code === undefined ? null : { srid: code };
}

/**
 * Reads everything but the features; only where `fields` and `spatialReference` stand behind those are they walked
 * through. Throws badGeoJson for what is no Esri JSON, sourceFetchFailed for the error of a server that was saved.
 */
export function readHead(path: string, name: string, chunkBytes?: number): EsriHead {
  using walker = new JsonWalker(path, name, chunkBytes);
  let fields: readonly EsriField[] = [];
  let crs: CrsDefinition | null = null;
  let geometryType = '';
  let hasFeatures = false;
  let exceededLimit = false;
  let ofFeature: unknown = null;
  if (!walker.enterObject()) walker.refuse('found no object', 'Esri JSON begins with {.');
  while (walker.nextKey()) {
    switch (walker.key) {
      case 'fields':
        fields = readFields(walker.text());
        break;
      case 'spatialReference':
        crs = readSpatialReference(JSON.parse(walker.text()));
        break;
      case 'geometryType':
        geometryType = walker.text();
        break;
      case 'exceededTransferLimit':
        exceededLimit = walker.text() === 'true';
        break;
      case 'error':
        refuseServerError(name, JSON.parse(walker.text()));
        break;
      case 'features':
        hasFeatures = true;
        ofFeature = readFeatures(walker);
        break;
      default:
        walker.skip();
    }
  }
  walker.finish();
  if (!hasFeatures) {
    walker.refuse('found no array `features`', 'Query the layer with f=json, and save the whole answer.');
  }
  const first = isObject(ofFeature) && isObject(ofFeature.geometry) ? ofFeature.geometry : null;
  crs ??= readSpatialReference(first?.spatialReference);
  return { fields, crs, hasGeometry: geometryType !== '' || first !== null, exceededLimit };
}

/** Passes the features and gives the first one. */
function readFeatures(walker: JsonWalker): unknown {
  let first: unknown = null;
  if (!walker.enterArray()) return walker.refuse('found `features` that are no array', 'Export the layer again.');
  for (let count = 0; walker.nextElement(); count++) {
    if (count === 0) first = JSON.parse(walker.text());
    else walker.skip();
  }
  return first;
}

function refuseServerError(name: string, error: unknown): void {
  if (!isObject(error)) return;
  throw new ImportError('sourceFetchFailed', {
    detail: `${name} holds no data but an error of an ArcGIS server: ${JSON.stringify(error).slice(0, 300)}.`,
    hint: 'Repeat the query, with a token if the layer needs one, and import its answer.',
  });
}

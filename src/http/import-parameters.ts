import { type ArcgisRequest, isArcgisUrl, splitToken } from '../domain/arcgis.ts';
import { ConnectorRefused, connectorName, publicConnector, toConnectorRequest } from '../domain/connector.ts';
import { findDriveService } from '../domain/drive.ts';
import type {
  CollisionStrategy,
  GeometryPolicy,
  ImportOptions,
  ImportRequest,
  Privacy,
  UploadRequest,
} from '../domain/import.ts';
import type { LocalFile } from '../domain/layer.ts';
import { objectStoreOf } from '../domain/object-store.ts';
import { nameInUrl } from './file-name.ts';
import type { Upload } from './import-body.ts';
import { toBoolean } from './parameter-values.ts';
import { type Parameters, textOf } from './parameters.ts';
import { toReading } from './reading-parameters.ts';
import { withRecipe } from './recipe.ts';
import { badImport } from './wire-error.ts';
import { toWriteWish } from './write-parameters.ts';

const privacies: readonly Privacy[] = ['private', 'public', 'link'];

function toPrivacy(parameters: Parameters): Privacy | null {
  const given = textOf(parameters, 'privacy');
  if (given === null) return null;
  const privacy = privacies.find((word) => word === given.toLowerCase());
  if (privacy === undefined) {
    throw badImport(`Unknown value '${given}' for 'privacy'. Allowed values are: private, public and link`);
  }
  return privacy;
}

function toCollisionStrategy(parameters: Parameters): CollisionStrategy {
  const given = parameters.get('collision_strategy');
  if (given === undefined || given === null) return 'rename';
  if (given === 'skip' || given === 'overwrite') return given;
  throw badImport('collision_strategy Invalid collision strategy');
}

/** What later versions bring. Said aloud, because an import that ignores a wish looks like one that kept it. */
function refuseUnavailable(parameters: Parameters): void {
  const refuse = (name: string, advice: string): never => {
    throw badImport(`${name} is not available yet: ${advice}`);
  };
  const service = textOf(parameters, 'service_name');
  if (
    service !== null &&
    service !== 'public_url' &&
    service !== 'connector' &&
    service !== 'arcgis' &&
    findDriveService(service) === null
  ) {
    refuse(`service_name ${service.slice(0, 100)}`, 'download the data and import it as a file or a URL');
  }
}

const geometryPolicies: readonly GeometryPolicy[] = ['keep', 'make_valid', 'null', 'reject'];

function toGeometryPolicy(parameters: Parameters): GeometryPolicy | null {
  const given = textOf(parameters, 'geometry_policy');
  if (given === null) return null;
  const policy = geometryPolicies.find((word) => word === given.trim().toLowerCase());
  if (policy === undefined) {
    throw badImport(
      `Unknown value '${given.slice(0, 100)}' for 'geometry_policy'. It takes ${geometryPolicies.join(', ')}`,
    );
  }
  return policy;
}

/** Checks everything that does not depend on the source. Throws 400 with the contract's sentences (1.3). */
export function toOptions(given: Parameters): ImportOptions {
  const parameters = withRecipe(given);
  const itemId = parameters.get('service_item_id');
  if (itemId !== undefined && itemId !== null && typeof itemId !== 'string') {
    throw badImport('service_item_id field should be empty or a string');
  }
  const isQuery = textOf(parameters, 'table_copy') !== null || textOf(parameters, 'sql') !== null;
  const options: ImportOptions = {
    ...toReading(parameters),
    contentGuessing: toBoolean(parameters.get('content_guessing'), false),
    createVisualization: toBoolean(parameters.get('create_vis'), false),
    collisionStrategy: toCollisionStrategy(parameters),
    privacy: toPrivacy(parameters),
    geometryPolicy: toGeometryPolicy(parameters),
    // What a query overwrites takes its columns, whatever they were (wire contract 7.2).
    ...(isQuery ? { schemaPolicy: 'evolve' as const } : {}),
    ...toWriteWish(parameters),
  };
  refuseUnavailable(parameters);
  const metadataUrl = textOf(parameters, 'metadata_url');
  if (metadataUrl !== null) return { ...options, metadataUrl };
  return options;
}

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
};

/** `user_defined_limits` as it is stored and shown: JSON text with the one limit that ever existed, 0 by default. */
export function toUserDefinedLimits(parameters: Parameters): string {
  const given = parameters.get('user_defined_limits');
  const limits = typeof given === 'string' ? parsed(given) : given;
  const isObject = typeof limits === 'object' && limits !== null && 'twitter_credits_limit' in limits;
  const credits = isObject ? Math.trunc(Number(limits.twitter_credits_limit)) : 0;
  return JSON.stringify({ twitter_credits_limit: Number.isSafeInteger(credits) && credits > 0 ? credits : 0 });
}

/** A URL as it may be shown: user and password removed, everything else as it was written. */
function withoutCredentials(url: string): string {
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

/** Where the data of an import comes from, and what is shown of it. */
export interface ImportSource {
  readonly request: ImportRequest;
  readonly originalUrl: string;
  readonly displayName: string;
  /** What `service_item_id` of a synchronization shows of a connector: JSON without secrets. */
  readonly shown?: string;
}

/** The request for a spooled file, before the file is stored and has a key. */
export function uploadRequest({ name, sizeBytes, mediaType }: LocalFile): UploadRequest {
  return { kind: 'upload', key: '', file: { name, sizeBytes, mediaType } };
}

/** Where the data comes from, in the contract's order: connector, URL, drive, then file, then nothing at all (which is accepted). */
export function toSource(
  parameters: Parameters,
  upload: Upload | null,
  validateUrl: (url: string) => void,
): ImportSource {
  const copy = textOf(parameters, 'table_copy');
  const query = copy === null ? textOf(parameters, 'sql') : copyOf(copy);
  if (query !== null) return queryOf(query, textOf(parameters, 'table_name'));
  const connector = connectorOf(parameters);
  if (connector !== null) return connector;
  const drive = driveOf(parameters);
  if (drive !== null) return drive;
  const arcgis = arcgisOf(parameters, validateUrl);
  if (arcgis !== null) return arcgis;
  const url = textOf(parameters, 'url') ?? serviceUrl(parameters);
  if (url !== null) {
    let originalUrl: string;
    try {
      validateUrl(url);
      originalUrl = withoutCredentials(url);
    } catch {
      throw badImport(`Invalid URL, cannot connect dataset: ${url}`);
    }
    const connectionId = textOf(parameters, 'connection_id');
    if (connectionId !== null && objectStoreOf(url) === null) {
      throw badImport('connection_id goes with an object store: a url of s3://, gs:// or az://');
    }
    const request = { kind: 'url' as const, url, ...(connectionId === null ? {} : { connectionId }) };
    return { request, originalUrl, displayName: nameInUrl(url) };
  }
  if (upload !== null) {
    return { request: uploadRequest(upload.file), originalUrl: '', displayName: upload.file.name };
  }
  const copied = textOf(parameters, 'table_name');
  if (copied !== null) return queryOf(copyOf(copied), copied.split('.').at(-1) ?? copied);
  if (textOf(parameters, 'file') !== null) {
    throw badImport('file must be a file part of multipart/form-data, not text: curl -F file=@data.csv');
  }
  if (textOf(parameters, 'filename') !== null) {
    throw badImport('filename names the bytes of the body: put it in the query and send the file as the body');
  }
  return { request: { kind: 'nothing' }, originalUrl: '', displayName: '' };
}

/** `connector`, or the `service_item_id` of `service_name=connector`, as a source; null where there is neither. */
function connectorOf(parameters: Parameters): ImportSource | null {
  const isService = textOf(parameters, 'service_name') === 'connector';
  const given = parameters.get('connector') ?? (isService ? parameters.get('service_item_id') : null);
  if (given === undefined || given === null || given === '') return null;
  try {
    const request = toConnectorRequest(given);
    const shown = publicConnector(request);
    return { request, originalUrl: '', displayName: connectorName(request), shown: JSON.stringify(shown) };
  } catch (error) {
    throw error instanceof ConnectorRefused ? badImport(error.message) : error;
  }
}

/** `service_name` and `service_item_id` of a file of a cloud drive; null where there is neither, or a URL. */
function driveOf(parameters: Parameters): ImportSource | null {
  const name = textOf(parameters, 'service_name');
  const service = name === null ? null : findDriveService(name);
  if (service === null || textOf(parameters, 'url') !== null) return null;
  const itemId = textOf(parameters, 'service_item_id');
  if (itemId === null) throw badImport(`service_item_id must name a file of ${service}: list_files has its id`);
  return { request: { kind: 'drive', service, itemId }, originalUrl: '', displayName: itemId, shown: itemId };
}

/**
 * The layer or service of `service_name=arcgis`, or a plain URL that is the address of one; null where there is neither.
 * `value` is what old clients send beside `service_item_id`.
 */
function arcgisOf(parameters: Parameters, validateUrl: (url: string) => void): ImportSource | null {
  const isService = textOf(parameters, 'service_name') === 'arcgis';
  const plain = textOf(parameters, 'url');
  const ofService = (): string | null => textOf(parameters, 'service_item_id') ?? textOf(parameters, 'value') ?? plain;
  const given = isService ? ofService() : plain !== null && isArcgisUrl(plain) ? plain : null;
  if (given === null) return null;
  const { url, token: inUrl } = splitToken(given);
  try {
    // What is no URL at all is the error of a datasource, and comes with the import.
    if (URL.canParse(url)) validateUrl(url);
  } catch {
    throw badImport(`Invalid URL, cannot connect dataset: ${url}`);
  }
  const token = textOf(parameters, 'token') ?? inUrl;
  const request: ArcgisRequest = {
    kind: 'arcgis',
    url,
    allowPartial: toBoolean(parameters.get('allow_partial'), false),
    attachments: toBoolean(parameters.get('attachments'), false),
    layers: toReading(parameters).layers,
    ...(token === null ? {} : { token }),
  };
  return { request, originalUrl: URL.canParse(url) ? withoutCredentials(url) : url, displayName: nameInUrl(url) };
}

/** A query that copies a table, which may be named with its schema; other names are taken as they stand. */
const copyOf = (name: string): string => {
  const isPlain = /^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)?$/i.test(name.trim());
  return `select * from ${isPlain ? name.trim() : `"${name.replaceAll('"', '""')}"`}`;
};

const queryOf = (text: string, name: string | null) => ({
  request: { kind: 'query' as const, text, name },
  originalUrl: text,
  displayName: name ?? '',
});

/** `service_name=public_url` is the default written out; its item is the URL. */
const serviceUrl = (parameters: Parameters): string | null =>
  textOf(parameters, 'service_name') === 'public_url' ? textOf(parameters, 'service_item_id') : null;

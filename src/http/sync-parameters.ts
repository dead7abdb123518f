import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ImportRequest } from '../domain/import.ts';
import { type SchemaPolicy, schemaPolicies, type WriteMode, writeModes } from '../domain/refresh.ts';
import type { NewSynchronization, SyncSettings } from '../domain/sync.ts';
import { mediaType, openBody, readParameterBody } from './body.ts';
import { type ImportSource, toOptions, toSource } from './import-parameters.ts';
import { readMultipart } from './multipart.ts';
import { toList, toWord } from './parameter-values.ts';
import { merged, type Parameters, textOf } from './parameters.ts';
import { badImport, WireError } from './wire-error.ts';

/** Seconds between two runs where nothing is said (wire contract 8.1). */
const DEFAULT_INTERVAL = 3600;

/** Longest interval in seconds: what the database holds, 68 years. */
const MOST_INTERVAL = 2 ** 31 - 1;

/** Largest multipart body, in bytes: it has no file. */
const MAX_MULTIPART_BYTES = 1024 * 1024;

/** 400 in the shape that clients of the synchronizations API read: `errors` is the sentence. */
export const badSync = (message: string): WireError => new WireError(400, { errors: message });

/** Runs what the imports API shares, with its refusals in the shape of this one. */
export async function inSyncWords<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof WireError) || error.body === null || !('errors' in error.body)) throw error;
    const { errors } = error.body;
    if (typeof errors !== 'object' || errors === null || !('imports' in errors)) throw error;
    throw new WireError(error.status, { errors: errors.imports }, error.headers);
  }
}

/** Parameters of a request without a file: JSON, form or multipart fields, joined with those of the query. */
export async function readSyncParameters(
  request: FastifyRequest,
  reply: FastifyReply,
  query: Parameters,
): Promise<Parameters> {
  if (mediaType(request) !== 'multipart/form-data') return merged(await readParameterBody(request, reply), query);
  const body = openBody(request, reply, MAX_MULTIPART_BYTES);
  const fields = await readMultipart(body, request.headers, async ({ stream }) => {
    stream.resume();
    throw badImport('A file cannot be synchronized: give the url of one');
  });
  return merged(fields, query);
}

/** `interval` in whole seconds, as lenient as the original (`"3600"`, `3600.5`); null where nothing is said. */
function toInterval(parameters: Parameters, shortest: number): number | null {
  const given = textOf(parameters, 'interval');
  if (given === null) return null;
  const interval = Number.parseInt(given, 10) || 0;
  if (interval < shortest) {
    const least = shortest % 60 === 0 ? `${shortest / 60} minute` : `${shortest} second`;
    const isOne = shortest === 60 || shortest === 1;
    throw badSync(`Invalid interval: Sync interval must be at least ${least}${isOne ? '' : 's'}`);
  }
  if (interval > MOST_INTERVAL) {
    throw badSync(`Invalid interval: Sync interval must be at most ${MOST_INTERVAL} seconds`);
  }
  return interval;
}

/** What a request says of the settings of a synchronization; what it leaves out stays as in `before`; an empty `key` is none. */
export function toSyncSettings(parameters: Parameters, before: SyncSettings, shortest: number): SyncSettings {
  return {
    interval: toInterval(parameters, shortest) ?? before.interval,
    schemaPolicy: toWord<SchemaPolicy>(parameters, 'schema_policy', schemaPolicies) ?? before.schemaPolicy,
    mode: toWord<WriteMode>(parameters, 'mode', writeModes) ?? before.mode,
    key: parameters.has('key') ? (toList(parameters, 'key') ?? []) : before.key,
  };
}

/** Settings where a request says nothing. A server may allow longer intervals only. */
export const defaultSettings = (shortest: number): SyncSettings => ({
  interval: Math.max(DEFAULT_INTERVAL, shortest),
  schemaPolicy: 'evolve',
  mode: 'replace',
  key: [],
});

/** These mean something to imports alone (wire contract 1.7), or are settings of the synchronization itself. */
const ignored: ReadonlySet<string> = new Set([
  ...['collision_strategy', 'privacy', 'create_vis', 'file', 'filename'],
  ...['mode', 'key', 'schema_policy'],
]);

/** A cursor needs a way to find the rows that it brings again, and a mode that does not add them twice. */
function checkCursor(request: ImportRequest, { key, mode }: SyncSettings): void {
  if (request.kind !== 'connector' || request.cursor === undefined) return;
  if (key.length === 0) throw badSync('Invalid parameters: cursor needs key, the columns by which rows are found');
  if (mode === 'append')
    throw badSync('Invalid parameters: cursor brings rows again, which mode append would add twice');
}

/** What `POST /api/v1/synchronizations` asks for. Throws 400 with the contract's sentences. */
export function toNewSynchronization(
  given: Parameters,
  options: {
    readonly validateUrl: (url: string) => void;
    readonly shortest: number;
    /** What the `url` names where it is the address of a parked upload. */
    readonly parked: ImportSource | null;
  },
): NewSynchronization {
  const settings = toSyncSettings(given, defaultSettings(options.shortest), options.shortest);
  const parameters = new Map([...given].filter(([name]) => !ignored.has(name)));
  const ofImport = toOptions(parameters);
  parameters.delete('table_name');
  const source = options.parked ?? toSource(parameters, null, options.validateUrl);
  if (source.request.kind === 'nothing' || source.request.kind === 'upload') {
    throw badSync('A synchronization needs a source: give the url of a file, or a connector');
  }
  checkCursor(source.request, settings);
  const isPlain = source.request.kind === 'arcgis' && textOf(parameters, 'service_name') !== 'arcgis';
  const isUrl = source.request.kind === 'url' || source.request.kind === 'parked' || isPlain;
  const isConnector = source.request.kind === 'connector';
  const { shown, ...stored } = source;
  return {
    ...settings,
    ...stored,
    options: ofImport,
    name: textOf(given, 'table_name'),
    url: isUrl ? source.originalUrl : '',
    serviceName: isUrl ? null : isConnector ? 'connector' : textOf(parameters, 'service_name'),
    serviceItemId: isUrl ? null : (shown ?? source.originalUrl),
    fromExternalSource: false,
  };
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePbf, type FakePbf, type JsonAnswer, type PbfField } from './arcgis-pbf.ts';

/** A feature as the server keeps it. */
export interface FakeFeature {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly geometry?: unknown;
}

/** One layer, and what is wrong with how it answers. Nothing set: a layer of ArcGIS 11 without faults. */
export interface FakeLayer {
  readonly id?: number;
  readonly name?: string;
  readonly features: readonly FakeFeature[];
  /** Merged into the description of the layer. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Most rows of an answer; what the description says. */
  readonly maxRecordCount?: number;
  /** Most rows of an answer in truth. */
  readonly trueMax?: number;
  /** Ids of attachments by id of the row. */
  readonly attachments?: Readonly<Record<number, readonly number[]>>;
  /** What changed after a generation, where the service tracks changes (ArcGIS REST API, "Extract Changes"). */
  readonly changesSince?: (generation: number) => {
    readonly adds: readonly number[];
    readonly updates: readonly number[];
    readonly deletes: readonly number[];
  };
  readonly pagination?: boolean;
  readonly statistics?: boolean;
  readonly hasZ?: boolean;
  readonly hasM?: boolean;
  /** Answers rows with `f=pbf` too. */
  readonly pbf?: FakePbf;
  readonly faults?: {
    readonly repeatsPages?: boolean;
    readonly ignoresOffset?: boolean;
    readonly ignoresWhere?: boolean;
    readonly ignoresObjectIds?: boolean;
    /** Neither ids nor counts are answered. */
    readonly noIds?: boolean;
    readonly noCount?: boolean;
    /** `objectIds` is null whatever there is. */
    readonly nullIds?: boolean;
    /** Ids of a list at most. */
    readonly maxIds?: number;
    /** Rows of a page from which on the answer is 500. */
    readonly failsAbove?: number;
    /** Errors with status 200 in the first answers to queries of rows. */
    readonly errorsFirst?: number;
    /** Every answer to a query of rows is an error with status 200. */
    readonly errorsAlways?: boolean;
    /** Queries of all kinds are refused, as without the capability. */
    readonly refusesQueries?: boolean;
    readonly exceeded?: 'always' | 'never';
    /** Queries of rows are never answered. */
    readonly stalls?: boolean;
    /** Ids that no answer has. */
    readonly withholds?: readonly number[];
    /** Connections of the first answers that are cut. */
    readonly cutsFirst?: number;
    /** Answers 3857 whatever is asked. */
    readonly ignoresOutSr?: boolean;
  };
}

/** A small look-alike of an ArcGIS server on loopback. Closes itself with `await using`. */
export interface ArcgisServer extends AsyncDisposable {
  /** `…/rest/services/demo/FeatureServer`. */
  readonly url: string;
  /** Path and parameters of all requests, oldest first. */
  readonly requests: readonly { readonly path: string; readonly query: URLSearchParams; readonly method: string }[];
  /** Requests under way on average, while any was: by so much it is faster than one after the other. */
  readonly averageAtOnce: number;
}

export interface ArcgisServerOptions {
  readonly delayMs?: number;
  /** Without it every answer is error 499. */
  readonly token?: string;
  /** Merged into the description of the service. */
  readonly service?: Readonly<Record<string, unknown>>;
  /** Status of `/layers`. */
  readonly layersStatus?: number;
}

/** JSON with whole numbers of 64 bits as they are. */
function toJson(answer: object): string {
  try {
    return JSON.stringify(answer);
  } catch {
    const marked = JSON.stringify(answer, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    return marked.replace(/"(-?\d+)n"/g, '$1');
  }
}

const error = (code: number, message: string): object => ({ error: { code, message, details: [] } });

function describe(layer: FakeLayer, id: number) {
  const { features, meta = {}, maxRecordCount = 1000, pagination = true, statistics = true } = layer;
  const first = features[0]?.attributes ?? { OBJECTID: 1 };
  return {
    currentVersion: 11.1,
    id,
    name: layer.name ?? `layer ${id}`,
    type: 'Feature Layer',
    geometryType: 'esriGeometryPoint',
    objectIdField: 'OBJECTID',
    fields: Object.entries(first).map(([name, value]) => ({
      name,
      alias: name,
      type: `esriFieldType${name === 'OBJECTID' ? 'OID' : typeof value === 'number' ? 'Double' : 'String'}`,
    })),
    maxRecordCount,
    capabilities: 'Query',
    supportedQueryFormats: layer.pbf === undefined ? 'JSON' : 'JSON, geoJSON, PBF',
    supportsStatistics: statistics,
    supportsAdvancedQueries: true,
    advancedQueryCapabilities: { supportsPagination: pagination, supportsStatistics: statistics },
    extent: { xmin: -180, ymin: -90, xmax: 180, ymax: 90, spatialReference: { wkid: 4326 } },
    ...meta,
  };
}

const idOf = ({ attributes }: FakeFeature): number => Number(attributes.OBJECTID ?? attributes.hidden);

const operators: Readonly<Record<string, (id: number, limit: number) => boolean>> = {
  '>=': (id, limit) => id >= limit,
  '<=': (id, limit) => id <= limit,
  '>': (id, limit) => id > limit,
};

/** The test of a row that a query makes. */
function conditionOf(query: URLSearchParams, faults: NonNullable<FakeLayer['faults']>): (row: FakeFeature) => boolean {
  const listed = query.get('objectIds');
  if (listed !== null && !faults.ignoresObjectIds) {
    const ids = new Set(listed.split(',').map(Number));
    return (row) => ids.has(idOf(row));
  }
  const parts = faults.ignoresWhere ? [] : (query.get('where') ?? '').split(/ AND /i);
  const limits = parts.flatMap((part) => {
    const [, operator = '', value] = /^\w+ *(>=|<=|>) *(-?\d+)$/.exec(part) ?? [];
    const holds = operators[operator];
    const limit = Number(value);
    return holds === undefined ? [] : [(id: number) => holds(id, limit)];
  });
  const moments = parts.flatMap((part) => {
    const [, field = '', moment] = /^(\w+) >= timestamp '(.*)'$/.exec(part) ?? [];
    return moment === undefined ? [] : [{ field, from: Date.parse(`${moment.replace(' ', 'T')}Z`) }];
  });
  const box = query.get('geometry')?.split(',').map(Number);
  const [west = 0, south = 0, east = 0, north = 0] = box ?? [];
  return (row) => {
    const id = idOf(row);
    for (const holds of limits) if (!holds(id)) return false;
    for (const { field, from } of moments) if (!(Number(row.attributes[field]) >= from)) return false;
    if (box === undefined) return true;
    const { x = 0, y = 0 } = (row.geometry ?? {}) as { x?: number; y?: number };
    return x >= west && x <= east && y >= south && y <= north;
  };
}

/** Starts it with these layers. */
export async function startArcgis(
  layers: readonly FakeLayer[],
  { delayMs = 0, token, service = {}, layersStatus = 200 }: ArcgisServerOptions = {},
): Promise<ArcgisServer> {
  const requests: { path: string; query: URLSearchParams; method: string }[] = [];
  const served = new Map<FakeLayer, number>();
  const servedAsPbf = new Map<FakeLayer, number>();
  let now = 0;
  let busySince = 0;
  let busyMs = 0;
  let waitedMs = 0;

  function answerQuery(layer: FakeLayer, query: URLSearchParams): object | Buffer | 'stall' | 'cut' | 500 {
    const { faults = {}, maxRecordCount = 1000, pagination = true } = layer;
    if (faults.refusesQueries) return error(400, 'Requested operation is not supported by this service.');
    const wanted = layer.features.filter(conditionOf(query, faults));
    if (query.get('returnCountOnly') === 'true') {
      return faults.noCount ? error(400, 'Unable to complete operation.') : { count: wanted.length };
    }
    if (query.get('returnIdsOnly') === 'true') {
      if (faults.noIds) return error(400, 'Unable to complete operation.');
      const ids = wanted.map(idOf).slice(0, faults.maxIds);
      return { objectIdFieldName: 'OBJECTID', objectIds: faults.nullIds || ids.length === 0 ? null : ids };
    }
    if (query.has('outStatistics')) {
      const ids = wanted.map(idOf);
      return { features: [{ attributes: { MIN_ID: Math.min(...ids), MAX_ID: Math.max(...ids) } }] };
    }
    const count = (served.get(layer) ?? 0) + 1;
    served.set(layer, count);
    if (faults.stalls) return 'stall';
    if (count <= (faults.cutsFirst ?? 0)) return 'cut';
    if (faults.errorsAlways || count <= (faults.errorsFirst ?? 0))
      return error(500, 'Error performing query operation');
    const offset = faults.ignoresOffset || faults.repeatsPages ? 0 : Number(query.get('resultOffset') ?? 0);
    if (!pagination && query.has('resultOffset')) return error(400, 'Pagination is not supported.');
    const asked = Number(query.get('resultRecordCount') ?? Number.POSITIVE_INFINITY);
    const limit = Math.min(layer.trueMax ?? maxRecordCount, asked);
    const given = wanted.filter((feature) => !faults.withholds?.includes(idOf(feature)));
    const page = faults.repeatsPages ? layer.features.slice(0, limit) : given.slice(offset, offset + limit);
    if (page.length > (faults.failsAbove ?? Number.POSITIVE_INFINITY)) return 500;
    const exceeded = faults.exceeded === undefined ? given.length > offset + page.length : faults.exceeded === 'always';
    const { geometryType = 'esriGeometryPoint', fields } = describe(layer, 0);
    const rows = {
      objectIdFieldName: 'OBJECTID',
      geometryType,
      ...(layer.hasZ ? { hasZ: true } : {}),
      ...(layer.hasM ? { hasM: true } : {}),
      spatialReference: faults.ignoresOutSr ? { wkid: 102100, latestWkid: 3857 } : { wkid: 4326, latestWkid: 4326 },
      features: page.map(({ attributes, geometry }) => {
        const { hidden: _, ...shown } = attributes;
        return { attributes: shown, ...(geometry === undefined ? {} : { geometry }) };
      }),
      ...(exceeded ? { exceededTransferLimit: true } : {}),
    };
    return query.get('f') === 'pbf' ? answerPbf(layer, rows, fields) : rows;
  }

  function answerPbf(layer: FakeLayer, rows: JsonAnswer, fields: readonly PbfField[]): object | Buffer {
    if (layer.pbf === undefined) return error(400, 'Output format not supported.');
    const { errorsAfter = Number.POSITIVE_INFINITY, brokenAfter = Number.POSITIVE_INFINITY } = layer.pbf;
    const count = (servedAsPbf.get(layer) ?? 0) + 1;
    servedAsPbf.set(layer, count);
    if (count > errorsAfter) return error(500, 'Error performing query operation');
    const bytes = encodePbf(rows, fields, layer.pbf);
    return count > brokenAfter ? bytes.subarray(0, bytes.length / 2) : bytes;
  }

  /** Ids of what changed, as services with change tracking answer them. */
  function extractChanges(query: URLSearchParams): object {
    const asked = JSON.parse(query.get('layerServerGens') ?? '[]') as readonly { id: number; serverGen: number }[];
    const edits = asked.flatMap(({ id, serverGen }) => {
      const changesSince = layers.find((layer, at) => (layer.id ?? at) === id)?.changesSince;
      return changesSince === undefined ? [] : [{ id, objectIds: changesSince(serverGen) }];
    });
    if (query.get('returnIdsOnly') !== 'true' || edits.length < asked.length) return error(400, 'Invalid parameters.');
    return {
      layerServerGens: asked,
      transportType: 'esriTransportTypeEmbedded',
      responseType: 'esriDataChangesResponseTypeEdits',
      edits,
    };
  }

  function answer(path: string, query: URLSearchParams): object | Buffer | 'stall' | 'cut' | number {
    if (token !== undefined && query.get('token') !== token)
      return error(499, `Token Required, not ${query.get('token')}`);
    if (path.endsWith('/FeatureServer/extractChanges')) return extractChanges(query);
    const [, id, isQuery] = /\/FeatureServer(?:\/(\d+))?(\/query|\/queryAttachments)?\/?$/.exec(path) ?? [];
    const described = layers.map((layer, at) => describe(layer, layer.id ?? at));
    if (path.endsWith('/FeatureServer/layers'))
      return layersStatus === 200 ? { layers: described, tables: [] } : layersStatus;
    if (path.endsWith('/FeatureServer')) return { currentVersion: 11.1, layers: described, ...service };
    const at = layers.findIndex((layer, position) => (layer.id ?? position) === Number(id));
    const layer = layers[at];
    if (layer === undefined) return error(404, 'Layer not found');
    if (isQuery === '/queryAttachments') {
      const ids = (query.get('objectIds') ?? '').split(',').map(Number);
      const groups = ids.map((parentObjectId) => ({
        parentObjectId,
        attachmentInfos: (layer.attachments?.[parentObjectId] ?? []).map((one) => ({ id: one, name: `${one}.jpg` })),
      }));
      return { attachmentGroups: groups.filter(({ attachmentInfos }) => attachmentInfos.length > 0) };
    }
    return isQuery === undefined ? (described[at] ?? 404) : answerQuery(layer, query);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const query = url.searchParams;
    if (request.method === 'POST') {
      for (const [name, value] of new URLSearchParams(Buffer.concat(await Array.fromAsync(request)).toString())) {
        query.set(name, value);
      }
    }
    requests.push({ path: url.pathname, query, method: request.method ?? '' });
    const began = performance.now();
    if (now++ === 0) busySince = began;
    if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
    const ended = performance.now();
    waitedMs += ended - began;
    if (--now === 0) busyMs += ended - busySince;
    // Services answer extractChanges to a POST alone.
    const isRefused = url.pathname.endsWith('/extractChanges') && request.method !== 'POST';
    const found = isRefused ? 405 : answer(url.pathname, query);
    if (found === 'stall') return;
    if (found === 'cut') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
      response.write('{"features":[');
      setTimeout(() => response.destroy(), 10).unref();
      return;
    }
    if (typeof found === 'number') {
      response.writeHead(found).end('<html>no</html>');
      return;
    }
    if (Buffer.isBuffer(found)) {
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(found);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(toJson(found));
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/arcgis/rest/services/demo/FeatureServer`,
    requests,
    get averageAtOnce() {
      return waitedMs / busyMs;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Points with ids from 1, a name and a number. `step` leaves gaps in the ids. */
export const points = (count: number, step = 1): readonly FakeFeature[] =>
  Array.from({ length: count }, (_, i) => ({
    attributes: { OBJECTID: 1 + i * step, name: `n${i}`, value: i / 7 },
    geometry: { x: ((i * 7919) % 36_000) / 100 - 180, y: ((i * 104_729) % 17_000) / 100 - 85 },
  }));

/** A ring of a square as Esri has it: clockwise, and the other way round where it is a hole. */
export const square = (x: number, y: number, size: number, isHole: boolean): readonly (readonly number[])[] => {
  const ring = [
    [x, y],
    [x, y + size],
    [x + size, y + size],
    [x + size, y],
    [x, y],
  ];
  return isHole ? ring.reverse() : ring;
};

import { type ArcgisRequest, readArcgisAddress } from '../../domain/arcgis.ts';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { describeUrl } from '../../util/describe-url.ts';
import type { HttpClient } from '../../util/http-client.ts';
import type { FetchContext, Fetched } from '../source.ts';
import {
  type Answer,
  type ArcgisClient,
  type ArcgisLimits,
  createArcgisClient,
  DEFAULT_ARCGIS_LIMITS,
  Refused,
  TooLarge,
} from './client.ts';
import { fetchLayer } from './fetch-layer.ts';
import { checkVersion, type LayerInfo, readLayer, readService, subLayersOf, wrongAnswer } from './metadata.ts';
import { isMisconfigured } from './pages.ts';

/** Layers and services of ArcGIS servers. */
export interface ArcgisSource {
  /**
   * Fetches the rows of a layer, or of all layers and tables of a service, into one file each. Throws arcgisVersion
   * (1013), arcgisMisconfigured (1023), sourceUnreachable (1012), downloadTimeout (1020), and sourceFetchFailed (1011)
   * for answers that are not as they should be and rows that do not come.
   */
  fetch(request: ArcgisRequest, context: FetchContext): Promise<Fetched>;
}

export interface ArcgisSourceOptions {
  readonly http: HttpClient;
  /** Whether the operator allows it; off, every request fails with 1012. */
  readonly isOn: boolean;
  /** Members replace those of DEFAULT_ARCGIS_LIMITS. */
  readonly limits?: Partial<ArcgisLimits>;
}

/** Groups within groups that are descended. */
const MOST_GROUPS = 200;

/** Builds the source of imports from ArcGIS servers. */
export function createArcgisSource({ http, isOn, limits }: ArcgisSourceOptions): ArcgisSource {
  return {
    async fetch(request, context) {
      if (!isOn) {
        throw new ImportError('sourceUnreachable', {
          detail: 'Imports from ArcGIS servers are switched off here.',
          hint: 'Ask the operator to set LANDFALL_ARCGIS=on, or export the layer to a file and import that.',
        });
      }
      const address = readArcgisAddress(request.url);
      if (address === null) {
        throw new ImportError('sourceUnreachable', {
          detail: `${request.url.slice(0, 300)} is no address of an ArcGIS layer or service.`,
          hint: 'Give an address of the form https://HOST/SITE/rest/services/NAME/FeatureServer/0.',
        });
      }
      const client = createArcgisClient({
        http,
        limits: { ...DEFAULT_ARCGIS_LIMITS, ...limits },
        token: request.token ?? null,
        signal: context.signal,
        onBytes: context.onBytes,
      });
      const layers =
        address.layer === null
          ? await layersOfService(client, address.service, request.layers)
          : await layersBelow(client, address.service, address.layer);
      const validators = fingerprintOf(layers);
      if (validators.etag !== null && validators.etag === context.known?.etag) {
        return { files: [], fingerprint: validators, isUnchanged: true };
      }
      return fetchAll(client, layers, request, context);
    },
  };
}

async function fetchAll(
  client: ArcgisClient,
  layers: readonly LayerInfo[],
  { allowPartial, attachments }: ArcgisRequest,
  { folder, maxBytes }: FetchContext,
): Promise<Fetched> {
  const files: LocalFile[] = [];
  const partial: Readonly<Record<string, unknown>>[] = [];
  let bytes = 0;
  let curves = 0;
  for (const [position, layer] of layers.entries()) {
    const fetched = await fetchLayer({
      client,
      layer,
      folder,
      position,
      maxBytes: maxBytes - bytes,
      allowPartial,
      attachments,
    });
    curves += fetched.curves;
    files.push(fetched.file);
    bytes += fetched.file.sizeBytes;
    const { rows, expected, isComplete, reason } = fetched.outcome;
    if (!isComplete) partial.push({ layer: layer.name, rows, expected, ...(reason === null ? {} : { reason }) });
  }
  return {
    files,
    // A layer of which rows are missing is fetched again the next time.
    fingerprint: partial.length > 0 ? { etag: null, lastModified: null } : fingerprintOf(layers),
    warnings: {
      ...(partial.length > 0 ? { partial_layers: partial } : {}),
      ...(curves > 0 ? { linearized_curves: curves } : {}),
    },
  };
}

/** The moments of the last edits, where all layers keep them: as long as they stay, so do the rows. */
function fingerprintOf(layers: readonly LayerInfo[]): Fetched['fingerprint'] {
  const moments = layers.map(({ lastEdit }) => lastEdit);
  const last = moments.reduce((most, one) => (most === null || one === null ? null : Math.max(most, one)), 0);
  if (last === null || last === 0) return { etag: null, lastModified: null };
  const etag = layers.map(({ url, lastEdit }) => `${url.pathname.split('/').at(-1)}@${lastEdit}`).join(',');
  return { etag: etag.slice(0, 1000), lastModified: new Date(last).toUTCString() };
}

/** A description, with errors of the server as what they mean here. */
async function describe(client: ArcgisClient, url: URL): Promise<Answer> {
  try {
    return await client.ask(url, { f: 'json' });
  } catch (error) {
    throw translate(error, url);
  }
}

function translate(error: unknown, url: URL): unknown {
  if (error instanceof TooLarge) return wrongAnswer(url, `cannot be described: ${error.message}`);
  if (!(error instanceof Refused)) return error;
  if (isMisconfigured(error)) {
    return new ImportError('arcgisMisconfigured', {
      detail: `${describeUrl(url)} answers: ${error.message}`,
      hint: 'Ask the operator of the ArcGIS server to enable the Query capability of the layer.',
    });
  }
  const needsToken = error.code === 498 || error.code === 499 || error.code === 401 || error.code === 403;
  return new ImportError('sourceFetchFailed', {
    detail: `${describeUrl(url)} answers with error ${error.code}: ${error.message}.`.replace(/\.\.$/, '.'),
    hint: needsToken
      ? 'Share the layer with everyone, or give a token that may read it as the parameter token.'
      : 'Check that the address is that of a layer or service of an ArcGIS server, and open it in a browser.',
    cause: error,
  });
}

const below = (service: URL, name: string | number): URL => {
  const url = new URL(service);
  url.pathname = `${service.pathname.replace(/\/$/, '')}/${name}`;
  return url;
};

/** A layer, or what a group holds. */
async function layersBelow(client: ArcgisClient, service: URL, id: number): Promise<readonly LayerInfo[]> {
  const layers: LayerInfo[] = [];
  const open = [id];
  const seen = new Set<number>();
  for (let next = open.shift(); next !== undefined && seen.size < MOST_GROUPS; next = open.shift()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const url = below(service, next);
    const answer = await describe(client, url);
    if (answer.type === 'Group Layer') {
      checkVersion(url, answer);
      open.unshift(...subLayersOf(answer));
    } else if (next === id || answer.type === 'Feature Layer' || answer.type === 'Table') {
      layers.push(readLayer(url, answer));
    }
  }
  if (layers.length === 0) throw wrongAnswer(below(service, id), 'is a group without a layer of rows');
  return layers;
}

async function layersOfService(
  client: ArcgisClient,
  service: URL,
  wanted: readonly string[] | null,
): Promise<readonly LayerInfo[]> {
  const answer = await client.ask(below(service, 'layers'), { f: 'json' }).catch(async (error: unknown) => {
    if (error instanceof Refused || error instanceof TooLarge) return describe(client, service);
    throw error;
  });
  const entries = readService(service, answer);
  const chosen = wanted === null ? entries : entries.filter(({ name }) => wanted.includes(name));
  if (entries.length === 0) throw wrongAnswer(service, 'has no layer or table with rows');
  if (chosen.length === 0) {
    const names = entries.map(({ name }) => name).join(', ');
    throw wrongAnswer(service, `has no layer of the names asked for; it has ${names.slice(0, 500)}`);
  }
  const layers: LayerInfo[] = [];
  for (const { id } of chosen) {
    const url = below(service, id);
    layers.push(readLayer(url, await describe(client, url)));
  }
  return layers;
}

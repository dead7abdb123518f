import { createHash } from 'node:crypto';
import { type ArcgisAddress, type ArcgisLayer, type ArcgisRequest, readArcgisAddress } from '../../domain/arcgis.ts';
import { ImportError } from '../../errors.ts';
import type { HttpClient } from '../../util/http-client.ts';
import type { FetchContext, Fetched } from '../source.ts';
import { type ArcgisClient, type ArcgisLimits, createArcgisClient, DEFAULT_ARCGIS_LIMITS } from './client.ts';
import { type FetchedLayer, fetchLayer } from './fetch-layer.ts';
import { type FailedLayer, isOfLayer, layersBelow, layersOfService, translateRefusal } from './find-layers.ts';
import { listLayers } from './list-layers.ts';
import type { LayerInfo } from './metadata.ts';

/** Layers and services of ArcGIS servers. */
export interface ArcgisSource {
  /**
   * Fetches the rows of a layer, or of all layers and tables of a service, into one file each. Throws arcgisVersion
   * (1013), arcgisMisconfigured (1023), sourceUnreachable (1012), downloadTimeout (1020), and sourceFetchFailed (1011)
   * for answers that are not as they should be and rows that do not come.
   */
  fetch(request: ArcgisRequest, context: FetchContext): Promise<Fetched>;
  /** Layers and tables at an address, for somebody who waits. Throws as `fetch` does. */
  list(at: { readonly url: string; readonly token: string | null }): Promise<readonly ArcgisLayer[]>;
}

/** Patience of somebody who waits for a list. */
const LISTING_LIMITS: Partial<ArcgisLimits> = { responseTimeoutMs: 15_000, tries: 2 };

export interface ArcgisSourceOptions {
  readonly http: HttpClient;
  /** Whether the operator allows it; off, every request fails with 1012. */
  readonly isOn: boolean;
  /** Members replace those of DEFAULT_ARCGIS_LIMITS. */
  readonly limits?: Partial<ArcgisLimits>;
}

/** Builds the source of imports from ArcGIS servers. */
export function createArcgisSource({ http, isOn, limits }: ArcgisSourceOptions): ArcgisSource {
  function addressOf(url: string): ArcgisAddress {
    if (!isOn) {
      throw new ImportError('sourceUnreachable', {
        detail: 'Imports from ArcGIS servers are switched off here.',
        hint: 'Ask the operator to set LANDFALL_ARCGIS=on, or export the layer to a file and import that.',
      });
    }
    const address = readArcgisAddress(url);
    if (address !== null) return address;
    throw new ImportError('sourceUnreachable', {
      detail: `${url.slice(0, 300)} is no address of an ArcGIS layer or service.`,
      hint: 'Give an address of the form https://HOST/SITE/rest/services/NAME/FeatureServer/0.',
    });
  }

  return {
    list: async ({ url, token }) =>
      listLayers(
        createArcgisClient({
          http,
          limits: { ...DEFAULT_ARCGIS_LIMITS, ...LISTING_LIMITS, ...limits },
          token,
          signal: new AbortController().signal,
          onBytes: () => undefined,
        }),
        addressOf(url),
      ),
    async fetch(request, context) {
      const address = addressOf(request.url);
      const client = createArcgisClient({
        http,
        limits: { ...DEFAULT_ARCGIS_LIMITS, ...limits },
        token: request.token ?? null,
        signal: context.signal,
        onBytes: context.onBytes,
      });
      const { layers, failed } =
        address.layer === null
          ? await layersOfService(client, address.service, request.layers)
          : { layers: await layersBelow(client, address.service, address.layer), failed: [] };
      const validators = fingerprintOf(layers);
      if (validators.etag !== null && validators.etag === context.known?.etag) {
        return { files: [], fingerprint: validators, isUnchanged: true };
      }
      return fetchAll(client, layers, failed, request, context);
    },
  };
}

async function fetchAll(
  client: ArcgisClient,
  layers: readonly LayerInfo[],
  before: readonly FailedLayer[],
  { allowPartial, attachments }: ArcgisRequest,
  { folder, maxBytes }: FetchContext,
): Promise<Fetched> {
  const fetched: FetchedLayer[] = [];
  const failed = [...before];
  for (const [position, layer] of layers.entries()) {
    const room = fetched.reduce((left, { file }) => left - file.sizeBytes, maxBytes);
    try {
      const options = { client, layer, folder, position, maxBytes: room, allowPartial, attachments };
      fetched.push(await fetchLayer(options));
    } catch (cause) {
      const error = translateRefusal(cause, layer.url);
      if (!isOfLayer(error) || layers.length + before.length === 1) throw error;
      failed.push({ name: layer.name, error });
    }
  }
  const [first] = failed;
  if (first !== undefined && fetched.length === 0) throw first.error;
  const partial = fetched.flatMap(({ name, outcome: { rows, expected, isComplete, reason } }) =>
    isComplete ? [] : [{ layer: name, rows, expected, ...(reason === null ? {} : { reason }) }],
  );
  const curves = fetched.reduce((sum, layer) => sum + layer.curves, 0);
  const isWhole = partial.length === 0 && failed.length === 0;
  return {
    files: fetched.map(({ file }) => file),
    // What is missing is fetched again the next time.
    fingerprint: isWhole ? fingerprintOf(layers) : { etag: null, lastModified: null },
    warnings: {
      ...(partial.length > 0 ? { partial_layers: partial } : {}),
      ...(failed.length > 0 ? { failed_layers: failed.map(told) } : {}),
      ...(curves > 0 ? { linearized_curves: curves } : {}),
    },
  };
}

const told = ({ name, error }: FailedLayer): Readonly<Record<string, unknown>> => ({
  name,
  error_code: error.code,
  text: error.hint === undefined ? error.message : `${error.message} ${error.hint}`,
});

/** The moments of the last edits, where all layers keep them: as long as they stay, so do the rows. */
function fingerprintOf(layers: readonly LayerInfo[]): Fetched['fingerprint'] {
  const moments = layers.map(({ lastEdit }) => lastEdit);
  const last = moments.reduce((most, one) => (most === null || one === null ? null : Math.max(most, one)), 0);
  if (last === null || last === 0) return { etag: null, lastModified: null };
  const etag = layers.map(({ url, lastEdit }) => `${url.pathname.split('/').at(-1)}@${lastEdit}`).join(',');
  const short = etag.length > 200 ? createHash('sha256').update(etag).digest('hex') : etag;
  return { etag: short, lastModified: new Date(last).toUTCString() };
}

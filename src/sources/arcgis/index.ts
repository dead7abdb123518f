import { createHash } from 'node:crypto';
import { type ArcgisAddress, type ArcgisLayer, type ArcgisRequest, readArcgisAddress } from '../../domain/arcgis.ts';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import type { HttpClient } from '../../util/http-client.ts';
import type { FetchContext, Fetched, GoneRows } from '../source.ts';
import { type Marks, readMarks, takeMarks, writeMarks } from './changes.ts';
import { type ArcgisClient, type ArcgisLimits, createArcgisClient, DEFAULT_ARCGIS_LIMITS } from './client.ts';
import { type FetchedLayer, fetchChanges, fetchLayer } from './fetch-layer.ts';
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
      if (context.held === undefined) return fetchAll(client, layers, failed, request, context);
      const now = await takeMarks(client, address.service, layers, request.attachments);
      const cursor = writeMarks(now);
      if (failed.length === 0) {
        const changed = await fetchChanged(client, address.service, layers, request, context, now);
        if (changed !== null) return { ...changed, fingerprint: { ...validators, cursor } };
      }
      const all = await fetchAll(client, layers, failed, request, context);
      // What is missing is fetched again the next time.
      return all.isWhole ? { ...all, fingerprint: { ...all.fingerprint, cursor } } : all;
    },
  };
}

/** The rows of all layers that differ from their tables; null where not all layers can tell. */
async function fetchChanged(
  client: ArcgisClient,
  service: URL,
  layers: readonly LayerInfo[],
  { allowPartial, attachments }: ArcgisRequest,
  { folder, maxBytes, known, held }: FetchContext,
  now: Marks,
): Promise<Omit<Fetched, 'fingerprint'> | null> {
  const before = readMarks(known?.cursor);
  const keys = new Set(layers.map(({ idField }) => idField));
  const names = new Set(layers.map(({ name }) => name));
  if (held === undefined || before.size === 0 || keys.size > 1 || names.size < layers.length) return null;
  const files: LocalFile[] = [];
  const gone = new Map<string, GoneRows>();
  let curves = 0;
  for (const [position, layer] of layers.entries()) {
    const room = files.reduce((left, { sizeBytes }) => left - sizeBytes, maxBytes);
    const own = { client, layer, folder, position, maxBytes: room, allowPartial, attachments };
    const fetched = await fetchChanges({ ...own, service, before, now, held });
    if (fetched === null) return null;
    files.push(fetched.file);
    gone.set(layer.name, fetched.gone);
    curves += fetched.curves;
  }
  return { files, isPartial: true, gone, warnings: curves > 0 ? { linearized_curves: curves } : {} };
}

async function fetchAll(
  client: ArcgisClient,
  layers: readonly LayerInfo[],
  before: readonly FailedLayer[],
  { allowPartial, attachments }: ArcgisRequest,
  { folder, maxBytes }: FetchContext,
): Promise<Fetched & { readonly isWhole: boolean }> {
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
    isWhole,
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
  text: error.text,
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

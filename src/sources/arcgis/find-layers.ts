import { ImportError } from '../../errors.ts';
import { describeUrl } from '../../util/describe-url.ts';
import type { Answer, ArcgisClient } from './client.ts';
import { checkVersion, type LayerInfo, readLayer, readService, subLayersOf, wrongAnswer } from './metadata.ts';
import { isMisconfigured } from './pages.ts';
import { Refused, TooLarge } from './refused.ts';

/** Groups within groups that are descended. */
const MOST_GROUPS = 200;

/** A layer of a service that cannot be imported, while others can. */
export interface FailedLayer {
  readonly name: string;
  readonly error: ImportError;
}

/** Whether an error is of one layer, and says nothing about the others of its service. */
export const isOfLayer = (error: unknown): error is ImportError =>
  error instanceof ImportError && ['sourceFetchFailed', 'arcgisMisconfigured', 'tooManyColumns'].includes(error.kind);

/** A description, with errors of the server as what they mean here. */
async function describe(client: ArcgisClient, url: URL): Promise<Answer> {
  try {
    return await client.ask(url, { f: 'json' });
  } catch (error) {
    throw translateRefusal(error, url);
  }
}

/** An error of a server as what it means for a layer or service: 1011 or 1023; any other as it is. */
export function translateRefusal(error: unknown, url: URL): unknown {
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

/** A layer, or what a group holds. Throws what `readLayer` throws, and 1011 for errors of the server. */
export async function layersBelow(client: ArcgisClient, service: URL, id: number): Promise<readonly LayerInfo[]> {
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

/**
 * Feature layers and tables of a service, those of the names in `wanted` where it is not null, and what is wrong with
 * others. Throws 1011 where there is none, and the first error where all have one.
 */
export async function layersOfService(
  client: ArcgisClient,
  service: URL,
  wanted: readonly string[] | null,
): Promise<{ readonly layers: readonly LayerInfo[]; readonly failed: readonly FailedLayer[] }> {
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
  const failed: FailedLayer[] = [];
  for (const { id, name } of chosen) {
    const url = below(service, id);
    try {
      layers.push(readLayer(url, await describe(client, url)));
    } catch (error) {
      if (!isOfLayer(error)) throw error;
      failed.push({ name, error });
    }
  }
  const [first] = failed;
  if (first !== undefined && layers.length === 0) throw first.error;
  return { layers, failed };
}

import type { ArcgisAddress, ArcgisLayer } from '../../domain/arcgis.ts';
import { ImportError } from '../../errors.ts';
import type { Answer, ArcgisClient } from './client.ts';
import { layersBelow, translateRefusal } from './find-layers.ts';
import { checkVersion, readService, wrongAnswer } from './metadata.ts';
import { Refused, TooLarge } from './refused.ts';

/** Layers whose rows are counted: beyond, the count is not known. */
const MOST_COUNTED = 200;
/** Counts asked for at once, and the milliseconds after which no further one is asked for. */
const AT_ONCE = 4;
const COUNTING_MS = 8_000;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const objects = (value: unknown): readonly Answer[] =>
  Array.isArray(value) ? value.filter((one): one is Answer => typeof one === 'object' && one !== null) : [];

async function describe(client: ArcgisClient, url: URL): Promise<Answer> {
  try {
    return await client.ask(url, { f: 'json' });
  } catch (error) {
    throw translateRefusal(error, url);
  }
}

const below = (service: URL, name: string | number): URL => {
  const url = new URL(service);
  url.pathname = `${service.pathname.replace(/\/$/, '')}/${name}`;
  return url;
};

/** Descriptions of the layers at an address, by one question where the server gives all at once. */
async function descriptionsAt(client: ArcgisClient, { service, layer }: ArcgisAddress): Promise<readonly Answer[]> {
  if (layer !== null) {
    const answer = await describe(client, below(service, layer));
    if (answer.type !== 'Group Layer') return [{ ...answer, id: layer }];
    const members = new Set((await layersBelow(client, service, layer)).map(({ url }) => url.href));
    const all = await descriptionsAt(client, { service, layer: null });
    return all.filter(({ id }) => members.has(below(service, Number(id)).href));
  }
  const whole = await client.ask(below(service, 'layers'), { f: 'json' }).catch(async (error: unknown) => {
    if (error instanceof Refused || error instanceof TooLarge) return describe(client, service);
    throw error;
  });
  const named = new Set(readService(service, whole).map(({ id }) => id));
  return [...objects(whole.layers), ...objects(whole.tables)].filter(({ id }) => named.delete(Number(id)));
}

/** Rows of a layer; null where the server does not tell. */
async function countOf(client: ArcgisClient, url: URL): Promise<number | null> {
  try {
    const answer = await client.ask(below(url, 'query'), { where: '1=1', returnCountOnly: 'true', f: 'json' });
    const count = Number(answer.count ?? Number.NaN);
    return Number.isSafeInteger(count) && count >= 0 ? count : null;
  } catch (error) {
    // A layer that cannot be counted is still one that can be chosen.
    if (error instanceof Refused || error instanceof TooLarge || error instanceof ImportError) return null;
    throw error;
  }
}

/**
 * Feature layers and tables at the address of a service, a group or a layer, in their order, with what they hold. Throws
 * what `describe` and `readService` throw, and 1011 where there is none.
 */
export async function listLayers(client: ArcgisClient, address: ArcgisAddress): Promise<readonly ArcgisLayer[]> {
  const found = await descriptionsAt(client, address);
  const [first] = found;
  if (first === undefined) throw wrongAnswer(address.service, 'has no layer or table with rows');
  if (address.layer !== null) checkVersion(below(address.service, address.layer), first);
  const layers = found.map((answer) => {
    const id = Number(answer.id);
    const type = textOf(answer.geometryType).replace(/^esriGeometry/, '');
    return {
      id,
      name: textOf(answer.name),
      url: below(address.service, id).href,
      geometry_type: type === '' || answer.type === 'Table' ? null : type.toLowerCase(),
    };
  });
  const counts = new Map<number, number | null>();
  const open = layers.slice(0, MOST_COUNTED).values();
  const until = performance.now() + COUNTING_MS;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const { id, url } of open) {
        if (performance.now() < until) counts.set(id, await countOf(client, new URL(url)));
      }
    }),
  );
  return layers.map((layer) => ({ ...layer, count: counts.get(layer.id) ?? null }));
}

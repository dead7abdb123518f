import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { DatabaseError } from '../../db/database.ts';
import type { FeatureText } from '../../features/feature-desk.ts';
import { toFeatureQuery } from '../../features/feature-query.ts';
import { crs84, findCrs } from '../../features/reference-systems.ts';
import type { HttpDeps } from '../deps.ts';
import { type Addresses, geojson, htmlType, json, type Link, ownLinks } from '../ogc-links.ts';
import { featuresPage } from '../ogc-pages.ts';
import { allowOnly, badFeatures, featureParameters, understood, windowOf } from '../ogc-parameters.ts';
import { askedOf, type CollectionPath, ogcSchema, sendPage, sendText, tableOf } from '../ogc-requests.ts';
import { OgcCollection, OgcFeature, OgcFeatureQuery, OgcItemsQuery } from '../ogc-wire.ts';
import { textOf } from '../parameters.ts';
import { toWireError } from '../sql-errors.ts';
import { notFound } from '../wire-error.ts';

type FeaturePath = CollectionPath & { readonly feature: string };

/** The features of OGC API – Features, parts 1 and 2, and filters of part 3. */
export async function ogcItemRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  app.get<{ Params: CollectionPath }>(
    '/ogc/:account/collections/:collection/items',
    {
      schema: ogcSchema(
        'Features',
        'Features of a table as GeoJSON, in the order of `cartodb_id`, with links to the next page. Every property is a parameter too: `?name=Rome`. An unknown parameter is a 400.',
        OgcCollection,
        OgcItemsQuery,
      ),
      config: {
        curl: [
          'curl -G --data-urlencode "filter=population > 1e6" "$URL/ogc/$NAME/collections/$TABLE/items?api_key=$KEY"',
        ],
      },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = askedOf(deps, request, request.params.account);
      const window = windowOf(parameters);
      const table = await tableOf(deps, request, parameters, request.params);
      const query = understood(() => toFeatureQuery(table, featureParameters(parameters)));
      const gone = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      const refused = (error: unknown): never => {
        throw toFeatureError(error, textOf(parameters, 'filter') !== null);
      };
      const matched = await deps.features.count(table, query).catch(refused);
      // One more tells whether there is a next page.
      const page = await deps.features
        .page(table, query, { ...window, limit: window.limit + 1 }, gone.signal)
        .catch(refused);
      const linksFor = (hasNext: boolean): readonly Link[] => {
        const type = isHtml ? htmlType : geojson;
        const at = (offset: number) => addresses.here({ offset: String(offset), limit: String(window.limit) });
        return [
          ...ownLinks(addresses, geojson, isHtml),
          ...(hasNext ? [{ href: at(window.offset + window.limit), rel: 'next', type, title: 'Next page' }] : []),
          ...(window.offset > 0
            ? [{ href: at(Math.max(0, window.offset - window.limit)), rel: 'prev', type, title: 'Page before' }]
            : []),
          collectionLink(addresses, table.name),
        ];
      };
      reply.header('content-crs', `<${query.crs.uri}>`);
      if (isHtml) {
        const features: FeatureText[] = [];
        await using held = page;
        for await (const feature of held) features.push(feature);
        const title = `Features of ${table.name}`;
        const shown = features.slice(0, window.limit);
        return sendPage(reply, featuresPage(title, shown, linksFor(features.length > window.limit)));
      }
      reply.header('cache-control', 'private, no-cache').type(`${geojson}; charset=utf-8`);
      return reply.send(Readable.from(written(page, matched, window.limit, linksFor, deps.now())));
    },
  );

  app.get<{ Params: FeaturePath }>(
    '/ogc/:account/collections/:collection/items/:feature',
    {
      schema: ogcSchema('A feature', 'One feature by its `cartodb_id`, as GeoJSON.', OgcFeature, OgcFeatureQuery),
      config: { curl: ['curl "$URL/ogc/$NAME/collections/$TABLE/items/1?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = askedOf(deps, request, request.params.account);
      allowOnly(parameters, ['crs']);
      const table = await tableOf(deps, request, parameters, request.params);
      const crs = parameters.has('crs') ? findCrs(textOf(parameters, 'crs') ?? '') : crs84;
      if (crs === null) throw badFeatures('crs: the system is not one of this collection');
      const { feature: id } = request.params;
      if (!/^-?\d{1,18}$/.test(id)) throw notFound();
      const found = await deps.features.feature(table, BigInt(id), crs).catch((error: unknown) => {
        throw toWireError(error);
      });
      if (found === null) throw notFound();
      const links: readonly Link[] = [...ownLinks(addresses, geojson, isHtml), collectionLink(addresses, table.name)];
      reply.header('content-crs', `<${crs.uri}>`);
      if (isHtml) return sendPage(reply, featuresPage(`${table.name} ${id}`, [found], links));
      const text = `${featureJson(found).slice(0, -1)},"links":${JSON.stringify(links)}}`;
      return sendText(reply, geojson, text);
    },
  );
}

const collectionLink = (addresses: Addresses, table: string): Link => ({
  href: addresses.to(`/collections/${encodeURIComponent(table)}`),
  rel: 'collection',
  type: json,
  title: 'The collection',
});

const featureJson = ({ id, geometry, properties }: FeatureText): string =>
  `{"type":"Feature","id":${id},"geometry":${geometry},"properties":${properties}}`;

/** The collection piece by piece; what is only known at the end stands there. */
async function* written(
  page: AsyncIterable<FeatureText> & AsyncDisposable,
  matched: number | null,
  limit: number,
  linksFor: (hasNext: boolean) => readonly Link[],
  now: Date,
): AsyncGenerator<string> {
  await using held = page;
  yield '{"type":"FeatureCollection","features":[';
  let returned = 0;
  let hasNext = false;
  for await (const feature of held) {
    hasNext = returned === limit;
    if (hasNext) break;
    yield `${returned === 0 ? '' : ','}${featureJson(feature)}`;
    returned++;
  }
  const rest = {
    ...(matched === null ? {} : { numberMatched: matched }),
    numberReturned: returned,
    timeStamp: now.toISOString(),
    links: linksFor(hasNext),
  };
  yield `],${JSON.stringify(rest).slice(1)}`;
}

/** PostGIS tells of a text that is no geometry as of a fault of its own. */
function toFeatureError(error: unknown, hasFilter: boolean): unknown {
  if (hasFilter && error instanceof DatabaseError && error.code === 'XX000') {
    return badFeatures(`filter: ${error.message.slice(0, 200)}`);
  }
  if (error instanceof DatabaseError && /^22/.test(error.code)) return badFeatures(error.message);
  return toWireError(error);
}

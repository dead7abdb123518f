import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseError } from '../../db/database.ts';
import type { FeatureText } from '../../features/feature-desk.ts';
import { toFeatureQuery } from '../../features/feature-query.ts';
import { crs84, findCrs } from '../../features/reference-systems.ts';
import type { ReadableTable } from '../../store/readable-table.ts';
import type { HttpDeps } from '../deps.ts';
import { PAGE_POLICY } from '../html.ts';
import { type Collection, collectionOf, conformance, queryablesOf } from '../ogc-collection.ts';
import { type Addresses, addressesOf, geojson, htmlType, json, type Link, openapi, ownLinks } from '../ogc-links.ts';
import { featuresApi } from '../ogc-openapi.ts';
import { collectionPage, collectionsPage, conformancePage, featuresPage, landingPage } from '../ogc-pages.ts';
import { allowOnly, badFeatures, featureParameters, understood, wantsHtml, windowOf } from '../ogc-parameters.ts';
import {
  OgcAccount,
  OgcCollection,
  OgcError,
  OgcFeature,
  OgcFeatureQuery,
  OgcItemsQuery,
  OgcQuery,
} from '../ogc-wire.ts';
import { type Parameters, queryParameters, textOf } from '../parameters.ts';
import { readerOf, requireTable } from '../read-access.ts';
import { toWireError } from '../sql-errors.ts';
import { Empty } from '../wire.ts';
import { notFound } from '../wire-error.ts';

type AccountPath = { readonly account: string };
type CollectionPath = AccountPath & { readonly collection: string };
type FeaturePath = CollectionPath & { readonly feature: string };

/** What every handler has of its request. */
interface Asked {
  readonly parameters: Parameters;
  readonly isHtml: boolean;
  readonly addresses: Addresses;
}

/** OGC API – Features over the tables of an account: parts 1 and 2, and filters of part 3. */
export async function ogcRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const asked = (request: FastifyRequest, account: string): Asked => {
    const parameters = queryParameters(request);
    return {
      parameters,
      isHtml: wantsHtml(request, parameters),
      addresses: addressesOf(deps, request, parameters, account),
    };
  };
  const send = (reply: FastifyReply, type: string, body: object): FastifyReply =>
    reply.header('cache-control', 'private, no-cache').type(`${type}; charset=utf-8`).send(JSON.stringify(body));
  const sendPage = (reply: FastifyReply, text: string): FastifyReply =>
    reply
      .header('cache-control', 'private, no-cache')
      .header('content-security-policy', PAGE_POLICY)
      .type(`${htmlType}; charset=utf-8`)
      .send(text);
  const tableOf = (request: FastifyRequest, parameters: Parameters, path: CollectionPath) =>
    requireTable(deps, request, parameters, { account: path.account, table: path.collection });
  const describe = async (table: ReadableTable, addresses: Addresses) => {
    const [facts, interval] = await Promise.all([deps.tiles.facts(table), deps.features.interval(table)]).catch(
      (error: unknown) => {
        throw toWireError(error);
      },
    );
    return collectionOf(table, facts, interval, addresses);
  };
  const answers = {
    400: OgcError,
    401: Empty('A wrong key, or none where one is needed.'),
    404: Empty('Nothing there, or nothing that this key may read.'),
  };
  const schema = (summary: string, description: string, params: object, querystring: object = OgcQuery) => ({
    summary,
    description,
    tags: ['Maps and features'],
    params,
    querystring,
    response: answers,
  });

  app.get<{ Params: AccountPath }>(
    '/ogc/:account',
    {
      schema: schema('The features of an account', 'The landing page of OGC API – Features.', OgcAccount),
      config: { curl: ['curl "$URL/ogc/$NAME?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = asked(request, request.params.account);
      allowOnly(parameters, []);
      const { account } = await readerOf(deps, request, parameters, request.params.account);
      const links: readonly Link[] = [
        ...ownLinks(addresses, json, isHtml),
        { href: addresses.to('/api'), rel: 'service-desc', type: openapi, title: 'The API' },
        { href: addresses.to('/api', { f: 'html' }), rel: 'service-doc', type: htmlType, title: 'The API as a page' },
        { href: addresses.to('/conformance'), rel: 'conformance', type: json, title: 'What is conformed to' },
        { href: addresses.to('/collections'), rel: 'data', type: json, title: 'Collections' },
      ];
      const title = `Tables of ${account.name}`;
      return isHtml ? sendPage(reply, landingPage(title, links)) : send(reply, json, { title, links });
    },
  );

  app.get<{ Params: AccountPath }>(
    '/ogc/:account/conformance',
    {
      schema: schema('What is conformed to', 'URIs of classes of conformance.', OgcAccount),
      config: { curl: ['curl "$URL/ogc/$NAME/conformance"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml } = asked(request, request.params.account);
      allowOnly(parameters, []);
      await readerOf(deps, request, parameters, request.params.account);
      return isHtml ? sendPage(reply, conformancePage(conformance)) : send(reply, json, { conformsTo: conformance });
    },
  );

  app.get<{ Params: AccountPath }>(
    '/ogc/:account/api',
    {
      schema: schema('The API of the features', 'OpenAPI 3.0, with every table that may be read.', OgcAccount),
      config: { curl: ['curl "$URL/ogc/$NAME/api?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = asked(request, request.params.account);
      allowOnly(parameters, []);
      const reading = await readerOf(deps, request, parameters, request.params.account);
      const tables = await deps.tables.list(reading);
      if (isHtml) {
        const links = tables.map(({ name }) => ({
          href: addresses.to(`/collections/${encodeURIComponent(name)}/items`, { f: 'html' }),
          rel: 'items',
          type: htmlType,
          title: name,
        }));
        return sendPage(reply, landingPage('The API', [...ownLinks(addresses, openapi, true), ...links]));
      }
      const [address = ''] = addresses.to('').split('?');
      return reply.type(openapi).send(JSON.stringify(featuresApi(address, reading.account.name, tables)));
    },
  );

  app.get<{ Params: AccountPath }>(
    '/ogc/:account/collections',
    {
      schema: schema('The collections', 'Every table that may be read, as a collection of features.', OgcAccount),
      config: { curl: ['curl "$URL/ogc/$NAME/collections?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = asked(request, request.params.account);
      allowOnly(parameters, []);
      const reading = await readerOf(deps, request, parameters, request.params.account);
      const tables = (await deps.tables.list(reading)).filter(({ raster }) => raster === null);
      const links = ownLinks(addresses, json, isHtml);
      const collections: Collection[] = [];
      for (const table of tables) collections.push(await describe(table, addresses));
      return isHtml
        ? sendPage(reply, collectionsPage(collections, links))
        : send(reply, json, { links, crs: collections[0]?.crs ?? [crs84.uri], collections });
    },
  );

  app.get<{ Params: CollectionPath }>(
    '/ogc/:account/collections/:collection',
    {
      schema: schema('A collection', 'A table: its extent, its systems, and where its features are.', OgcCollection),
      config: { curl: ['curl "$URL/ogc/$NAME/collections/$TABLE?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = asked(request, request.params.account);
      allowOnly(parameters, []);
      const collection = await describe(await tableOf(request, parameters, request.params), addresses);
      return isHtml ? sendPage(reply, collectionPage(collection)) : send(reply, json, collection);
    },
  );

  app.get<{ Params: CollectionPath }>(
    '/ogc/:account/collections/:collection/queryables',
    {
      schema: schema(
        'Properties to filter by',
        'A JSON schema of what filters and parameters may name.',
        OgcCollection,
      ),
      config: { curl: ['curl "$URL/ogc/$NAME/collections/$TABLE/queryables?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, addresses } = asked(request, request.params.account);
      allowOnly(parameters, []);
      const table = await tableOf(request, parameters, request.params);
      return send(reply, 'application/schema+json', queryablesOf(table, addresses));
    },
  );

  app.get<{ Params: CollectionPath }>(
    '/ogc/:account/collections/:collection/items',
    {
      schema: schema(
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
      const { parameters, isHtml, addresses } = asked(request, request.params.account);
      const window = windowOf(parameters);
      const table = await tableOf(request, parameters, request.params);
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
          {
            href: addresses.to(`/collections/${encodeURIComponent(table.name)}`),
            rel: 'collection',
            type: json,
            title: 'The collection',
          },
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
      schema: schema('A feature', 'One feature by its `cartodb_id`, as GeoJSON.', OgcFeature, OgcFeatureQuery),
      config: { curl: ['curl "$URL/ogc/$NAME/collections/$TABLE/items/1?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = asked(request, request.params.account);
      allowOnly(parameters, ['crs']);
      const table = await tableOf(request, parameters, request.params);
      const crs = parameters.has('crs') ? findCrs(textOf(parameters, 'crs') ?? '') : crs84;
      if (crs === null) throw badFeatures('crs: the system is not one of this collection');
      const { feature: id } = request.params;
      if (!/^-?\d{1,18}$/.test(id)) throw notFound();
      const found = await deps.features.feature(table, BigInt(id), crs).catch((error: unknown) => {
        throw toWireError(error);
      });
      if (found === null) throw notFound();
      const links: readonly Link[] = [
        ...ownLinks(addresses, geojson, isHtml),
        {
          href: addresses.to(`/collections/${encodeURIComponent(table.name)}`),
          rel: 'collection',
          type: json,
          title: 'The collection',
        },
      ];
      reply.header('content-crs', `<${crs.uri}>`);
      if (isHtml) return sendPage(reply, featuresPage(`${table.name} ${id}`, [found], links));
      const text = `${featureJson(found).slice(0, -1)},"links":${JSON.stringify(links)}}`;
      return reply.header('cache-control', 'private, no-cache').type(`${geojson}; charset=utf-8`).send(text);
    },
  );
}

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

import type { FastifyInstance } from 'fastify';
import { crs84 } from '../../features/reference-systems.ts';
import type { ReadableTable } from '../../store/readable-table.ts';
import type { HttpDeps } from '../deps.ts';
import { type Collection, collectionOf, conformance, queryablesOf } from '../ogc-collection.ts';
import { type Addresses, htmlType, json, type Link, openapi, ownLinks } from '../ogc-links.ts';
import { featuresApi } from '../ogc-openapi.ts';
import { collectionPage, collectionsPage, conformancePage, landingPage } from '../ogc-pages.ts';
import { allowOnly } from '../ogc-parameters.ts';
import {
  type AccountPath,
  askedOf,
  type CollectionPath,
  ogcSchema,
  sendAs,
  sendPage,
  tableOf,
} from '../ogc-requests.ts';
import { OgcAccount, OgcCollection } from '../ogc-wire.ts';
import { readerOf } from '../read-access.ts';
import { toWireError } from '../sql-errors.ts';

/** OGC API – Features over the tables of an account, parts 1 and 2: what there is. Features: `ogc-items.ts`. */
export async function ogcRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const describe = async (table: ReadableTable, addresses: Addresses) => {
    const [facts, interval] = await Promise.all([deps.tiles.facts(table), deps.features.interval(table)]).catch(
      (error: unknown) => {
        throw toWireError(error);
      },
    );
    return collectionOf(table, facts, interval, addresses);
  };
  app.get<{ Params: AccountPath }>(
    '/ogc/:account',
    {
      schema: ogcSchema('The features of an account', 'The landing page of OGC API – Features.', OgcAccount),
      config: { curl: ['curl "$URL/ogc/$NAME?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = askedOf(deps, request, request.params.account);
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
      return isHtml ? sendPage(reply, landingPage(title, links)) : sendAs(reply, json, { title, links });
    },
  );

  app.get<{ Params: AccountPath }>(
    '/ogc/:account/conformance',
    {
      schema: ogcSchema('What is conformed to', 'URIs of classes of conformance.', OgcAccount),
      config: { curl: ['curl "$URL/ogc/$NAME/conformance"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml } = askedOf(deps, request, request.params.account);
      allowOnly(parameters, []);
      await readerOf(deps, request, parameters, request.params.account);
      return isHtml ? sendPage(reply, conformancePage(conformance)) : sendAs(reply, json, { conformsTo: conformance });
    },
  );

  app.get<{ Params: AccountPath }>(
    '/ogc/:account/api',
    {
      schema: ogcSchema('The API of the features', 'OpenAPI 3.0, with every table that may be read.', OgcAccount),
      config: { curl: ['curl "$URL/ogc/$NAME/api?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = askedOf(deps, request, request.params.account);
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
      // As bytes: to a text Fastify adds a charset and puts quotes around the version, which GDAL does not take for the same.
      return reply.type(openapi).send(Buffer.from(JSON.stringify(featuresApi(address, reading.account.name, tables))));
    },
  );

  app.get<{ Params: AccountPath }>(
    '/ogc/:account/collections',
    {
      schema: ogcSchema('The collections', 'Every table that may be read, as a collection of features.', OgcAccount),
      config: { curl: ['curl "$URL/ogc/$NAME/collections?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = askedOf(deps, request, request.params.account);
      allowOnly(parameters, []);
      const reading = await readerOf(deps, request, parameters, request.params.account);
      const tables = (await deps.tables.list(reading)).filter(({ raster }) => raster === null);
      const links = ownLinks(addresses, json, isHtml);
      const collections: Collection[] = [];
      for (const table of tables) collections.push(await describe(table, addresses));
      return isHtml
        ? sendPage(reply, collectionsPage(collections, links))
        : sendAs(reply, json, { links, crs: collections[0]?.crs ?? [crs84.uri], collections });
    },
  );

  app.get<{ Params: CollectionPath }>(
    '/ogc/:account/collections/:collection',
    {
      schema: ogcSchema('A collection', 'A table: its extent, its systems, and where its features are.', OgcCollection),
      config: { curl: ['curl "$URL/ogc/$NAME/collections/$TABLE?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, isHtml, addresses } = askedOf(deps, request, request.params.account);
      allowOnly(parameters, []);
      const collection = await describe(await tableOf(deps, request, parameters, request.params), addresses);
      return isHtml ? sendPage(reply, collectionPage(collection)) : sendAs(reply, json, collection);
    },
  );

  app.get<{ Params: CollectionPath }>(
    '/ogc/:account/collections/:collection/queryables',
    {
      schema: ogcSchema(
        'Properties to filter by',
        'A JSON schema of what filters and parameters may name.',
        OgcCollection,
      ),
      config: { curl: ['curl "$URL/ogc/$NAME/collections/$TABLE/queryables?api_key=$KEY"'] },
    },
    async (request, reply) => {
      const { parameters, addresses } = askedOf(deps, request, request.params.account);
      allowOnly(parameters, []);
      const table = await tableOf(deps, request, parameters, request.params);
      return sendAs(reply, 'application/schema+json', queryablesOf(table, addresses));
    },
  );
}

import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { splitToken } from '../../domain/arcgis.ts';
import { ImportError } from '../../errors.ts';
import { requireAccount } from '../auth.ts';
import { readParameterBody } from '../body.ts';
import { ArcgisLayers, ConnectorErrors } from '../connector-wire.ts';
import type { HttpDeps } from '../deps.ts';
import { merged, type Parameters, queryParameters, textOf } from '../parameters.ts';
import { ApiKey, Empty } from '../wire.ts';
import { WireError } from '../wire-error.ts';

const unauthorized = Empty('No key, a wrong key, or the key of another account.');
const tags = ['Connectors'];
const fields = {
  url: Type.String({ description: 'Of a service, a group of layers or a layer: `…/rest/services/…`.' }),
  token: Type.Optional(Type.String({ description: 'Token of the server. It is not kept.' })),
};

const refused = (message: string): WireError => new WireError(400, { errors: message });

/** What there is at an ArcGIS server, before it is imported. */
export async function arcgisRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  async function list(reply: FastifyReply, parameters: Parameters) {
    const given = textOf(parameters, 'url');
    if (given === null) throw refused('Missing required parameters url');
    const { url, token } = splitToken(given.trim());
    try {
      if (URL.canParse(url)) deps.validateUrl(url);
    } catch {
      throw refused(`Invalid URL, cannot connect dataset: ${url.slice(0, 300)}`);
    }
    try {
      const layers = await deps.arcgis.list({ url, token: textOf(parameters, 'token') ?? token });
      return reply.header('cache-control', 'no-store').send({ layers });
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      throw refused(error.text);
    }
  }

  app.route({
    method: 'GET',
    url: '/api/v1/connectors/arcgis/layers',
    schema: {
      summary: 'Layers of an ArcGIS server',
      description: 'Feature layers and tables at an address, in the order of the server.',
      tags,
      querystring: Type.Object({ ...ApiKey.properties, ...fields }),
      response: { 200: ArcgisLayers, 400: ConnectorErrors, 401: unauthorized },
    },
    config: {
      curl: [
        'curl -G --data-urlencode url=https://example.org/arcgis/rest/services/Trees/FeatureServer "$URL/api/v1/connectors/arcgis/layers?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      await requireAccount(deps, request, parameters);
      return list(reply, parameters);
    },
  });

  app.route({
    method: 'POST',
    url: '/api/v1/connectors/arcgis/layers',
    schema: {
      summary: 'Layers of an ArcGIS server that wants a token',
      description: 'The same, with the token where no log of addresses sees it.',
      tags,
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      querystring: ApiKey,
      body: Type.Object(fields),
      response: { 200: ArcgisLayers, 400: ConnectorErrors, 401: unauthorized },
    },
    config: {
      curl: [
        'curl --json \'{"url":"https://example.org/arcgis/rest/services/Trees/FeatureServer","token":"TOKEN"}\' "$URL/api/v1/connectors/arcgis/layers?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const parameters = merged(await readParameterBody(request, reply), queryParameters(request));
      await requireAccount(deps, request, parameters);
      return list(reply, parameters);
    },
  });
}

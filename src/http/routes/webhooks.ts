import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Account } from '../../domain/import.ts';
import { type Webhook, WebhookRefused } from '../../domain/webhook.ts';
import { requireAccount } from '../auth.ts';
import { datasetRequests } from '../dataset-requests.ts';
import type { HttpDeps } from '../deps.ts';
import { readCallback, sendJson } from '../jsonp.ts';
import { queryParameters } from '../parameters.ts';
import { uuid } from '../sync-requests.ts';
import { badDataset, inDatasetWords, wholeOf } from '../viz-parameters.ts';
import { presentDelivery, presentWebhook, toWebhookWish } from '../webhook-parameters.ts';
import {
  DeliveryList,
  DeliveryPage,
  NewWebhook,
  TestSent,
  WebhookChanges,
  WebhookErrors,
  WebhookList,
  WebhookMade,
  WebhookView,
} from '../webhook-wire.ts';
import { ApiKey, Empty } from '../wire.ts';
import { notFound } from '../wire-error.ts';

const tags = ['Webhooks'];
const refused = Empty('No key or a wrong key.');
const missing = Empty('The account has no such webhook.');
const params = Type.Object({ id: Type.String({ format: 'uuid', description: 'The webhook.' }) });

const inWords = (error: unknown): never => {
  throw error instanceof WebhookRefused ? badDataset(error.message) : error;
};

/** Webhooks: who is told how runs of synchronizations end. None of it is in the original API. */
export async function webhookRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { webhooks } = deps;
  const { sent } = datasetRequests(deps);
  const idIn = (request: FastifyRequest): string => {
    const { id } = request.params as { id: string };
    if (!uuid.test(id)) throw notFound();
    return id.toLowerCase();
  };
  async function own(request: FastifyRequest, account: Account): Promise<Webhook> {
    const found = await webhooks.find(account.id, idIn(request));
    if (found === null) throw notFound();
    return found;
  }
  async function asked(request: FastifyRequest) {
    const parameters = queryParameters(request);
    const account = await requireAccount(deps, request, parameters);
    readCallback(request, parameters);
    return { account, parameters };
  }

  app.route({
    method: 'POST',
    url: '/api/v1/webhooks',
    schema: {
      summary: 'Have the ends of runs told',
      description:
        'Each run of a synchronization that ends is then sent to the address as signed JSON, with retries. Addresses outside the public internet are reached only where the operator allows it.',
      tags,
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      querystring: ApiKey,
      body: NewWebhook,
      response: { 201: WebhookMade, 400: WebhookErrors, 401: refused },
    },
    config: {
      curl: [
        'curl --json \'{"url":"https://example.org/hook","events":["failure","recovered"]}\' "$URL/api/v1/webhooks?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const { url, ...wish } = await inDatasetWords(() => toWebhookWish(parameters, deps.validateUrl));
      if (url === undefined) throw badDataset('url is missing: where is it to be sent?');
      const { webhook, secret } = await webhooks.create(account.id, { ...wish, url }).catch(inWords);
      return sendJson(request, reply, 201, { ...presentWebhook(webhook), secret });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/webhooks',
    schema: {
      summary: 'List the webhooks',
      description: 'All of the account, on one page, without their secrets.',
      tags,
      querystring: ApiKey,
      response: { 200: WebhookList, 401: refused },
    },
    config: { curl: ['curl "$URL/api/v1/webhooks?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account } = await asked(request);
      const all = await webhooks.list(account.id);
      return sendJson(request, reply, 200, { webhooks: all.map(presentWebhook), total_entries: all.length });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/webhooks/:id',
    schema: {
      summary: 'A webhook',
      description: 'Where it goes and what it is told, without its secret.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: WebhookView, 401: refused, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v1/webhooks/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account } = await asked(request);
      return sendJson(request, reply, 200, presentWebhook(await own(request, account)));
    },
  });

  app.route({
    method: 'PATCH',
    url: '/api/v1/webhooks/:id',
    schema: {
      summary: 'Change a webhook',
      description: 'What is not said stays. Deliveries that wait go to the new address, with the new secret.',
      tags,
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      params,
      querystring: ApiKey,
      body: WebhookChanges,
      response: { 200: WebhookView, 400: WebhookErrors, 401: refused, 404: missing },
    },
    config: { curl: ['curl -X PATCH --json \'{"active":false}\' "$URL/api/v1/webhooks/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const { id } = await own(request, account);
      const wish = await inDatasetWords(() => toWebhookWish(parameters, deps.validateUrl));
      const changed = await webhooks.change(account.id, id, wish).catch(inWords);
      if (changed === null) throw notFound();
      return sendJson(request, reply, 200, presentWebhook(changed));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/v1/webhooks/:id',
    schema: {
      summary: 'Remove a webhook',
      description: 'Deliveries that wait are not sent any more.',
      tags,
      params,
      querystring: ApiKey,
      response: { 204: Empty('It is gone.'), 401: refused, 404: missing },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v1/webhooks/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account } = await sent(request, reply);
      if (!(await webhooks.remove(account.id, idIn(request)))) throw notFound();
      request.jsonp = null;
      return sendJson(request, reply, 204, null);
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/webhooks/:id/deliveries',
    schema: {
      summary: 'What was sent to a webhook',
      description: 'And what waits to be sent. Those that ended are remembered for seven days.',
      tags,
      params,
      querystring: Type.Object({ ...ApiKey.properties, ...DeliveryPage.properties }),
      response: { 200: DeliveryList, 400: WebhookErrors, 401: refused, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v1/webhooks/$ID/deliveries?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, parameters } = await asked(request);
      const { id } = await own(request, account);
      const page = wholeOf(parameters, 'page', { least: 1, most: 1_000_000, otherwise: 1 });
      const most = wholeOf(parameters, 'per_page', { least: 1, most: 100, otherwise: 20 });
      const { deliveries, total } = await webhooks.deliveries(id, { skip: (page - 1) * most, most });
      return sendJson(request, reply, 200, { deliveries: deliveries.map(presentDelivery), total_entries: total });
    },
  });

  app.route({
    method: 'POST',
    url: '/api/v1/webhooks/:id/test',
    schema: {
      summary: 'Try a webhook',
      description: 'Sends an event `test` within seconds, as any other; ask for the deliveries to see how it went.',
      tags,
      params,
      querystring: ApiKey,
      response: { 202: TestSent, 401: refused, 404: missing },
    },
    config: { curl: ['curl -X POST "$URL/api/v1/webhooks/$ID/test?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account } = await sent(request, reply);
      const { id } = await own(request, account);
      return sendJson(request, reply, 202, { delivery_id: await webhooks.test(id) });
    },
  });
}

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReadableTable } from '../store/readable-table.ts';
import type { HttpDeps } from './deps.ts';
import { PAGE_POLICY } from './html.ts';
import { type Addresses, addressesOf, htmlType } from './ogc-links.ts';
import { wantsHtml } from './ogc-parameters.ts';
import { OgcError, OgcQuery } from './ogc-wire.ts';
import { type Parameters, queryParameters } from './parameters.ts';
import { requireTable } from './read-access.ts';
import { Empty } from './wire.ts';

/** The path of an account's features. */
export type AccountPath = { readonly account: string };
/** The path of a table's features. */
export type CollectionPath = AccountPath & { readonly collection: string };

/** What every handler has of its request. */
export interface Asked {
  readonly parameters: Parameters;
  readonly isHtml: boolean;
  readonly addresses: Addresses;
}

/** Parameters and addresses of a request, and whether it wants a page. */
export function askedOf(deps: HttpDeps, request: FastifyRequest, account: string): Asked {
  const parameters = queryParameters(request);
  return {
    parameters,
    isHtml: wantsHtml(request, parameters),
    addresses: addressesOf(deps, request, parameters, account),
  };
}

/** Sends JSON of this type. */
export const sendAs = (reply: FastifyReply, type: string, body: object): FastifyReply =>
  sendText(reply, type, JSON.stringify(body));

/** Sends text of this type, which may be another the next time. */
export const sendText = (reply: FastifyReply, type: string, text: string): FastifyReply =>
  reply.header('cache-control', 'private, no-cache').type(`${type}; charset=utf-8`).send(text);

/** Sends a page, which loads nothing. */
export const sendPage = (reply: FastifyReply, text: string): FastifyReply =>
  sendText(reply.header('content-security-policy', PAGE_POLICY), htmlType, text);

/** The table of a path, as far as the request may read it. Throws 401 and 404. */
export const tableOf = (
  deps: HttpDeps,
  request: FastifyRequest,
  parameters: Parameters,
  path: CollectionPath,
): Promise<ReadableTable> => requireTable(deps, request, parameters, { account: path.account, table: path.collection });

const answers = {
  400: OgcError,
  401: Empty('A wrong key, or none where one is needed.'),
  404: Empty('Nothing there, or nothing that this key may read.'),
};

/** What the documentation says of a route of features. */
export const ogcSchema = (summary: string, description: string, params: object, querystring: object = OgcQuery) => ({
  summary,
  description,
  tags: ['Maps and features'],
  params,
  querystring,
  response: answers,
});

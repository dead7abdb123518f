import type { FastifyInstance, RouteOptions } from 'fastify';
import { docsPage, type Operation, type SchemaNode } from '../docs-page.ts';
import { PAGE_POLICY } from '../html.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Lines to copy, with `$URL`, `$KEY` and `$ID`; the documentation shows them. */
    curl?: readonly string[];
  }
}

const properties = (schema: unknown): Readonly<Record<string, SchemaNode>> =>
  (schema as SchemaNode | undefined)?.properties ?? {};

/** Reads what the documentation shows out of a route's declaration; null for pages and for HEAD twins. */
function toOperation(route: RouteOptions): Operation | null {
  const { schema } = route;
  if (schema === undefined || schema.hide === true || route.method === 'HEAD') return null;
  return {
    method: String(route.method),
    url: route.url,
    summary: schema.summary ?? '',
    description: schema.description ?? '',
    tag: schema.tags?.[0] ?? '',
    curl: route.config?.curl ?? [],
    parameters: { ...properties(schema.params), ...properties(schema.querystring), ...properties(schema.body) },
    responses: (schema.response ?? {}) as Readonly<Record<string, SchemaNode>>,
  };
}

/** Collects the routes that are declared after it; call it before them. */
export function collectOperations(app: FastifyInstance): readonly Operation[] {
  const operations: Operation[] = [];
  app.addHook('onRoute', (route) => {
    const operation = toOperation(route);
    if (operation !== null) operations.push(operation);
  });
  return operations;
}

/** The API's own documentation, made from the routes as they are declared. */
export async function docsRoutes(app: FastifyInstance, operations: readonly Operation[]): Promise<void> {
  const hidden = { hide: true };

  app.get('/openapi.json', { schema: hidden }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(app.swagger(), null, 2)),
  );
  app.get('/docs', { schema: hidden }, async (_request, reply) =>
    reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(docsPage(operations)),
  );
}

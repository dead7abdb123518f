import fastifySwagger from '@fastify/swagger';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { parseAddress } from './address.ts';
import type { HttpDeps } from './deps.ts';
import { renderErrors } from './error-renderer.ts';
import { addHeaders } from './headers.ts';
import { boundClose, lingerAfterEarlyAnswers } from './linger.ts';
import { observeRequests, requestId } from './observe.ts';
import { analysisRoutes } from './routes/analyses.ts';
import { appRoutes } from './routes/app.ts';
import { arcgisRoutes } from './routes/arcgis.ts';
import { columnStatsRoutes } from './routes/column-stats.ts';
import { connectionRoutes } from './routes/connections.ts';
import { connectorRoutes } from './routes/connectors.ts';
import { copyRoutes } from './routes/copy.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { collectOperations, docsRoutes } from './routes/docs.ts';
import { driveRoutes } from './routes/drives.ts';
import { healthRoutes } from './routes/health.ts';
import { importEventRoutes } from './routes/import-events.ts';
import { importReportRoutes } from './routes/import-reports.ts';
import { importRoutes } from './routes/imports.ts';
import { jobRoutes } from './routes/jobs.ts';
import { keyRoutes } from './routes/keys.ts';
import { mapExportRoutes } from './routes/map-exports.ts';
import { mapPageRoutes } from './routes/map-pages.ts';
import { mapRoutes } from './routes/maps.ts';
import { meRoutes } from './routes/me.ts';
import { ogcRoutes } from './routes/ogc.ts';
import { ogcItemRoutes } from './routes/ogc-items.ts';
import { operatorRoutes } from './routes/operator.ts';
import { recipeRoutes } from './routes/recipes.ts';
import { resumableUploadRoutes } from './routes/resumable-uploads.ts';
import { sessionRoutes } from './routes/session.ts';
import { sqlRoutes } from './routes/sql.ts';
import { syncRunRoutes } from './routes/sync-runs.ts';
import { synchronizationRoutes } from './routes/synchronizations.ts';
import { tableRoutes } from './routes/tables.ts';
import { tileRoutes } from './routes/tiles.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { visualizationRoutes } from './routes/visualizations.ts';
import { webhookRoutes } from './routes/webhooks.ts';

/** Connections at once; more wait in the system's queue. */
const MAX_CONNECTIONS = 2_000;

/**
 * Builds the HTTP surface; the caller listens and closes. `close()` stops accepting, answers new requests on open
 * connections with 503, and gives running ones ten seconds.
 */
export async function createServer(deps: HttpDeps): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = deps.logger;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    requestIdHeader: false,
    // One rewrite instead of every route four times.
    rewriteUrl: (request) =>
      parseAddress(request.url ?? '/', request.headers.host, deps.config.LANDFALL_BASE_DOMAIN).url,
    // An upload may take hours: its body has a watch of its own (body.ts). Heads have not.
    requestTimeout: 0,
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 2_000 },
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    // A path that cannot be decoded never reaches a route or a hook.
    frameworkErrors: (_error, _request, reply) => {
      reply.hijack();
      reply.raw.writeHead(400, { 'content-type': 'application/json; charset=utf-8' });
      reply.raw.end(JSON.stringify({ errors: ['The path is not valid percent-encoded UTF-8'] }));
    },
    // As long as a request line may be: an id that is too long is not found, as any other wrong one.
    routerOptions: { maxParamLength: 16 * 1024 },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.decorateRequest('accountId', null);
  app.decorateRequest('jsonp', null);

  // Schemas document; parameters come from several places at once and are checked by the code that joins them.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  // Bodies are streams, read by the route that wants one.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  addHeaders(app);
  observeRequests(app, deps.logger, deps.metrics);
  lingerAfterEarlyAnswers(app);
  boundClose(app);
  renderErrors(app);

  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Landfall',
        version: '1',
        description: "Files and URLs become PostGIS tables, over CARTO's classic Import API.",
      },
      components: {
        securitySchemes: {
          parameter: { type: 'apiKey', in: 'query', name: 'api_key' },
          basic: { type: 'http', scheme: 'basic', description: 'The account as user, the key as password.' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ parameter: [] }, { basic: [] }, { bearer: [] }],
      ...(deps.config.LANDFALL_BASE_URL === null ? {} : { servers: [{ url: deps.config.LANDFALL_BASE_URL }] }),
    },
  });
  const operations = collectOperations(app);
  await sessionRoutes(app, deps);
  await importRoutes(app, deps);
  await importEventRoutes(app, deps);
  await uploadRoutes(app, deps);
  await driveRoutes(app, deps);
  await resumableUploadRoutes(app, deps);
  await synchronizationRoutes(app, deps);
  await syncRunRoutes(app, deps);
  await webhookRoutes(app, deps);
  await importReportRoutes(app, deps);
  await analysisRoutes(app, deps);
  await recipeRoutes(app, deps);
  await arcgisRoutes(app, deps);
  await connectorRoutes(app, deps);
  await connectionRoutes(app, deps);
  await sqlRoutes(app, deps);
  await copyRoutes(app, deps);
  await jobRoutes(app, deps);
  await datasetRoutes(app, deps);
  await visualizationRoutes(app, deps);
  await tableRoutes(app, deps);
  await keyRoutes(app, deps);
  await meRoutes(app, deps);
  await operatorRoutes(app, deps);
  await columnStatsRoutes(app, deps);
  await mapRoutes(app, deps);
  await mapPageRoutes(app, deps);
  await mapExportRoutes(app, deps);
  await tileRoutes(app, deps);
  await ogcRoutes(app, deps);
  await ogcItemRoutes(app, deps);
  await healthRoutes(app, deps);
  await docsRoutes(app, operations);
  await appRoutes(app, deps);
  return app;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { isFinal } from '../../domain/import-state.ts';
import { AnalysisPending, AnalysisResult } from '../analysis-wire.ts';
import { requireAccount } from '../auth.ts';
import type { HttpDeps } from '../deps.ts';
import { sendJson } from '../jsonp.ts';
import { queryParameters } from '../parameters.ts';
import { presentAnalysis } from '../present-analysis.ts';
import { receiveImport } from '../receive-import.ts';
import { ApiKey, Empty, ImportErrors, ImportParameters } from '../wire.ts';
import { notFound } from '../wire-error.ts';

/** How long a request waits for its analysis; clients and proxies give up at 30 s. */
const WAIT_MS = 25_000;

/** Small files end within the first looks; at a large one a few in a second are enough. */
const FIRST_LOOK_MS = 15;
const LONGEST_PAUSE_MS = 300;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const unauthorized = Empty('No key, a wrong key, or the key of another account.');
const tags = ['Imports'];

/** Looking at files before they are imported. */
export async function analysisRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { analyses } = deps;

  /** Resolves when the analysis has ended, the time is over or nobody waits any more. */
  async function wait(id: string, reply: FastifyReply): Promise<void> {
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    reply.raw.once('close', onClose);
    try {
      const until = performance.now() + WAIT_MS;
      for (let pause = FIRST_LOOK_MS; performance.now() < until; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
        if (await analyses.isEnded(id)) return;
        await sleep(pause, undefined, { signal: gone.signal });
      }
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    } finally {
      reply.raw.off('close', onClose);
    }
  }

  async function answer(request: FastifyRequest, reply: FastifyReply, accountId: string, id: string) {
    const found = await analyses.find(accountId, id);
    if (found === null) throw notFound();
    return sendJson(request, reply, isFinal(found.state) ? 200 : 202, presentAnalysis(found));
  }

  app.route({
    method: 'POST',
    url: '/api/v1/imports/analyze',
    schema: {
      summary: 'Look at a file or a URL before it is imported',
      description:
        'Takes what an import takes and reads all of it, but makes no table: answers what an import would find, with a recipe that makes exactly that. After 25 seconds it answers 202; ask `GET /api/v1/imports/analyze/{id}` then.',
      tags,
      consumes: ['multipart/form-data', 'application/json', 'application/x-www-form-urlencoded'],
      querystring: ApiKey,
      body: ImportParameters,
      response: { 200: AnalysisResult, 202: AnalysisPending, 400: ImportErrors, 401: unauthorized, 429: ImportErrors },
    },
    config: {
      curl: [
        'curl -F file=@data.csv "$URL/api/v1/imports/analyze?api_key=$KEY"',
        'curl --json \'{"analysis_id":"…","recipe":{"delimiter":";"}}\' "$URL/api/v1/imports?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const { owner, id } = await receiveImport(deps, request, reply, 'analysis');
      await wait(id, reply);
      return answer(request, reply, owner.id, id);
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/imports/analyze/:id',
    schema: {
      summary: 'What an analysis came to',
      description: 'Answers 202 while it has not ended. It is kept for a day.',
      tags,
      params: Type.Object({ id: Type.String({ format: 'uuid', description: 'The `analysis_id` of the POST.' }) }),
      querystring: ApiKey,
      response: {
        200: AnalysisResult,
        202: AnalysisPending,
        401: unauthorized,
        404: Empty('No analysis of this account has this id.'),
      },
    },
    config: { curl: ['curl "$URL/api/v1/imports/analyze/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      const { id } = request.params as { id: string };
      if (!uuid.test(id)) throw notFound();
      return answer(request, reply, account.id, id.toLowerCase());
    },
  });
}

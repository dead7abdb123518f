import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { SyncRun } from '../../domain/sync.ts';
import type { HttpDeps } from '../deps.ts';
import { sendJson } from '../jsonp.ts';
import { toWord } from '../parameter-values.ts';
import { type Parameters, textOf } from '../parameters.ts';
import { csvLine } from '../parse-csv.ts';
import { changeLines, presentChange, presentRun } from '../present-run.ts';
import { badSync, inSyncWords } from '../sync-parameters.ts';
import { syncRequests, uuid } from '../sync-requests.ts';
import {
  SyncChangeList,
  SyncChangePage,
  SyncRollback,
  SyncRunList,
  SyncRunPage,
  SyncRunView,
} from '../sync-run-wire.ts';
import { SyncErrors } from '../sync-wire.ts';
import { ApiKey, Empty } from '../wire.ts';
import { notFound } from '../wire-error.ts';

const tags = ['Synchronizations'];
const refused = Empty('No key, a wrong key, or the synchronization of another account.');
const missing = Empty('There is no such synchronization or run.');
const id = Type.String({ format: 'uuid', description: 'The synchronization.' });
const run = Type.String({ format: 'uuid', description: 'The run.' });

/** Runs and changes on one page. */
const RUNS = { usual: 20, most: 100 };
const CHANGES = { usual: 1000, most: 10_000 };

const wholeNumber = (parameters: Parameters, name: string, fallback: number, least: number, most: number): number => {
  const number = Math.trunc(Number(textOf(parameters, name) ?? fallback));
  return Number.isNaN(number) ? fallback : Math.min(Math.max(number, least), most);
};

/** What runs of synchronizations did, and taking it back. None of it is in the original API. */
export async function syncRunRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { synchronizations } = deps;
  const { own, asked, sent } = syncRequests(deps);

  async function runOf(syncId: string, runId: string): Promise<SyncRun> {
    const found = uuid.test(runId) ? await synchronizations.run(syncId, runId.toLowerCase()) : null;
    if (found === null) throw notFound();
    return found;
  }

  app.route({
    method: 'GET',
    url: '/api/v1/synchronizations/:id/runs',
    schema: {
      summary: 'The runs of a synchronization',
      description: 'Not in the original API. The last 500 runs are remembered.',
      tags,
      params: Type.Object({ id }),
      querystring: Type.Object({ ...ApiKey.properties, ...SyncRunPage.properties }),
      response: { 200: SyncRunList, 401: refused, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v1/synchronizations/$ID/runs?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { sync, parameters } = await asked(request);
      const most = wholeNumber(parameters, 'per_page', RUNS.usual, 1, RUNS.most);
      const skip = (wholeNumber(parameters, 'page', 1, 1, 1_000_000) - 1) * most;
      const { runs, total } = await synchronizations.runs(sync.id, { skip, most });
      return sendJson(request, reply, 200, { runs: runs.map(presentRun), total_entries: total });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/synchronizations/:id/runs/:run/changes',
    schema: {
      summary: 'The rows that a run changed',
      description:
        'Not in the original API. Kept for the last runs (`LANDFALL_HISTORY_RUNS`, `LANDFALL_HISTORY_BYTES`), but not of the run that made a table. CSV has all changes, one line for each value that is another.',
      tags,
      params: Type.Object({ id, run }),
      querystring: Type.Object({ ...ApiKey.properties, ...SyncChangePage.properties }),
      response: { 200: SyncChangeList, 400: SyncErrors, 401: refused, 404: missing },
    },
    config: {
      curl: [
        'curl "$URL/api/v1/synchronizations/$ID/runs/$RUN/changes?api_key=$KEY"',
        'curl "$URL/api/v1/synchronizations/$ID/runs/$RUN/changes?format=csv&api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const { sync, parameters } = await asked(request);
      const found = await runOf(sync.id, (request.params as { run: string }).run);
      const format = await inSyncWords(() => toWord(parameters, 'format', ['json', 'csv'] as const));
      const after = wholeNumber(parameters, 'after', 0, 0, Number.MAX_SAFE_INTEGER);
      if (format === 'csv') {
        reply.header('content-disposition', 'attachment; filename=changes.csv');
        return reply.type('text/csv; charset=utf-8').send(Readable.from(linesOf(found, after)));
      }
      const limit = wholeNumber(parameters, 'limit', CHANGES.usual, 1, CHANGES.most);
      const changes = await synchronizations.changes(found, { after, limit });
      return sendJson(request, reply, 200, { changes: changes.map(presentChange) });
    },
  });

  async function* linesOf(found: SyncRun, from: number): AsyncGenerator<string> {
    yield csvLine(['number', 'table', 'kind', 'cartodb_id', 'column', 'before', 'after']);
    for (let after = from; ; ) {
      const changes = await synchronizations.changes(found, { after, limit: CHANGES.most });
      if (changes.length > 0) yield changes.flatMap(changeLines).map(csvLine).join('');
      if (changes.length < CHANGES.most) return;
      after = changes.at(-1)?.number ?? after;
    }
  }

  app.route({
    method: 'POST',
    url: '/api/v1/synchronizations/:id/rollback',
    schema: {
      summary: 'Take tables back to an earlier run',
      description:
        'Not in the original API. The tables become as they were when that run had ended, in a run of its own that can be taken back too. They stay so until the source changes.',
      tags,
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      params: Type.Object({ id }),
      querystring: ApiKey,
      body: SyncRollback,
      response: { 200: SyncRunView, 400: SyncErrors, 401: refused, 404: missing, 409: SyncErrors },
    },
    config: { curl: ['curl --json \'{"run":"…"}\' "$URL/api/v1/synchronizations/$ID/rollback?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const sync = await own(request, account);
      const wanted = textOf(parameters, 'run');
      if (wanted === null) throw badSync('Say with run to which run the tables are to be taken back');
      const found = await runOf(sync.id, wanted);
      return sendJson(request, reply, 200, presentRun(await synchronizations.rollBack(account, sync.id, found.id)));
    },
  });
}

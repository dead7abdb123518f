import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Import } from '../../domain/import.ts';
import { isFinal } from '../../domain/import-state.ts';
import { requireAccount } from '../auth.ts';
import type { HttpDeps } from '../deps.ts';
import { queryParameters } from '../parameters.ts';
import { presentImport } from '../present.ts';
import { ApiKey, Empty } from '../wire.ts';

/** Between two looks while something runs, and while nothing does, in milliseconds. */
const BUSY_MS = 300;
const IDLE_MS = 1_500;

/** A proxy cuts connections on which nothing comes; after this long without news a comment does, in milliseconds. */
const QUIET_MS = 15_000;

/** Imports that a stream begins with. */
const FIRST = 30;

/** Begins the version of an import that changes no more. */
const ENDED = 'ended ';

/** News of imports as server-sent events. */
export async function importEventRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { imports } = deps;
  const open = new Set<AbortController>();
  app.addHook('preClose', async () => {
    for (const gone of open) gone.abort();
  });

  /** Every import of the account that is new or has changed, from now until nobody listens. */
  async function* changes(accountId: string, signal: AbortSignal): AsyncGenerator<Import | null> {
    /** What was last told of each that is still among the last, or has not ended. */
    let told = new Map<string, string>();
    let quietSince = performance.now();
    while (!signal.aborted) {
      const last = await imports.recent(accountId, FIRST);
      const listed = new Set(last.map(({ id }) => id));
      const older = [...told.keys()].filter((id) => !listed.has(id) && !told.get(id)?.startsWith(ENDED));
      const others = await Promise.all(older.map((id) => imports.find(accountId, id)));
      const all = [...others, ...last.toReversed()].filter((one) => one !== null);
      const before = told;
      told = new Map(all.map((one) => [one.id, versionOf(one)]));
      for (const one of all) {
        if (before.get(one.id) === told.get(one.id)) continue;
        quietSince = performance.now();
        yield one;
      }
      if (performance.now() - quietSince > QUIET_MS) {
        quietSince = performance.now();
        yield null;
      }
      const isBusy = [...told.values()].some((version) => !version.startsWith(ENDED));
      await sleep(isBusy ? BUSY_MS : IDLE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  app.route({
    method: 'GET',
    url: '/api/v1/imports/events',
    schema: {
      summary: 'Follow the imports',
      description:
        'Server-sent events without an end: first the last 30 imports, then each import whenever it has changed. The data of an event is what `GET /api/v1/imports/{id}` answers. Runs of synchronizations are not among them.',
      tags: ['Imports'],
      querystring: ApiKey,
      response: {
        200: Empty('`text/event-stream`.'),
        401: Empty('No key, a wrong key, or the key of another account.'),
      },
    },
    config: { curl: ['curl -N "$URL/api/v1/imports/events?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      const gone = new AbortController();
      open.add(gone);
      reply.raw.once('close', () => {
        open.delete(gone);
        gone.abort();
      });
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // Proxies that gather answers would hold every event back.
        'x-accel-buffering': 'no',
      });
      try {
        reply.raw.write('retry: 2000\n\n');
        for await (const one of changes(account.id, gone.signal)) {
          reply.raw.write(one === null ? ': still here\n\n' : `data: ${JSON.stringify(presentImport(one))}\n\n`);
        }
      } catch (error) {
        // The answer has begun: the client comes back by itself and then gets one.
        request.log.error({ err: error, request_id: request.id }, 'a stream of events broke');
      }
      reply.raw.end();
    },
  });
}

const versionOf = ({ state, attempt, progress }: Import): string =>
  `${isFinal(state) ? ENDED : ''}${state} ${attempt} ${progress.rows} ${progress.bytes}`;

/** Webhooks: on the true program, what is told of runs; on a clock that the test turns, when it is told again. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Database } from '../../src/db/database.ts';
import { sql } from '../../src/db/sql.ts';
import { insertDelivery } from '../../src/store/webhook-deliveries.ts';
import { createHttpClient } from '../../src/util/http-client.ts';
import { createSeal } from '../../src/util/seal.ts';
import { type DeliveryDeps, deliverDue } from '../../src/work/deliver-webhooks.ts';
import { createWebhookDesk } from '../../src/work/webhook-desk.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine, openTestDatabase } from '../support/database.ts';
import { found } from '../support/found.ts';
import { startHookReceiver } from '../support/hook-receiver.ts';
import { type Origin, startOrigin } from '../support/origin.ts';

interface Told {
  readonly event: string;
  readonly delivery_id: string;
  readonly synchronization: { readonly id: string; readonly name: string | null; readonly state: string };
  readonly run: {
    readonly id: string;
    readonly outcome: string;
    readonly rows_inserted: number;
    readonly rows_updated: number;
    readonly drift: readonly object[];
    readonly error: { readonly code: number; readonly message: string } | null;
  };
}

for (const engine of oneEngine) {
  suite(`Webhooks on ${engine}`, () => {
    let app: TestApp;
    let origin: Origin;
    before(async () => {
      app = await startTestApp(engine, { LANDFALL_SYNC_FORCE_GUARD: '0' });
      origin = await startOrigin();
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    });

    const call = async (method: string, path: string, body?: object): Promise<{ status: number; json: unknown }> => {
      const response = await app.api(`/api/v1/${path}${path.includes('?') ? '&' : '?'}api_key=${app.key}`, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, json: text === '' ? null : JSON.parse(text) };
    };
    const hook = async (body: object): Promise<{ id: string; secret: string; url: string }> => {
      const { status, json } = await call('POST', 'webhooks', body);
      assert.equal(status, 201, JSON.stringify(json));
      return json as { id: string; secret: string; url: string };
    };
    const settle = (id: string): Promise<string> =>
      found(async () => {
        const { state } = (await call('GET', `synchronizations/${id}/sync_now`)).json as { state: string };
        return state === 'success' || state === 'failure' ? state : null;
      }, 'it did not settle');
    const run = async (id: string): Promise<void> => {
      assert.equal(
        ((await call('PUT', `synchronizations/${id}/sync_now`)).json as { enqueued: boolean }).enqueued,
        true,
      );
      await settle(id);
    };
    const follow = async (url: string): Promise<string> => {
      const { id } = (await call('POST', 'synchronizations', { url, key: 'id' })).json as { id: string };
      await settle(id);
      return id;
    };

    test('success, failure, recovery and drift are told once each, signed, with what the run did', async () => {
      await using receiver = await startHookReceiver();
      const { id: hookId, secret } = await hook({
        url: `${receiver.url}/all`,
        events: ['failure', 'recovered', 'drift', 'success'],
      });
      const url = origin.serve('/told.csv', { body: 'id,name\n1,a\n' });
      // Runs that follow closely may be told in another order.
      const sync = await follow(url);
      await receiver.until(1);
      origin.serve('/told.csv', { status: 500 });
      await run(sync);
      await receiver.until(2);
      origin.serve('/told.csv', { body: 'id,name,more\n1,b,x\n2,c,y\n' });
      await run(sync);
      await receiver.until(5);
      await run(sync);
      const received = await receiver.until(6);
      const told = received.map(({ body }) => JSON.parse(body) as Told);
      // What one run has to tell goes out side by side.
      const runs = [...new Set(told.map((one) => one.run.id))];
      assert.deepEqual(
        runs.map((id) =>
          told
            .filter((one) => one.run.id === id)
            .map(({ event }) => event)
            .toSorted(),
        ),
        [['success'], ['failure'], ['drift', 'recovered', 'success'], ['success']],
      );
      for (const [at, { headers, path, signature }] of received.entries()) {
        assert.equal(path, '/all');
        assert.equal(headers['x-landfall-event'], told[at]?.event);
        assert.equal(headers['x-landfall-delivery'], told[at]?.delivery_id);
        assert.ok(Math.abs(Number(headers['x-landfall-timestamp']) - Date.now() / 1000) < 60);
        assert.equal(headers['x-landfall-signature'], signature(secret));
        assert.equal(headers['content-type'], 'application/json');
        assert.equal(told[at]?.synchronization.id, sync);
      }
      const of = (event: string): Told | undefined => told.find((one) => one.event === event);
      assert.deepEqual(of('failure')?.run.error?.code, 1001);
      assert.equal(of('failure')?.synchronization.state, 'failure');
      assert.deepEqual(of('drift')?.run.drift, [{ table: 'told', added: ['more'], removed: [], retyped: [] }]);
      assert.deepEqual([of('recovered')?.run.rows_inserted, of('recovered')?.run.rows_updated], [1, 1]);
      assert.deepEqual([told.at(-1)?.run.outcome, told.at(-1)?.run.error], ['unchanged', null]);

      const { deliveries, total_entries } = (await call('GET', `webhooks/${hookId}/deliveries`)).json as {
        deliveries: { status: string; attempts: number; response_code: number; error: null; body: string }[];
        total_entries: number;
      };
      assert.equal(total_entries, 6);
      assert.deepEqual(deliveries.map(({ body }) => body).toSorted(), received.map(({ body }) => body).toSorted());
      assert.equal((await call('DELETE', `webhooks/${hookId}`)).status, 204);
    });

    test('a webhook of one synchronization, for one event, hears of nothing else', async () => {
      await using receiver = await startHookReceiver();
      const mine = await follow(origin.serve('/mine.csv', { body: 'id\n1\n' }));
      const other = await follow(origin.serve('/other.csv', { body: 'id\n1\n' }));
      const made = await hook({ url: receiver.url, events: 'failure', synchronization_id: mine });
      origin.serve('/other.csv', { status: 404 });
      await run(other);
      await run(mine);
      origin.serve('/mine.csv', { status: 404 });
      await run(mine);
      const [only] = await receiver.until(1);
      const told = JSON.parse(only?.body ?? '') as Told;
      assert.deepEqual([told.event, told.synchronization.id, told.run.error?.code], ['failure', mine, 1100]);
      const list = (await call('GET', `webhooks/${made.id}/deliveries`)).json as { total_entries: number };
      assert.equal(list.total_entries, 1);
      assert.equal((await call('DELETE', `synchronizations/${mine}`)).status, 204);
      assert.equal((await call('GET', `webhooks/${made.id}`)).status, 404, 'it ends with its synchronization');
      const { text } = await app.api('/metrics').then(async (response) => ({ text: await response.text() }));
      assert.match(text, /^sync_runs_total\{result="failure"\} [1-9]/m);
      assert.match(text, /^sync_runs_total\{result="changed"\} [1-9]/m);
      assert.match(text, /^sync_runs_total\{result="unchanged"\} [1-9]/m);
      assert.match(text, /^sync_lag_seconds \d/m);
      assert.match(text, /^webhook_deliveries_total\{result="delivered"\} [1-9]/m);
    });

    test('a webhook is listed, changed, tried and removed, and its secret shown once', async () => {
      await using receiver = await startHookReceiver();
      const made = await hook({
        url: receiver.url.replace('http://', 'http://ann:S3CR3T@'),
        secret: 'a secret of my own',
      });
      assert.deepEqual([made.url, made.secret], [`${receiver.url}/`, 'a secret of my own']);
      const { secret: _, ...shown } = { ...made } as Record<string, unknown>;
      const list = await call('GET', 'webhooks');
      assert.deepEqual(list.json, { webhooks: [shown], total_entries: 1 });
      assert.deepEqual((await call('GET', `webhooks/${made.id}`)).json, shown);
      const changed = (await call('PATCH', `webhooks/${made.id}`, { events: ['drift'], active: false })).json;
      assert.deepEqual(
        { ...(changed as object), updated_at: null },
        { ...shown, events: ['drift'], active: false, updated_at: null },
      );
      const tried = await call('POST', `webhooks/${made.id}/test`);
      assert.equal(tried.status, 202);
      const [got] = await receiver.until(1);
      const { delivery_id } = tried.json as { delivery_id: string };
      assert.deepEqual(Object.keys(JSON.parse(got?.body ?? '')), [
        'event',
        'delivery_id',
        'created_at',
        'synchronization',
        'run',
      ]);
      assert.deepEqual([got?.headers['x-landfall-event'], got?.headers['x-landfall-delivery']], ['test', delivery_id]);
      assert.equal(got?.headers['x-landfall-signature'], got?.signature('a secret of my own'));
      assert.equal(got?.headers.authorization, `Basic ${Buffer.from('ann:S3CR3T').toString('base64')}`);
      assert.equal((await call('DELETE', `webhooks/${made.id}`)).status, 204);
      for (const path of [`webhooks/${made.id}`, `webhooks/${randomUUID()}/deliveries`, 'webhooks/none']) {
        assert.equal((await call('GET', path)).status, 404);
      }
    });

    // The same on every engine.
    if (!oneEngine.includes(engine)) return;

    test('what cannot be told is refused with a sentence, and strangers see nothing', async () => {
      const ask = (body: object, key = app.key): Promise<Response> =>
        app.api('/api/v1/webhooks', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...body, api_key: key }),
        });
      const url = 'http://127.0.0.1:8080/';
      for (const body of [
        {},
        { url: 'ftp://example.org/' },
        { url: 's3://bucket/key' },
        { url: 'http://example.org:22/' },
        { url: 'nowhere' },
        { url, events: ['sunrise'] },
        { url, events: [] },
        { url, secret: 'short' },
        { url, synchronization_id: randomUUID() },
        { url, synchronization_id: 'x' },
      ]) {
        const response = await ask(body);
        assert.equal(response.status, 400, JSON.stringify(body));
        const { errors } = (await response.json()) as { errors: string[] };
        assert.ok(errors.length === 1 && (errors[0]?.length ?? 0) > 10);
      }
      assert.equal((await ask({ url }, 'wrong')).status, 401);
      const { webhooks } = (await (await app.api(`/api/v1/webhooks?api_key=${app.key}`)).json()) as {
        webhooks: unknown[];
      };
      assert.deepEqual(webhooks, []);
    });

    test('landfall webhook creates, lists, tries, tells the history of and deletes webhooks', async () => {
      await using receiver = await startHookReceiver();
      const landfall = async (...args: string[]): Promise<{ status: number | null; out: string }> => {
        const launcher = join(import.meta.dirname, '../../bin/landfall.js');
        const child = spawn(process.execPath, [launcher, 'webhook', ...args], {
          env: { PATH: process.env.PATH ?? '', LANDFALL_BASE_URL: app.url, LANDFALL_API_KEY: app.key },
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        let out = '';
        child.stdout.on('data', (text) => {
          out += text;
        });
        const [status] = await once(child, 'close');
        return { status, out };
      };
      const made = JSON.parse((await landfall('create', receiver.url, '--events', 'failure,drift', '--json')).out);
      assert.deepEqual(made.events, ['failure', 'drift']);
      assert.equal((await landfall('list')).out, `${made.id}  ${receiver.url}/  failure,drift  all synchronizations\n`);
      assert.match((await landfall('test', made.id)).out, /^delivery [0-9a-f-]{36}\n$/);
      await receiver.until(1);
      assert.match(
        (await landfall('history', made.id)).out,
        /^[0-9a-f-]{36} {2}\S+ {2}test {2}(pending|delivered) {2}/,
      );
      assert.equal((await landfall('delete', made.id)).status, 0);
      assert.equal((await landfall('show', made.id)).status, 2);
    });
  });
}

for (const engine of oneEngine) {
  suite(`Deliveries of webhooks on ${engine}`, () => {
    let held: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    const seal = createSeal('a secret of the tests');
    const http = createHttpClient({ allowNetworks: ['127.0.0.0/8'] });
    let at = Date.parse('2026-02-01T12:00:00Z');
    const clock = { now: () => new Date(at), random: () => 0 };
    const attempts: string[] = [];
    const deps = (): DeliveryDeps => ({ db, http, seal, clock, onAttempt: (result) => attempts.push(result) });
    const running = new AbortController();
    let accountId = '';
    before(async () => {
      held = await openTestDatabase(engine);
      db = held.db;
      const [row] = await db.query<{ id: string }>(
        sql`insert into landfall.accounts (name) values ('ann') returning id`,
      );
      accountId = row?.id ?? '';
    });
    after(async () => {
      await http.close();
      await held[Symbol.asyncDispose]();
    });

    const desk = () => createWebhookDesk(db, seal, clock.now);
    const queue = async (url: string): Promise<{ webhookId: string; id: string }> => {
      const { webhook } = await desk().create(accountId, { url });
      return { webhookId: webhook.id, id: await desk().test(webhook.id) };
    };
    const deliver = (): Promise<number> => deliverDue(deps(), running.signal);
    const stateOf = async (webhookId: string) =>
      (await desk().deliveries(webhookId, { skip: 0, most: 10 })).deliveries[0];

    test('what a receiver cannot take now is sent again after 1, 5 and 30 minutes, 2 and 6 hours, then given up', async () => {
      await using receiver = await startHookReceiver();
      const { webhookId, id } = await queue(receiver.url);
      receiver.next.push(500, 429, 0, 408, 503, 502);
      for (const [tries, wait] of [60, 300, 1800, 7200, 21_600].entries()) {
        assert.equal(await deliver(), 1);
        const now = await stateOf(webhookId);
        assert.deepEqual([now?.state, now?.attempts], ['pending', tries + 1]);
        assert.equal(((now?.dueAt.getTime() ?? 0) - at) / 1000, wait);
        assert.equal(now?.responseCode, [500, 429, null, 408, 503][tries]);
        at += wait * 1000 - 1;
        assert.equal(await deliver(), 0, 'not before its time');
        at += 1;
      }
      assert.equal(await deliver(), 1);
      const last = await stateOf(webhookId);
      assert.deepEqual([last?.state, last?.attempts, last?.error], ['failed', 6, 'The receiver answered with 502.']);
      at += 1e9;
      assert.equal(await deliver(), 0);
      assert.deepEqual([...new Set(receiver.received.map(({ headers }) => headers['x-landfall-delivery']))], [id]);
      assert.equal(new Set(receiver.received.map(({ headers }) => headers['x-landfall-timestamp'])).size, 6);
      assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1);
      assert.deepEqual(attempts.splice(0), ['retry', 'retry', 'retry', 'retry', 'retry', 'failed']);
    });

    test('a refusal and a redirect are final, and a redirect is not followed', async () => {
      await using receiver = await startHookReceiver();
      receiver.headers.location = '/elsewhere';
      for (const status of [400, 401, 404, 410, 301, 302, 307, 308]) {
        receiver.next.push(status);
        const { webhookId } = await queue(receiver.url);
        assert.equal(await deliver(), 1);
        const ended = await stateOf(webhookId);
        assert.deepEqual([ended?.state, ended?.responseCode, ended?.attempts], ['failed', status, 1]);
      }
      assert.ok(receiver.received.every(({ path }) => path === '/'));
    });

    test('an address that fetches may not reach is not reached', async () => {
      await using receiver = await startHookReceiver();
      const closed = createHttpClient({ allowNetworks: [] });
      const { webhookId } = await queue(receiver.url);
      assert.equal(await deliverDue({ ...deps(), http: closed }, running.signal), 1);
      const now = await stateOf(webhookId);
      assert.deepEqual([now?.state, now?.responseCode, receiver.received.length], ['pending', null, 0]);
      assert.match(now?.error ?? '', /is not known or cannot be reached from here/);
      await closed.close();
      await desk().remove(accountId, webhookId);
    });

    test('nothing is sent of a transaction that does not commit', async () => {
      await using receiver = await startHookReceiver();
      const { webhook } = await desk().create(accountId, { url: receiver.url });
      const inside = db.transaction(async (tx) => {
        await insertDelivery(
          tx,
          { id: randomUUID(), webhookId: webhook.id, event: 'success', body: '{}' },
          clock.now(),
        );
        throw new Error('undone');
      });
      await assert.rejects(inside, /undone/);
      assert.equal(await deliver(), 0);
      assert.equal(receiver.received.length, 0);
    });

    test('workers that look at once send each delivery once, and what a dead one took is sent after its lease', async () => {
      await using receiver = await startHookReceiver();
      const { webhook } = await desk().create(accountId, { url: receiver.url });
      for (let count = 0; count < 20; count++) await desk().test(webhook.id);
      let sent = 0;
      for (let round = 0; round < 30 && sent < 20; round++) {
        for (const count of await Promise.all([deliver(), deliver(), deliver(), deliver()])) sent += count;
      }
      assert.equal(sent, 20);
      assert.equal(new Set(receiver.received.map(({ headers }) => headers['x-landfall-delivery'])).size, 20);
      assert.equal(receiver.received.length, 20);

      await desk().test(webhook.id);
      await db.query(
        sql`update landfall.webhook_deliveries set attempts = 1, due_at = ${new Date(at + 60_000).toISOString()}::timestamptz where state = 'pending'`,
      );
      assert.equal(await deliver(), 0);
      at += 60_000;
      assert.equal(await deliver(), 1);
      assert.equal(receiver.received.length, 21);
    });

    test('a worker that stops gives back what was not answered', async () => {
      await using receiver = await startHookReceiver();
      const { webhookId } = await queue(receiver.url);
      receiver.next.push(null);
      const stopping = new AbortController();
      const delivering = deliverDue(deps(), stopping.signal);
      await receiver.until(1);
      stopping.abort();
      await delivering;
      const back = await stateOf(webhookId);
      assert.deepEqual([back?.state, back?.attempts, back?.dueAt.getTime()], ['pending', 0, at]);
      assert.equal(await deliver(), 1);
      assert.equal((await stateOf(webhookId))?.state, 'delivered');
    });

    test('an account has at most 50 webhooks', async () => {
      const before = await desk().list(accountId);
      for (const { id } of before) await desk().remove(accountId, id);
      for (let made = 0; made < 50; made++) await desk().create(accountId, { url: 'http://example.org/' });
      await assert.rejects(desk().create(accountId, { url: 'http://example.org/' }), /may have 50 webhooks/);
      for (const { id } of await desk().list(accountId)) await desk().remove(accountId, id);
    });

    test('what was sealed with another secret is given up with a reason, until it is said anew', async () => {
      await using receiver = await startHookReceiver();
      const { webhookId } = await queue(receiver.url);
      const other = createSeal('another secret');
      await deliverDue({ ...deps(), seal: other }, running.signal);
      assert.match((await stateOf(webhookId))?.error ?? '', /another LANDFALL_SECRET/);
      const there = createWebhookDesk(db, other, clock.now);
      await assert.rejects(
        there.change(accountId, webhookId, { secret: 'a new secret, said' }),
        /give both url and secret/,
      );
      await there.change(accountId, webhookId, { secret: 'a new secret, said', url: receiver.url });
      await there.test(webhookId);
      await deliverDue({ ...deps(), seal: other }, running.signal);
      assert.equal(
        receiver.received[0]?.headers['x-landfall-signature'],
        receiver.received[0]?.signature('a new secret, said'),
      );
    });
  });
}

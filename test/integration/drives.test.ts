/** Cloud drives as the wire has them (wire contract 1.6 and 9.3), against stand-ins of their published references. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { clientOf, type ImportView, startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { boxStandIn, dropboxStandIn, googleStandIn, graphStandIn } from '../support/drive-services.ts';
import { CLIENT_ID, CLIENT_SECRET, type StandIn, type StandInFile, startStandIn } from '../support/drive-stand-in.ts';
import { startProgram } from '../support/program.ts';
import { textRow, xlsxEntries, zipOf } from '../support/spreadsheet.ts';

const services = {
  gdrive: { standIn: googleStandIn, id: (name: string) => `1${name.replace('.', '_')}`, expected: (id: string) => id },
  dropbox: { standIn: dropboxStandIn, id: (name: string) => `/Données/${name}`, expected: (id: string) => id },
  box: { standIn: boxStandIn, id: (name: string) => `12${crc32(name)}`, expected: (id: string) => id },
  onedrive: { standIn: graphStandIn, id: (name: string) => `01${name}`, expected: (id: string) => `b!drive/${id}` },
} as const;
type Name = keyof typeof services;
const names = Object.keys(services) as Name[];

const csv = 'name,population\nOslo,709037\nBergen,291940\n';

for (const engine of oneEngine) {
  suite(`Cloud drives on ${engine}`, () => {
    let app: TestApp;
    const standIns = new Map<Name, StandIn>();
    before(async () => {
      const env: Record<string, string> = {};
      for (const name of names) {
        const started = await startStandIn(services[name].standIn);
        standIns.set(name, started);
        env[`LANDFALL_${name.toUpperCase()}_CLIENT_ID`] = CLIENT_ID;
        env[`LANDFALL_${name.toUpperCase()}_CLIENT_SECRET`] = CLIENT_SECRET;
        env[`LANDFALL_${name.toUpperCase()}_URL`] = started.url;
      }
      app = await startTestApp(engine, { ...env, LANDFALL_SYNC_FORCE_GUARD: '0' });
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
      for (const one of standIns.values()) await one[Symbol.asyncDispose]();
    });

    const standIn = (name: Name): StandIn => {
      const found = standIns.get(name);
      assert.ok(found);
      return found;
    };
    const put = (name: Name, file: Omit<StandInFile, 'id'>): string => {
      const id = services[name].id(file.name);
      standIn(name).files.set(id, { ...file, id });
      return id;
    };
    const call = async (
      name: string,
      path: string,
      init: RequestInit = {},
    ): Promise<{ status: number; body: unknown; headers: Headers }> => {
      const mark = path.includes('?') ? '&' : '?';
      const response = await app.api(`/api/v1/imports/service/${name}/${path}${mark}api_key=${app.key}`, init);
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json');
      return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
    };
    /** What the browser does: goes to the service, which sends it back. Returns where to. */
    const signIn = async (name: string): Promise<string> => {
      const { status, body } = await call(name, 'auth_url');
      assert.equal(status, 200, JSON.stringify(body));
      const sent = await fetch((body as { url: string }).url, { redirect: 'manual' });
      return sent.headers.get('location') ?? '';
    };
    const connect = async (name: string): Promise<void> => {
      if (((await call(name, 'token_valid').catch(() => null))?.body as { oauth_valid?: boolean })?.oauth_valid) return;
      const back = await fetch(await signIn(name));
      assert.equal(back.status, 200, await back.clone().text());
    };
    const importItem = async (service: string, itemId: string): Promise<ImportView> => {
      const response = await app.api(`/api/v1/imports?api_key=${app.key}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ service_name: service, service_item_id: itemId }),
      });
      const body = await response.text();
      assert.equal(response.status, 200, body);
      return app.waitFor(JSON.parse(body).item_queue_id);
    };

    for (const name of names) {
      test(`${name}: signs in, lists, imports, and forgets`, async () => {
        const { files } = standIn(name);
        files.clear();
        for (const file of ['cities.csv', 'more-cities.csv', 'third.xlsx', 'photo.jpg', 'other-fourth.csv']) {
          put(name, { name: file, body: csv, mimeType: 'application/octet-stream' });
        }
        const none = await call(name, 'token_valid');
        assert.deepEqual([none.status, none.body], [200, { oauth_valid: false, success: true }]);
        const unset = await call(name, 'list_files');
        assert.deepEqual(unset.body, { errors: { imports: `No oauth set for service ${name}` } });
        assert.equal(unset.status, 400);

        const location = await signIn(name);
        const callback = await fetch(location);
        assert.deepEqual([callback.status, await callback.text()], [200, '<script>window.close();</script>']);
        assert.match(callback.headers.get('content-type') ?? '', /^text\/html/);
        assert.equal((await fetch(location)).status, 400, 'a state holds once');

        const valid = await call(name, 'token_valid');
        assert.deepEqual([valid.status, valid.body], [200, { oauth_valid: true, success: true }]);
        const again = await call(name, 'auth_url');
        assert.equal(again.status, 400);
        assert.deepEqual(again.body, { errors: { imports: `OAuth token already set for service ${name}` } });

        const { status, body } = await call(name, 'list_files?filter=csv');
        assert.equal(status, 200, JSON.stringify(body));
        const listed = (body as { files: { id: string; filename: string; service: string; size: number }[] }).files;
        assert.deepEqual(listed.map(({ filename }) => filename).toSorted(), [
          'cities.csv',
          'more-cities.csv',
          'other-fourth.csv',
        ]);
        const one = listed.find(({ filename }) => filename === 'cities.csv');
        assert.equal(one?.id, services[name].expected(services[name].id('cities.csv')));
        assert.deepEqual([one?.service, one?.size], [name, csv.length]);

        const done = await importItem(name, one?.id ?? '');
        assert.equal(done.state, 'complete', JSON.stringify(done.get_error_text));
        assert.equal(done.data_type, 'datasource');
        const rows = await app.sql(`select name, population from ${done.table_name} order by 1`);
        assert.deepEqual(rows.rows, [
          { name: 'Bergen', population: 291940 },
          { name: 'Oslo', population: 709037 },
        ]);

        const gone = await importItem(name, name === 'dropbox' ? '/no/such.csv' : 'nosuch');
        assert.deepEqual([gone.state, gone.error_code], ['failure', 1017]);

        const forgotten = await call(name, 'invalidate_token', { method: 'DELETE' });
        assert.deepEqual([forgotten.status, forgotten.body], [200, { success: true }]);
        const twice = await call(name, 'invalidate_token', { method: 'DELETE' });
        assert.deepEqual(
          [twice.status, twice.body],
          [400, { errors: { imports: `No oauth set for service ${name}` } }],
        );
        const without = await importItem(name, services[name].id('cities.csv'));
        assert.deepEqual([without.state, without.error_code], ['failure', 1012]);
      });
    }

    test('a code is taken once, and a wrong one is an answer and no error', async () => {
      const wrong = await call('box', 'validate_code/nonsense');
      assert.deepEqual([wrong.status, wrong.body], [200, { success: false }]);
      const code = new URL(await signIn('box')).searchParams.get('code');
      const right = await call('box', `validate_code/${code}`);
      assert.deepEqual([right.status, right.body], [200, { success: true }]);
      const second = await call('box', `validate_code/${code}`);
      assert.deepEqual(
        [second.status, second.body],
        [400, { errors: { imports: 'OAuth token already set for service box' } }],
      );
      await call('box', 'invalidate_token', { method: 'DELETE' });
    });

    test('a state that was not begun here, is for another service or another browser ends no sign-in', async () => {
      const callback = (service: string, query: string, headers = {}) =>
        app.api(`/api/v1/imports/service/${service}/oauth_callback?${query}`, { headers });
      assert.equal((await callback('gdrive', 'code=abc&state=forged')).status, 400);
      assert.equal((await callback('gdrive', 'code=abc')).status, 400);
      assert.equal((await callback('nosuch', 'code=abc&state=x')).status, 400);
      const location = new URL(await signIn('gdrive'));
      assert.equal((await callback('box', location.searchParams.toString())).status, 400);

      const session = await app.api('/api/v1/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ account: 'demo', api_key: app.key }),
      });
      const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
      const begun = await app.api('/api/v1/imports/service/gdrive/auth_url', { headers: { cookie } });
      const lax = begun.headers.get('set-cookie') ?? '';
      assert.match(lax, /^landfall_sign_in=[\w-]{32}; Path=\/; Max-Age=900; HttpOnly; SameSite=Lax/);
      const { url } = (await begun.json()) as { url: string };
      const back = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
      const query = new URL(back).searchParams.toString();
      assert.equal((await callback('gdrive', query)).status, 400, 'from a browser that did not begin it');
      const same = await callback('gdrive', query, { cookie: lax.split(';')[0] });
      assert.equal(same.status, 200, await same.text());
      await call('gdrive', 'invalidate_token', { method: 'DELETE' });
    });

    test('nothing is done without a key, and unknown services and services without settings say so', async () => {
      for (const path of ['token_valid', 'list_files', 'auth_url', 'validate_code/x']) {
        const response = await app.api(`/api/v1/imports/service/gdrive/${path}`);
        assert.deepEqual([response.status, await response.text()], [401, ''], path);
      }
      assert.deepEqual((await call('instagram', 'token_valid')).body, { oauth_valid: false, success: true });
      const unknown = await call('instagram', 'auth_url');
      assert.deepEqual([unknown.status, unknown.body], [400, { errors: { imports: 'There is no service instagram' } }]);
    });

    test('an access token that is over is renewed once, by whichever of many asks first', async () => {
      const box = standIn('box');
      await connect('box');
      const id = put('box', { name: 'rotated.csv', body: csv });
      for (let round = 0; round < 3; round++) {
        box.expire();
        box.refreshMs = 150;
        const before = box.tokenCalls.length;
        const lists = await Promise.all(Array.from({ length: 6 }, () => call('box', 'list_files?filter=csv')));
        assert.deepEqual(
          lists.map(({ status }) => status),
          [200, 200, 200, 200, 200, 200],
          JSON.stringify(lists),
        );
        assert.equal(box.tokenCalls.length - before, 1, 'a refresh token was used more than once');
      }
      box.refreshMs = 0;
      assert.equal((await importItem('box', id)).state, 'complete');
      await call('box', 'invalidate_token', { method: 'DELETE' });
    });

    test('an access that was taken back is 401 once and then forgotten', async () => {
      await connect('dropbox');
      standIn('dropbox').revokeAll();
      const over = await call('dropbox', 'token_valid');
      assert.equal(over.status, 401);
      assert.match(String((over.body as { errors: unknown }).errors), /expired or was taken back/);
      assert.deepEqual((await call('dropbox', 'token_valid')).body, { oauth_valid: false, success: true });
      await connect('dropbox');
      standIn('dropbox').revokeAll();
      assert.equal((await call('dropbox', 'list_files')).status, 401);
      const item = put('dropbox', { name: 'later.csv', body: csv });
      await connect('dropbox');
      standIn('dropbox').revokeAll();
      const failed = await importItem('dropbox', item);
      assert.deepEqual([failed.state, failed.error_code], ['failure', 1012]);
      assert.deepEqual((await call('dropbox', 'token_valid')).body, { oauth_valid: false, success: true });
    });

    test('a token that is refused although it is new is forgotten, so that one can sign in again', async () => {
      await connect('onedrive');
      const onedrive = standIn('onedrive');
      onedrive.intercept = ({ url }) =>
        url.pathname.startsWith('/v1.0/') ? { status: 401, json: { error: { code: 'unauthenticated' } } } : undefined;
      const refused = await call('onedrive', 'list_files');
      assert.equal(refused.status, 401, JSON.stringify(refused.body));
      const again = await call('onedrive', 'auth_url');
      assert.equal(again.status, 200, JSON.stringify(again.body));
      onedrive.intercept = null;
      await connect('onedrive');
      onedrive.intercept = ({ url }) => (url.pathname.startsWith('/v1.0/') ? { status: 401, json: {} } : undefined);
      const probed = await call('onedrive', 'token_valid');
      assert.deepEqual([probed.status, probed.body], [200, { oauth_valid: false, success: true }]);
      onedrive.intercept = null;
    });

    test('a service that refuses the secret or is broken costs nobody the token', async () => {
      await connect('box');
      const box = standIn('box');
      for (const [status, error] of [
        [401, 'invalid_client'],
        [503, 'temporarily_unavailable'],
        [200, ''],
      ] as const) {
        box.expire();
        box.intercept = ({ url }) => (url.pathname === '/oauth2/token' ? { status, json: { error } } : undefined);
        const failed = await call('box', 'token_valid');
        assert.equal(failed.status, 400, JSON.stringify(failed.body));
        box.intercept = null;
        assert.deepEqual((await call('box', 'token_valid')).body, { oauth_valid: true, success: true });
      }
      await call('box', 'invalidate_token', { method: 'DELETE' });
    });

    test('a service that asks for patience gets it, and refusals of a file have their codes', async () => {
      await connect('gdrive');
      const gdrive = standIn('gdrive');
      const id = put('gdrive', { name: 'patient.csv', body: csv });
      let asked = 0;
      gdrive.intercept = ({ url }) => {
        if (!url.pathname.startsWith('/drive/v3/files/')) return undefined;
        asked += 1;
        if (asked === 1) return { status: 429, headers: { 'retry-after': '0' }, json: {} };
        if (asked === 2) return { status: 403, json: { error: { errors: [{ reason: 'userRateLimitExceeded' }] } } };
        return undefined;
      };
      assert.equal((await importItem('gdrive', id)).state, 'complete');
      const refused = async (reason: string): Promise<number | null> => {
        gdrive.intercept = ({ url }) =>
          url.pathname.startsWith('/drive/v3/files/')
            ? { status: 403, json: { error: { errors: [{ reason }] } } }
            : undefined;
        return (await importItem('gdrive', id)).error_code;
      };
      assert.equal(await refused('domainPolicy'), 1008);
      assert.equal(await refused('insufficientFilePermissions'), 1008);
      gdrive.intercept = null;
      await connect('dropbox');
      standIn('dropbox').intercept = ({ url }) =>
        url.pathname === '/2/files/get_metadata' ? { status: 403, json: {} } : undefined;
      assert.equal((await importItem('dropbox', '/a.csv')).error_code, 1016);
      standIn('dropbox').intercept = null;
      await connect('box');
      standIn('box').intercept = ({ url }) => (url.pathname === '/2.0/files/1' ? { status: 403, json: {} } : undefined);
      assert.equal((await importItem('box', '1')).error_code, 1021);
      standIn('box').intercept = ({ url }) => (url.pathname === '/2.0/files/1' ? { json: 'no object' } : undefined);
      assert.equal((await importItem('box', '1')).error_code, 1011);
      standIn('box').intercept = null;
    });

    test('a file that changes while it is brought is brought again, and its table has one version of it', async () => {
      await connect('gdrive');
      const gdrive = standIn('gdrive');
      const id = put('gdrive', { name: 'moving.csv', body: 'a,b\n1,2\n' });
      let downloads = 0;
      gdrive.intercept = ({ url }) => {
        if (url.searchParams.get('alt') !== 'media') return undefined;
        downloads += 1;
        const file = gdrive.files.get(id);
        if (downloads === 1) put('gdrive', { name: 'moving.csv', body: 'a,b\n3,4\n5,6\n' });
        return file === undefined ? undefined : { file };
      };
      const done = await importItem('gdrive', id);
      gdrive.intercept = null;
      assert.equal(downloads, 2);
      const { rows } = await app.sql(`select a, b from ${done.table_name} order by 1`);
      assert.deepEqual(rows, [
        { a: 3, b: 4 },
        { a: 5, b: 6 },
      ]);

      let version = 0;
      gdrive.intercept = ({ url }) => {
        if (url.searchParams.get('alt') === 'media')
          put('gdrive', { name: 'moving.csv', body: `a,b\n1,${version++}\n` });
        return undefined;
      };
      assert.equal((await importItem('gdrive', id)).error_code, 1103);
      gdrive.intercept = null;
    });

    test('a synchronization looks at the revision and downloads only what changed', async () => {
      await connect('onedrive');
      const onedrive = standIn('onedrive');
      const id = put('onedrive', { name: 'synced.csv', body: 'a\n1\n' });
      const created = await app.api(`/api/v1/synchronizations?api_key=${app.key}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ service_name: 'onedrive', service_item_id: id, interval: 3600 }),
      });
      const sync = (await created.json()) as Record<string, unknown>;
      assert.equal(created.status, 200, JSON.stringify(sync));
      assert.deepEqual([sync.service_name, sync.service_item_id, sync.url], ['onedrive', id, '']);
      const view = async () =>
        (await (await app.api(`/api/v1/synchronizations/${sync.id}?api_key=${app.key}`)).json()) as Record<
          string,
          unknown
        >;
      const run = async (): Promise<Record<string, unknown>> => {
        const deadline = Date.now() + 30_000;
        for (;;) {
          const now = await view();
          if (now.state === 'success' || now.state === 'failure') return now;
          assert.ok(Date.now() < deadline, 'the run did not end');
          await sleep(50);
        }
      };
      const force = () => app.api(`/api/v1/synchronizations/${sync.id}/sync_now?api_key=${app.key}`, { method: 'PUT' });
      const downloads = () => onedrive.calls.filter((one) => one.endsWith('/content')).length;
      const first = await run();
      assert.equal(first.state, 'success', JSON.stringify(first));
      const before = downloads();
      await force();
      assert.equal((await run()).state, 'success');
      assert.equal(downloads(), before, 'what had not changed was downloaded');
      put('onedrive', { name: 'synced.csv', body: 'a\n1\n2\n' });
      await force();
      const changed = await run();
      assert.equal(changed.state, 'success');
      const { rows } = await app.sql(`select a from ${changed.name} order by 1`);
      assert.deepEqual(rows, [{ a: 1 }, { a: 2 }]);
      onedrive.files.clear();
      await force();
      const gone = await run();
      assert.deepEqual([gone.state, gone.error_code], ['failure', 1017]);
    });

    test('a Google Sheet comes as a workbook, a table for each sheet, and a document is not listed', async () => {
      await connect('gdrive');
      const gdrive = standIn('gdrive');
      gdrive.files.clear();
      const sheet = 'application/vnd.google-apps.spreadsheet';
      const row = (name: string, value: number): string =>
        `<row><c t="inlineStr"><is><t>${name}</t></is></c><c><v>${value}</v></c></row>`;
      const body = zipOf(
        xlsxEntries({
          sheets: {
            Towns: textRow('name', 'height') + row('Oslo', 23),
            Rivers: textRow('name', 'length') + row('Glomma', 621.5),
          },
        }),
      );
      const id = put('gdrive', { name: 'Norway', body, mimeType: sheet });
      put('gdrive', { name: 'Letter.csv', body: '', mimeType: 'application/vnd.google-apps.document' });
      const { body: listed } = await call('gdrive', 'list_files?filter=csv');
      const { files } = listed as { files: { filename: string; size: number }[] };
      assert.deepEqual(
        files.map(({ filename, size }) => [filename, size]),
        [['Norway.xlsx', 0]],
      );
      const done = await importItem('gdrive', id);
      assert.deepEqual([done.state, done.tables_created_count], ['complete', 2], JSON.stringify(done.get_error_text));
      const tables = done.tables as { name: string }[];
      const values = await Promise.all(
        tables.map(async ({ name }) => (await app.sql(`select * from ${name}`)).rows[0]),
      );
      assert.deepEqual(values.map((one) => one?.height ?? one?.length).toSorted(), [23, 621.5]);
      const reason = { error: { code: 403, errors: [{ reason: 'exportSizeLimitExceeded' }] } };
      gdrive.intercept = ({ url }) => (url.pathname.endsWith('/export') ? { status: 403, json: reason } : undefined);
      const large = await importItem('gdrive', id);
      gdrive.intercept = null;
      assert.deepEqual([large.error_code, /up to 10 MB/.test(JSON.stringify(large))], [1011, true]);
    });

    test('a Google Sheet too large to export is read cell by cell: values as they are, not as they are shown', async () => {
      await connect('gdrive');
      const gdrive = standIn('gdrive');
      gdrive.files.clear();
      const text = (stringValue: string) => ({ effectiveValue: { stringValue } });
      const number = (numberValue: number, type?: string, pattern = '') => ({
        effectiveValue: { numberValue },
        ...(type === undefined ? {} : { effectiveFormat: { numberFormat: { type, pattern } } }),
      });
      const dates = (day: number) => [
        number(day, 'DATE', 'dd/mm/yy'),
        number(day + 0.75, 'DATE_TIME', 'mmm d'),
        number(0.5, 'TIME', 'h:mm am/pm'),
      ];
      const words = (...names: readonly string[]) => names.map(text);
      const many = Array.from({ length: 12_600 }, (_, i) => [number(i)]);
      const grids = {
        "Bob's": [
          words('day', 'moment', 'clock', 'code'),
          [...dates(45_000), text('007')],
          [...dates(-12_345), text(' <a> & _x0041_ "ü😀" ')],
        ],
        Numbers: [
          words('price', 'share', 'yes', 'gone'),
          [
            number(1234.5678, 'CURRENCY', '#,##0 €'),
            number(0.125, 'PERCENT', '0%'),
            { effectiveValue: { boolValue: true } },
          ],
          [],
          [
            number(0.1 + 0.2),
            {},
            { effectiveValue: { boolValue: false } },
            { effectiveValue: { errorValue: { type: 'N_A' } } },
          ],
        ],
        Many: [words('n'), ...many],
      };
      const mimeType = 'application/vnd.google-apps.spreadsheet';
      const id = put('gdrive', { name: 'Large', body: '', mimeType, grids });
      // Long answers are not read: the same rows are asked for in two.
      gdrive.intercept = ({ url }) => {
        const [, from, to] = /!(\d+):(\d+)$/.exec(url.searchParams.get('ranges') ?? '') ?? [];
        return Number(to) - Number(from) > 7000 ? { json: 'x'.repeat(17 << 20) } : undefined;
      };
      const done = await importItem('gdrive', id);
      gdrive.intercept = null;
      assert.deepEqual([done.state, done.tables_created_count], ['complete', 3], JSON.stringify(done.get_error_text));
      const [first, second, third] = (done.tables as { name: string }[]).map(({ name }) => name);
      const days = `select day::text as day, moment::text as moment, clock::text as clock, code from ${first} order by cartodb_id`;
      assert.deepEqual((await app.sql(days)).rows, [
        { day: '2023-03-15', moment: '2023-03-15 18:00:00', clock: '12:00:00', code: '007' },
        { day: '1866-03-13', moment: '1866-03-13 18:00:00', clock: '12:00:00', code: ' <a> & _x0041_ "ü😀" ' },
      ]);
      const numbers = await app.sql(`select price, share, yes from ${second} order by cartodb_id`);
      assert.deepEqual(numbers.rows, [
        { price: 1234.5678, share: 0.125, yes: true },
        { price: 0.3, share: null, yes: false },
      ]);
      const pages = await app.sql(`select count(*)::int as count, sum(n)::int as sum from ${third}`);
      assert.deepEqual(pages.rows, [{ count: 12_600, sum: (12_600 * 12_599) / 2 }]);
    });

    test('a link to SharePoint is imported as the file that it leads to', async () => {
      await connect('onedrive');
      put('onedrive', { name: 'shared.csv', body: csv });
      const done = await importItem('onedrive', 'https://contoso.sharepoint.com/:x:/s/team/01shared.csv');
      assert.deepEqual([done.state, done.table_name], ['complete', 'shared'], JSON.stringify(done.get_error_text));
    });
  });
}

test('no token, code, state or client secret is in an answer, a log or the database', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-drive-secrets-'));
  await using box = await startStandIn(boxStandIn);
  box.files.set('77', { id: '77', name: 'quiet.csv', body: csv });
  const key = 'test-key-0123456789';
  const program = await startProgram(['serve'], {
    PORT: '0',
    DATA_DIR: folder,
    LANDFALL_API_KEY: key,
    LANDFALL_ALLOW_NETWORKS: '127.0.0.0/8',
    LANDFALL_LOG_LEVEL: 'trace',
    LANDFALL_BOX_CLIENT_ID: CLIENT_ID,
    LANDFALL_BOX_CLIENT_SECRET: CLIENT_SECRET,
    LANDFALL_BOX_URL: box.url,
  });
  try {
    const client = clientOf(program.url, key);
    const answers: string[] = [];
    const ask = async (path: string): Promise<string> => {
      const text = await (await client.api(`/api/v1/imports/service/box/${path}?api_key=${key}`)).text();
      answers.push(text);
      return text;
    };
    const { url } = JSON.parse(await ask('auth_url')) as { url: string };
    const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '');
    answers.push(await (await fetch(back)).text());
    box.expire();
    await ask('token_valid');
    await ask('list_files');
    const posted = await client.api(`/api/v1/imports?api_key=${key}&service_name=box&service_item_id=77`, {
      method: 'POST',
    });
    const { item_queue_id: id } = (await posted.json()) as { item_queue_id: string };
    answers.push(JSON.stringify(await client.waitFor(id)));
    answers.push(JSON.stringify(await client.waitFor(id)));
    const tokens = [
      ...box.accessTokens,
      ...box.refreshTokens,
      ...box.tokenCalls.map((one) => one.get('refresh_token')),
    ];
    const secrets = [
      ...tokens.filter((one) => one !== null),
      CLIENT_SECRET,
      back.searchParams.get('code') ?? '',
      ...box.tokenCalls.map((one) => one.get('code_verifier')).filter((one) => one !== null),
    ];
    assert.ok(secrets.length >= 6, String(secrets.length));
    await program.stop();
    const state = back.searchParams.get('state') ?? '';
    const disk: Buffer[] = [];
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) disk.push(await readFile(join(entry.parentPath, entry.name)));
    }
    assert.ok(
      disk.some((bytes) => bytes.includes('sealed1:')),
      'the sealed token is where it was looked for',
    );
    for (const secret of [...secrets, state]) {
      assert.ok(!disk.some((bytes) => bytes.includes(secret)), 'in a file of the program');
      assert.ok(!program.output().includes(secret), 'in the log');
    }
    for (const secret of secrets) assert.ok(!answers.join().includes(secret), 'in an answer');
  } finally {
    await program.kill().catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
});

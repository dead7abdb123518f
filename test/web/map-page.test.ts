/** The page of a map in a true browser: what it shows, that hostile words stay words, and that it needs nobody else. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { startTestApp, type TestApp } from '../support/app.ts';
import { keepPicture, startBrowser } from '../support/browser.ts';
import { oneEngine } from '../support/database.ts';

const attack = '<img src=x onerror="window.stolen=1"><script>window.stolen=1</script>';

/** Nine places, the one in the middle with hostile words in all of its cells, and in the name of a column. */
const places = `name,"kind ${attack.replaceAll('"', '""')}",height,lon,lat\n${Array.from({ length: 9 }, (_, at) => {
  const words = at === 4 ? `"${attack.replaceAll('"', '""')}"` : `place ${at}`;
  return `${words},${at === 4 ? words : 'abc'[at % 3]},${at},${at % 3},${40 + Math.floor(at / 3)}`;
}).join('\n')}\n`;

for (const engine of oneEngine) {
  suite(`The page of a map on ${engine}`, () => {
    const undo = new AsyncDisposableStack();
    let app: TestApp;
    let page: Page;
    const problems: string[] = [];
    const elsewhere: string[] = [];

    before(async () => {
      app = undo.use(await startTestApp(engine));
      const { browser } = undo.use(await startBrowser());
      const context = await browser.newContext({ viewport: { width: 900, height: 600 } });
      page = await context.newPage();
      page.setDefaultTimeout(30_000);
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('dialog', (dialog) => problems.push(dialog.message()));
      page.on('console', (message) => {
        if (/Content Security Policy/i.test(message.text())) problems.push(message.text());
      });
      page.on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        if (/^https?:$/.test(protocol) && origin !== app.url) elsewhere.push(request.url());
      });
      const made = await app.importFile('places.csv', places, { privacy: 'public' });
      assert.equal(made.state, 'complete');
    });
    after(() => undo.disposeAsync());

    const send = async (path: string, method: string, body: unknown): Promise<Record<string, string>> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${app.key}` };
      const answer = await app.api(path, { method, headers, body: JSON.stringify(body) });
      assert.ok(answer.ok, await answer.clone().text());
      return (await answer.json()) as Record<string, string>;
    };
    const columnOf = async (prefix: string): Promise<string> => {
      const { fields } = await app.sql('select * from places limit 0');
      return Object.keys(fields).find((name) => name.startsWith(prefix)) ?? '';
    };
    const drawn = () => page.locator('html[data-state="drawn"]').waitFor({ state: 'attached' });

    test('shows title, legend and rows, and words of any kind as text', async () => {
      const kind = await columnOf('kind');
      const map = await send('/api/v1/maps', 'POST', {
        name: `Places ${attack}`,
        description: `Where they are ${attack}`,
        privacy: 'public',
        layers: [
          {
            table: 'places',
            title: 'Heights',
            paint: { kind: 'bubbles', column: 'height', color: '#d55e00', opacity: 0.5 },
          },
          { table: 'places', title: attack, paint: { kind: 'categories', column: kind, radius: 12 } },
        ],
      });
      await page.goto(map.url ?? '');
      await drawn();
      await keepPicture(page, 'map-page');
      assert.equal(await page.title(), `Places ${attack}`);
      assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), `Places ${attack}`);
      const panel = page.getByRole('complementary', { name: 'Legend' });
      const entries = await panel.getByRole('listitem').allTextContents();
      assert.ok(entries.includes(attack) && entries.includes('Other') && entries.includes('8'), entries.join());
      // The place in the middle lies between the panel and the margin of the map.
      const { x = 0, y = 0, width = 0, height = 0 } = (await page.locator('canvas').boundingBox()) ?? {};
      await page.mouse.click(x + (300 + width - 40) / 2, y + height / 2);
      const popup = page.locator('.maplibregl-popup');
      await popup.waitFor();
      assert.ok((await popup.getByRole('definition').allTextContents()).includes(attack));
      assert.ok((await popup.getByRole('term').allTextContents()).includes(kind));
      await keepPicture(page, 'map-page-popup');
      assert.equal(await page.evaluate('window.stolen'), undefined);
      assert.deepEqual([problems, elsewhere], [[], []]);
    });

    test('a layer is hidden and shown again from the legend', async () => {
      const box = page.getByRole('checkbox', { name: 'Heights' });
      await box.uncheck();
      assert.equal(await box.isChecked(), false);
      await box.check();
      assert.deepEqual(problems, []);
    });

    test('says that a map is not there or not shared, and nothing else', async () => {
      const map = await send('/api/v1/maps', 'POST', { name: 'Closed', layers: [{ table: 'places' }] });
      for (const address of [map.url ?? '', `${app.url}/maps/nothing`]) {
        const answer = await page.goto(address);
        assert.equal(answer?.status(), 404);
        await page.getByText('There is no such map, or it is not shared with you.').waitFor();
        assert.equal(await page.title(), 'Map');
      }
    });

    test('stands in a frame of another site, where a map is shared by its link', async () => {
      const made = await send('/api/v1/maps', 'POST', { name: 'By link', layers: [{ table: 'places' }] });
      const map = await send(`/api/v1/maps/${made.id}`, 'PATCH', { privacy: 'link' });
      const answer = await page.goto(map.url ?? '');
      assert.match(answer?.headers()['content-security-policy'] ?? '', /frame-ancestors \*/);
      const site = createServer((_request, reply) => {
        reply.setHeader('content-type', 'text/html').end(`<iframe width="800" height="500" src="${map.url}"></iframe>`);
      });
      undo.defer(() => void site.close());
      await new Promise<void>((listening) => site.listen(0, '127.0.0.1', listening));
      await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
      const frame = page.frameLocator('iframe');
      await frame.locator('html[data-state="drawn"]').waitFor({ state: 'attached' });
      assert.equal(await frame.getByRole('heading', { level: 1 }).textContent(), 'By link');
    });
  });
}

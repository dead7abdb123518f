import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openApp, startBrowser } from '../support/browser.ts';
import { anyEngine } from '../support/database.ts';

const stack = new AsyncDisposableStack();
let app: TestApp;
let browser: Browser;
before(async () => {
  app = stack.use(await startTestApp(anyEngine));
  browser = stack.use(await startBrowser()).browser;
});
after(() => stack.disposeAsync());

/** Each would say so in `window.bitten` if it ran. */
const bites = [
  '<img src=x onerror="bitten=1">',
  '<script>bitten=1</script>',
  '"><svg onload="bitten=1">',
  "';bitten=1;//",
  'javascript:bitten=1',
  '{{constructor.constructor("bitten=1")()}}',
];
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

async function unbitten(page: Page): Promise<void> {
  assert.equal(await page.evaluate('typeof bitten'), 'undefined');
  assert.equal(await page.locator('main img[src=x], main svg[onload], dialog img, .maplibregl-popup img').count(), 0);
}

test('names and values that are markup or script stay text wherever they are shown', async () => {
  const header = ['lat', 'lon', ...bites.slice(0, 3)].map(quoted).join(',');
  const rows = bites.map((bite) => ['1', '2', bite, bite, bite].map(quoted).join(','));
  const imported = await app.importFile('<img src=x onerror=bitten=1>.csv', `${header}\n${rows.join('\n')}\n`);
  assert.equal(imported.state, 'complete', JSON.stringify(imported.get_error_text));
  const table = imported.table_name ?? '';
  const columns = JSON.stringify([{ name: 'n', type: 'bigint' }]);
  const rejected = await app.importFile('<svg onload=bitten=1>.csv', `n\n1\n${bites.map(quoted).join('\n')}\n`, {
    columns,
    max_rejects: '1',
  });
  assert.equal(rejected.state, 'failure');

  await using web = await openApp(browser, app);
  const { page } = web;
  await page.getByText('What could not be loaded').waitFor();
  await unbitten(page);

  await web.open(`/app/datasets/${table}`);
  await page
    .getByRole('cell', { name: bites[0] ?? '' })
    .first()
    .waitFor();
  await page.getByText('Click a feature to see its row.').waitFor();
  await unbitten(page);
  await page.getByRole('button', { name: 'Show row 1' }).click();
  await page
    .getByRole('dialog')
    .getByText(bites[0] ?? '')
    .first()
    .waitFor();
  await unbitten(page);
  await page.keyboard.press('Escape');
  await page.locator('.map[data-state=drawn]').waitFor();
  const box = await page.locator('.map canvas').boundingBox();
  assert.ok(box !== null);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.locator('.maplibregl-popup dd').first().waitFor();
  await unbitten(page);
  for (const tab of ['Columns', 'Origin', 'Use it', 'Settings']) {
    await page.getByRole('tab', { name: tab }).click();
    await page.waitForLoadState('networkidle');
    await unbitten(page);
  }

  await web.open('/app/datasets/%3Cimg%20src=x%20onerror=bitten=1%3E');
  await page.getByRole('alert').waitFor();
  await unbitten(page);
  assert.deepEqual(web.errors, []);
});

test('HTML that a KML file brings is text in the grid and on the map, and a dataset may be called anything', async () => {
  const html = '<h1>Town</h1><script>bitten=1</script><iframe src="javascript:bitten=1"></iframe>';
  const kml = `<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>${'<![CDATA['}${bites[0]}${']]>'}</name>
    <description>${'<![CDATA['}${html}${bites.join(' ')}${']]>'}</description><Point><coordinates>1,2</coordinates></Point></Placemark>
    </Document></kml>`;
  const imported = await app.importFile('page.kml', kml, { create_vis: 'true' });
  assert.equal(imported.state, 'complete', JSON.stringify(imported.get_error_text));
  const title = await app.api(`/api/v1/viz/${imported.table_name}?api_key=${app.key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ display_name: bites[0], description: html }),
  });
  assert.equal(title.status, 200);
  await using web = await openApp(browser, app);
  const { page } = web;
  await web.open(`/app/datasets/${imported.table_name}`);
  await page.getByText('Click a feature to see its row.').waitFor();
  await page.getByRole('cell', { name: '<h1>Town</h1>' }).waitFor();
  await unbitten(page);
  await page.locator('.map[data-state=drawn]').waitFor();
  const box = await page.locator('.map canvas').boundingBox();
  assert.ok(box !== null);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.locator('.maplibregl-popup dd').filter({ hasText: '<script>' }).first().waitFor();
  await unbitten(page);
  // What others see of it: the page of its map, its features and their list.
  const map = imported.visualization_id;
  for (const path of [
    `/app/maps/${map}`,
    `/maps/${map}`,
    `/ogc/demo/collections/${imported.table_name}/items?f=html`,
  ]) {
    await page.goto(app.url + path);
    await page.waitForLoadState('networkidle');
    await unbitten(page);
    assert.equal(await page.locator('h1', { hasText: /^Town$/ }).count(), 0);
  }
  assert.deepEqual(web.errors, []);
});

test('the app can be used within two seconds of work, and the first map is drawn within two', async () => {
  await app.importFile('quick.csv', 'name,lat,lon\nOslo,59.9,10.7\nRome,41.9,12.5\n');
  await using web = await openApp(browser, app);
  const { page } = web;
  const metrics = await page.context().newCDPSession(page);
  await metrics.send('Performance.enable', { timeDomain: 'threadTicks' });
  /** Seconds in which the page was at work, whatever else the machine did. */
  const worked = async (): Promise<number> => {
    const { metrics: all } = await metrics.send('Performance.getMetrics');
    return all.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  };
  const before = await worked();
  await web.open('/');
  await page.getByRole('tab', { name: 'ArcGIS' }).click();
  await page.getByLabel('Address of a service or layer').waitFor();
  const used = await worked();
  assert.ok(used - before < 2, `${used - before} s until it can be used`);
  await web.open('/app/datasets/quick');
  await page.locator('.map[data-state=drawn]').waitFor();
  const drawn = await worked();
  assert.ok(drawn - used < 2, `${drawn - used} s until the map is drawn`);
});

test('a review shows hostile names and samples as text', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await page.getByLabel('Show me what is in it before it is loaded').check();
  const text = `${quoted(bites[0] ?? '')}\n${bites.map(quoted).join('\n')}\n`;
  await page
    .locator('#files')
    .setInputFiles({ name: '<svg onload=bitten=1>.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByRole('heading', { name: 'Review' }).waitFor();
  await page
    .getByRole('cell', { name: bites[1] ?? '' })
    .first()
    .waitFor();
  await unbitten(page);
  assert.deepEqual(web.errors, []);
});

test('the app keeps to its content security policy and cannot be framed or scripted from elsewhere', async () => {
  const { headers } = await app.api('/app/datasets');
  const policy = headers.get('content-security-policy') ?? '';
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]) {
    assert.ok(policy.split('; ').includes(rule), rule);
  }
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
});

/** Rules of WCAG 2.2 up to AA. */
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

async function assertAccessible(page: Page, name: string): Promise<void> {
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>(
    `axe.run(document, { runOnly: ${JSON.stringify(rules)} })`,
  );
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
  assert.deepEqual(told, [], name);
}

/** Each colour and each width once: contrast does not depend on the width, nor the layout on the colours. */
const looks = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 400 },
] as const;

for (const { colorScheme, width } of looks) {
  test(`every page keeps the rules of WCAG 2.2 AA, ${colorScheme}, ${width} pixels wide`, async () => {
    const done = await app.importFile(`cities ${colorScheme}.csv`, 'name,lat,lon\nOslo,59.9,10.7\nRome,41.9,12.5\n');
    const analyzed = await app.api(`/api/v1/imports/analyze?api_key=${app.key}&filename=a.csv`, {
      method: 'POST',
      body: 'name;lat;lon\nOslo;59.9;10.7\n',
    });
    const { analysis_id: analysis } = (await analyzed.json()) as { analysis_id: string };
    const made = await app.api(`/api/v1/maps?api_key=${app.key}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'Cities',
        privacy: 'public',
        layers: [{ table: done.table_name, paint: { kind: 'categories', column: 'name' } }],
      }),
    });
    const { id: map } = (await made.json()) as { id: string };
    await using web = await openApp(browser, app, { colorScheme, width });
    const { page } = web;
    const look = async (name: string): Promise<void> => {
      await page.waitForLoadState('networkidle');
      // The policy of the page lets no script in, so axe comes as the debugger's.
      await page.evaluate(axe.source);
      await assertAccessible(page, `${name} ${colorScheme} ${width}`);
      const { scrolls } = await page.evaluate<{ scrolls: boolean }>(
        '({ scrolls: document.documentElement.scrollWidth > innerWidth })',
      );
      assert.equal(scrolls, false, `${name} does not scroll sideways`);
      await web.picture(`${name}-${colorScheme}-${width}`);
    };
    await look('import');
    for (const way of ['ArcGIS', 'Database', 'Cloud drive']) {
      await page.getByRole('tab', { name: way }).click();
      await look(`import-${way.toLowerCase().replace(' ', '-')}`);
    }
    for (const tab of ['Data', 'Columns', 'Origin', 'Use it', 'Settings']) {
      if (tab === 'Data') await web.open(`/app/datasets/${done.table_name}`);
      else await page.getByRole('tab', { name: tab }).click();
      await look(`dataset-${tab.toLowerCase().replace(' ', '-')}`);
    }
    await web.open('/app/datasets');
    await look('datasets');
    await web.open('/app/syncs');
    await look('syncs');
    await web.open('/app/maps');
    await page.getByRole('button', { name: 'New map' }).click();
    await look('maps');
    await web.open(`/app/maps/${map}`);
    await page.locator('.map[data-state=drawn]').waitFor();
    await page.getByLabel('Drawn').waitFor();
    for (const tab of ['Layers', 'Settings', 'Share']) {
      await page.getByRole('tab', { name: tab }).click();
      await look(`map-${tab.toLowerCase()}`);
    }
    await web.open('/app/keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await look('keys');
    await web.open('/app/usage');
    await look('usage');
    await web.open(`/app/review/${analysis}`);
    await page.getByRole('button', { name: 'Import this' }).waitFor();
    await page.locator('.map[data-state=drawn]').waitFor();
    await look('review');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    await look('sign-in');
  });
}

test('the tabs of a dataset go by arrow keys, and the first stop of the keyboard skips to the content', async () => {
  await app.importFile('keys.csv', 'a\n1\n');
  await using web = await openApp(browser, app);
  const { page } = web;
  await web.open('/app/datasets/keys');
  await page.getByRole('tab', { name: 'Data' }).focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getByRole('tab', { name: 'Columns' }).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await page.getByRole('tab', { name: 'Settings' }).getAttribute('aria-selected'), 'true');
  await web.open('/app/datasets/keys');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
});

test('the first load is under 500 kB without the map', async () => {
  const folder = join(import.meta.dirname, '../../dist/web');
  const page = await readFile(join(folder, 'index.html'), 'utf8');
  const first = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => `${path}.gz`);
  const all = await readdir(join(folder, 'assets'));
  assert.ok(first.length >= 2 && all.length > first.length);
  let bytes = 0;
  for (const path of first) bytes += (await readFile(join(folder, path))).length;
  assert.ok(bytes < 500_000, `${bytes} bytes`);
});

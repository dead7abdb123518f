import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openApp, startBrowser } from '../support/browser.ts';
import { anyEngine } from '../support/database.ts';

const bite = '<img src=x onerror="bitten=1">';

const stack = new AsyncDisposableStack();
let app: TestApp;
let browser: Browser;
before(async () => {
  app = stack.use(await startTestApp(anyEngine));
  browser = stack.use(await startBrowser()).browser;
  const places = Array.from({ length: 60 }, (_, at) => {
    const [longitude, latitude] = [-20 + (at % 10) * 6, 30 + Math.floor(at / 10) * 5];
    return `${longitude},${latitude},${at * at},${at % 3 === 0 ? `"${bite.replaceAll('"', '""')}"` : `kind ${at % 3}`}`;
  });
  await app.importFile('places.csv', `lon,lat,people,kind\n${places.join('\n')}\n`, { privacy: 'link' });
  await app.importFile('words.csv', 'word\none\n');
});
after(() => stack.disposeAsync());

/** The map as it is drawn when nothing more comes. */
const drawn = (page: Page): Promise<void> => page.locator('.map[data-state=drawn]').waitFor();
const saved = (page: Page): Promise<void> => page.getByRole('status').filter({ hasText: 'Saved.' }).waitFor();

/** A picture of a page; its `decode` ends when it is there, and fails where it cannot be shown. */
interface Picture {
  decode(): Promise<void>;
}

interface Seen {
  readonly id: string;
  readonly layers: readonly {
    readonly table: string;
    readonly title: string;
    readonly paint: { readonly kind: string; readonly column: string | null; readonly stops: readonly object[] };
    readonly popup: { readonly columns: readonly string[] | null };
  }[];
  readonly center: readonly number[] | null;
  readonly privacy: string;
}
const mapOf = async (page: Page): Promise<Seen> => {
  const id = new URL(page.url()).pathname.split('/').at(-1);
  return (await (await app.api(`/api/v1/maps/${id}?api_key=${app.key}`)).json()) as Seen;
};

test('a dataset is opened as a map, painted by its columns with a legend, and shared', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await web.open('/app/datasets/places');
  await page.getByRole('button', { name: 'Open as a map' }).click();
  await page.getByRole('heading', { name: 'places' }).waitFor();
  await drawn(page);
  const legend = page.getByRole('region', { name: 'Legend' });

  await page.getByLabel('Drawn').selectOption('in natural classes (Jenks)');
  await saved(page);
  await page.getByLabel('By the column').selectOption('people');
  await legend.getByRole('listitem').nth(4).waitFor();
  await page.getByRole('spinbutton', { name: 'Classes' }).fill('3');
  await page.getByRole('spinbutton', { name: 'Classes' }).blur();
  await legend.getByRole('listitem').nth(4).waitFor({ state: 'detached' });
  assert.equal(await legend.getByRole('listitem').count(), 3);
  await page.getByLabel('Palette').selectOption('Magma');
  await page.getByLabel('Title').fill(`People ${bite}`);
  await page.getByLabel('Title').blur();
  await legend.getByText(`People ${bite}`).waitFor();
  await page.getByRole('group', { name: 'Shown where somebody clicks' }).getByLabel('people').check();
  await page.getByRole('group', { name: 'Shown where somebody clicks' }).getByLabel('kind').check();
  await saved(page);
  await drawn(page);
  await web.picture('map-jenks');
  const classed = await mapOf(page);
  assert.deepEqual(
    classed.layers.map(({ table, title, paint, popup }) => [
      table,
      title,
      paint.kind,
      paint.column,
      paint.stops.length,
      popup,
    ]),
    [['places', `People ${bite}`, 'jenks', 'people', 3, { columns: classed.layers[0]?.popup.columns }]],
  );
  assert.ok(['people', 'kind'].every((name) => classed.layers[0]?.popup.columns?.includes(name)));

  await page.getByLabel('Drawn').selectOption('by category');
  await page.getByLabel('By the column').selectOption('kind');
  await legend.getByText('kind 1').waitFor();
  await legend.getByText(bite, { exact: true }).waitFor();
  await page.getByLabel('kind 2', { exact: true }).fill('#ff0000');
  await legend.locator('rect[fill="#ff0000"]').waitFor();
  await page.getByLabel('Drawn').selectOption('in size by a number');
  await legend.locator('circle').first().waitFor();

  await page.getByLabel('Add a layer').selectOption('words');
  await page.getByText('Nothing of this table has a place').waitFor();
  await page.getByRole('button', { name: 'Words: further down' }).click();
  await page.getByRole('button', { name: 'Words: further down', disabled: true }).waitFor();
  await saved(page);
  assert.deepEqual(
    (await mapOf(page)).layers.map(({ table }) => table),
    ['words', 'places'],
  );
  await page.getByRole('button', { name: 'Remove Words from the map' }).click();
  await page.getByText('Nothing of this table has a place').waitFor({ state: 'detached' });

  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByLabel('Name of the map').fill('Where people are');
  await page.getByRole('button', { name: 'Begin with what I see now' }).click();
  await page.getByText('It begins where you set it.').waitFor();
  await page.getByRole('heading', { name: 'Where people are' }).waitFor();
  await saved(page);
  assert.equal((await mapOf(page)).center?.length, 2);

  await page.getByRole('tab', { name: 'Share' }).click();
  await page.getByLabel('Who may see it').selectOption('public');
  await page.getByText('Others do not see what is of places').waitFor();
  await page.getByLabel('Who may see it').selectOption('link');
  await page.getByText('Others do not see what is of places').waitFor({ state: 'detached' });
  await saved(page);
  await page.getByRole('button', { name: 'Copy To embed it in a page' }).click();
  const code = await page.evaluate<string>('navigator.clipboard.readText()');
  const [, address = ''] = /^<iframe src="([^"]+)" title="Where people are"/.exec(code) ?? [];
  assert.match(address, /\/maps\/[\w-]+\?token=/);
  assert.equal((await fetch(address.replaceAll('&amp;', '&'))).status, 200);
  await web.picture('map-share');

  await page.getByRole('navigation').getByRole('link', { name: 'Maps' }).click();
  const card = page.getByRole('listitem').filter({ hasText: 'Where people are' });
  await card.getByRole('link').waitFor();
  await card.getByRole('presentation').evaluate((image: Picture) => image.decode());
  await web.picture('maps');
  await card.getByRole('link').click();
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Delete this map' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete this map' }).click();
  await page.getByText('No maps yet.').waitFor();
  assert.equal(await page.evaluate('typeof bitten'), 'undefined');
  assert.deepEqual(web.errors, []);
});

test('a map of several tables is made by ticking them, and what the server refuses is told', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await web.open('/app/maps');
  await page.getByRole('button', { name: 'New map' }).click();
  await page.getByLabel('Name of the map').fill('All');
  await page.getByRole('checkbox', { name: 'All 2' }).check();
  await page.getByRole('button', { name: 'Make the map' }).click();
  await page.getByRole('button', { name: 'Places', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Words', exact: true }).waitFor();
  await page.route('**/api/v1/maps/*', (route, request) =>
    request.method() === 'PATCH'
      ? route.fulfill({ status: 400, json: { errors: ['the map cannot be so'] } })
      : route.continue(),
  );
  // Not `uncheck`, which wants to see it unchecked: the server's no may be faster.
  await page.getByLabel('Show Places').click();
  await page.getByRole('alert').filter({ hasText: 'the map cannot be so' }).waitFor();
  assert.equal(await page.getByLabel('Show Places').isChecked(), true);
  assert.deepEqual(web.errors, []);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openApp, startBrowser } from '../support/browser.ts';
import { anyEngine } from '../support/database.ts';
import { startOrigin } from '../support/origin.ts';

const stack = new AsyncDisposableStack();
let app: TestApp;
let browser: Browser;
before(async () => {
  app = stack.use(await startTestApp(anyEngine, { LANDFALL_SYNC_FORCE_GUARD: '0', LANDFALL_SYNC_MIN_INTERVAL: '900' }));
  browser = stack.use(await startBrowser()).browser;
  const people = Array.from({ length: 250 }, (_, at) => `${at % 10 === 3 ? '' : (at * 37) % 250},person ${at}`);
  await app.importFile('people.csv', `score,name\n${people.join('\n')}\n`);
});
after(() => stack.disposeAsync());

test('the grid pages, orders and filters what the database holds, empty values last', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await web.open('/app/datasets/people');
  await page.getByText('Rows 1 to 100 of 250').waitFor();
  await page.getByRole('button', { name: 'score' }).click();
  await page.getByRole('columnheader', { name: 'score' }).and(page.locator('[aria-sort=ascending]')).waitFor();

  const seen: string[] = [];
  for (const range of ['Rows 1 to 100 of 250', 'Rows 101 to 200 of 250', 'Rows 201 to 250 of 250']) {
    await page.getByText(range).waitFor();
    await page.locator('.grid[aria-busy=false]').waitFor();
    seen.push(...(await page.locator('.grid tbody td:nth-child(2)').allTextContents()));
    if (seen.length < 250) await page.getByRole('button', { name: 'Next' }).click();
  }
  const { rows } = await app.sql('select score::text from people order by people.score nulls last, cartodb_id');
  assert.deepEqual(
    seen,
    rows.map(({ score }) => score ?? 'null'),
  );
  await page.getByRole('button', { name: 'Previous' }).click();
  await page.getByText('Rows 101 to 200 of 250').waitFor();

  await page.getByRole('button', { name: 'Add a filter' }).click();
  await page.getByLabel('Column', { exact: true }).selectOption('name');
  await page.getByLabel('Condition').selectOption('contains');
  await page.getByLabel('Value', { exact: true }).fill('Person 24');
  await page.getByLabel('Value', { exact: true }).blur();
  await page.getByText('Rows 1 to 11 of 11').waitFor();
  await page.getByRole('button', { name: 'Show row 25' }).first().click();
  await page.getByRole('dialog').getByText('person 24', { exact: true }).waitFor();
  assert.deepEqual(web.errors, []);
});

test('columns tell what is in them, and the lines to copy read the table', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await web.open('/app/datasets/people');
  await page.getByRole('tab', { name: 'Columns' }).click();
  await page.getByRole('img', { name: 'Histogram of score, from 0 to 249' }).waitFor();
  await page.getByText('25 of 250 empty').waitFor();
  await web.picture('columns');
  await page.getByRole('tab', { name: 'Use it' }).click();
  await page.getByRole('button', { name: 'Copy curl' }).click();
  const line = await page.evaluate<string>('navigator.clipboard.readText()');
  assert.match(line, /^curl -G '.*\/api\/v2\/sql'/);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV', exact: true }).click();
  assert.equal((await download).suggestedFilename(), 'people.csv');
});

test('a table with places is downloaded in every format that is offered, others in those that need none', async () => {
  await app.importFile('towns.csv', 'name,lat,lon\nOslo,59.9,10.7\nRome,41.9,12.5\n');
  await using web = await openApp(browser, app);
  const { page } = web;
  const offered = async (table: string): Promise<readonly string[]> => {
    await web.open(`/app/datasets/${table}`);
    await page.getByRole('tab', { name: 'Use it' }).click();
    const links = await page.locator('main a[download]').all();
    const ends: string[] = [];
    for (const link of links) {
      const { status } = await app.api(`${await link.getAttribute('href')}&api_key=${app.key}`);
      assert.equal(status, 200, (await link.textContent()) ?? '');
      ends.push((await link.getAttribute('download')) ?? '');
    }
    return ends;
  };
  const endings = ['csv', 'xlsx', 'parquet', 'ndjson', 'geojson', 'gpkg', 'zip', 'fgb', 'kml', 'svg'];
  assert.deepEqual(
    await offered('towns'),
    endings.map((ending) => `towns.${ending}`),
  );
  assert.deepEqual(
    await offered('people'),
    ['csv', 'xlsx', 'parquet', 'ndjson', 'gpkg'].map((ending) => `people.${ending}`),
  );
});

test('a filter of the grid is that of the map beside it', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await web.open('/app/datasets/towns');
  await page.getByText('Click a feature to see its row.').waitFor();
  await page.getByRole('button', { name: 'Add a filter' }).click();
  await page.getByLabel('Column', { exact: true }).selectOption('name');
  await page.getByLabel('Value', { exact: true }).fill('oslo');
  await page.getByLabel('Value', { exact: true }).blur();
  await page.getByText('1 found in view.').waitFor();
  await page.getByText('Rows 1 to 1 of 1').waitFor();
  assert.deepEqual(web.errors, []);
});

test('what could not be loaded is corrected where it is shown', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  const columns = JSON.stringify([{ name: 'price', type: 'numeric' }]);
  await app.importFile('prices.csv', 'article,price\nbread,2.50\nmilk,about one\n', { columns });
  await web.open('/app/datasets/prices');
  await page.getByRole('tab', { name: 'Origin (1 reject)' }).click();
  const value = page.getByLabel('Value of price in row 2');
  assert.equal(await value.inputValue(), 'about one');
  await value.fill('1.20');
  await page.getByRole('button', { name: 'Load the corrected values' }).click();
  await page.getByText('1 corrected, 0 still to be corrected.').waitFor();
  assert.deepEqual((await app.sql("select price::text from prices where article = 'milk'")).rows, [{ price: '1.20' }]);
});

test('a table is renamed, opened to others and deleted by its owner', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await app.importFile('draft.csv', 'a\n1\n');
  await web.open('/app/datasets/draft');
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByLabel('Who may read it').selectOption('public');
  await page.getByLabel('Name of the table').fill('final');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'final' }).waitFor();
  await page.getByText('Public').first().waitFor();
  await page.getByRole('tab', { name: 'Settings' }).click();
  // What is saved without a look is what it was.
  assert.equal(await page.getByLabel('Who may read it').inputValue(), 'public');
  await page.getByLabel('Description').fill('final');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved').waitFor();
  assert.equal((await app.api('/user/demo/api/v2/sql?q=select a from final')).status, 200);
  await page.getByRole('button', { name: 'Delete this table' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete this table' }).click();
  await page.getByRole('heading', { name: 'Datasets' }).waitFor();
  assert.equal((await app.api(`/api/v1/datasets/final?api_key=${app.key}`)).status, 404);
});

test('a synchronization shows what a run changed, and takes it back', async () => {
  await using origin = await startOrigin();
  await using web = await openApp(browser, app);
  const { page } = web;
  const url = origin.serve('/stock.csv', { body: 'id,rest\n1,10\n2,20\n' });
  await web.open('/app/syncs');
  await page.getByLabel('Keep a table of').fill(url);
  assert.equal(await page.getByLabel('How often').inputValue(), '3600');
  await page.getByLabel('How often').selectOption('every day');
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.getByText(url).waitFor();
  for (;;) {
    const answer = await app.api(`/api/v1/synchronizations?api_key=${app.key}`);
    const { synchronizations } = (await answer.json()) as { synchronizations: { id: string; state: string }[] };
    if (synchronizations[0]?.state === 'success') break;
    assert.notEqual(synchronizations[0]?.state, 'failure');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await web.open('/app/syncs');
  await page.getByRole('link', { name: 'stock' }).click();
  origin.serve('/stock.csv', { body: 'id,rest\n1,10\n2,25\n3,30\n' });
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByText('It runs.').waitFor();
  const changed = page.getByRole('row').filter({ hasText: 'Asked for' }).filter({ hasText: 'Changed' });
  while ((await changed.count()) === 0) await page.reload({ waitUntil: 'networkidle' });
  await changed.getByRole('button', { name: 'Differences' }).click();
  await page.getByRole('dialog').locator('del').getByText('20').waitFor();
  await page.getByRole('dialog').locator('ins').getByText('25').waitFor();
  await web.picture('differences');
  await page.keyboard.press('Escape');
  await page.getByRole('row').filter({ hasText: 'First import' }).getByRole('button', { name: 'Roll back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
  await page.getByRole('row').filter({ hasText: 'Roll-back' }).waitFor();
  assert.deepEqual((await app.sql('select id, rest from stock order by 1')).rows, [
    { id: 1, rest: 10 },
    { id: 2, rest: 20 },
  ]);
  await web.picture('sync');
});

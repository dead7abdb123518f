import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openApp, startBrowser } from '../support/browser.ts';
import { anyEngine } from '../support/database.ts';

const stack = new AsyncDisposableStack();
let app: TestApp;
let browser: Browser;
/** What the first test saves. */
let recipeFile = '';
before(async () => {
  app = stack.use(await startTestApp(anyEngine));
  browser = stack.use(await startBrowser()).browser;
});
after(() => stack.disposeAsync());

test('what is changed in a review is seen at once, and is what is imported', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  const text = 'code;note;amount\n007;a,b;1,5\n008;c,d;2,5\n';
  await page.getByLabel('Show me what is in it before it is loaded').check();
  await page.locator('#files').setInputFiles({ name: 'codes.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByRole('heading', { name: 'Review' }).waitFor();
  const sample = page.getByRole('region', { name: 'First rows, as the table will have them' });
  await sample.getByRole('cell', { name: '007' }).waitFor();

  await page.getByLabel('Delimiter').selectOption('|');
  await sample.getByRole('columnheader', { name: 'note', exact: true }).waitFor({ state: 'detached' });
  await page.getByLabel('Delimiter').selectOption(';');
  await sample.getByRole('columnheader', { name: 'note', exact: true }).waitFor();

  await page.getByLabel('Type of code').selectOption('bigint');
  await sample.getByRole('cell', { name: '7', exact: true }).waitFor();
  await page.getByLabel('New name of amount').fill('total');
  await page.getByLabel('New name of amount').blur();
  await sample.getByRole('columnheader', { name: 'total' }).waitFor();
  await page.getByLabel('Name of the recipe').fill('codes of shops');
  await page.getByRole('button', { name: 'Save as a recipe' }).click();
  await page.getByText('“codes of shops” is kept').waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  assert.equal((await download).suggestedFilename(), 'codes of shops.recipe.json');
  recipeFile = await readFile(await (await download).path(), 'utf8');
  await web.picture('review');

  await page.getByRole('button', { name: 'Import this' }).click();
  await page.getByRole('link', { name: 'codes', exact: true }).waitFor();
  await page.getByRole('listitem').filter({ hasText: 'codes.csv' }).getByText('Recipe').first().click();
  await page.getByText('"rename": "total"').waitFor();
  const { fields, rows } = await app.sql('select code, note, total from codes order by 1');
  assert.equal(fields.code?.type, 'number');
  assert.deepEqual(
    rows.map(({ code, note }) => [code, note]),
    [
      [7, 'a,b'],
      [8, 'c,d'],
    ],
  );
  assert.deepEqual(web.errors, []);
});

test('the places of what is reviewed are on a map before anything is loaded', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await page.getByLabel('Show me what is in it before it is loaded').check();
  const text = 'name;lat;lon\nOslo;59,9;10,7\nRome;41,9;12,5\n';
  await page.locator('#files').setInputFiles({ name: 'places.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByText('The places of the first rows: 2.').waitFor();
  await page.locator('.map[data-state=drawn]').waitFor();
  await page.getByRole('cell', { name: '10.7, 59.9' }).waitFor();
  await web.picture('review-map');
  assert.deepEqual(web.errors, []);
});

test('a recipe that was saved reads later files on any browser, by its name or as a file', async () => {
  const later = { name: 'later.csv', mimeType: 'text/csv', buffer: Buffer.from('code;note;amount\n009;x;3,5\n') };
  await using web = await openApp(browser, app);
  const { page } = web;
  const choice = page.getByLabel('Apply a recipe');
  const file = page.locator('input.recipe-file');
  await choice.selectOption('codes of shops');
  await page.locator('#files').setInputFiles({ ...later, name: 'by name.csv' });
  await page.getByRole('link', { name: 'by_name', exact: true }).waitFor();
  assert.deepEqual((await app.sql('select code, total::text from by_name')).rows, [{ code: 9, total: '3.5' }]);
  await page.getByRole('button', { name: 'Forget this recipe' }).click();
  await choice.locator('option', { hasText: 'codes of shops' }).waitFor({ state: 'detached' });
  await file.setInputFiles({ ...later, name: 'no.json', buffer: Buffer.from('[1]') });
  await page.getByRole('alert').filter({ hasText: 'no.json is no recipe' }).waitFor();
  await file.setInputFiles({
    name: 'codes.recipe.json',
    mimeType: 'application/json',
    buffer: Buffer.from(recipeFile),
  });
  await choice.locator('option:checked', { hasText: 'codes' }).waitFor({ state: 'attached' });
  await page.reload();
  await choice.selectOption('codes');
  await page.locator('#files').setInputFiles(later);
  await page.getByRole('link', { name: 'later', exact: true }).waitFor();
  assert.deepEqual((await app.sql('select code, total::text from later')).rows, [{ code: 9, total: '3.5' }]);

  await page.getByLabel('Show me what is in it before it is loaded').check();
  await page.locator('#files').setInputFiles({ ...later, name: 'again.csv' });
  await page.getByRole('heading', { name: 'Review' }).waitFor();
  await page.getByLabel('New name of note').fill('remark');
  await page.getByLabel('New name of note').blur();
  const sample = page.getByRole('region', { name: 'First rows, as the table will have them' });
  await sample.getByRole('columnheader', { name: 'remark' }).waitFor();
  await sample.getByRole('columnheader', { name: 'total' }).waitFor();
  await page.getByLabel('Apply a recipe').selectOption('codes');
  await sample.getByRole('columnheader', { name: 'note', exact: true }).waitFor();
  assert.deepEqual(web.errors, []);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openApp, startBrowser } from '../support/browser.ts';

const stack = new AsyncDisposableStack();
let app: TestApp;
let browser: Browser;
before(async () => {
  app = stack.use(await startTestApp('pglite'));
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

  await page.getByLabel('Delimiter').selectOption(',');
  await sample.getByRole('columnheader', { name: 'note' }).waitFor({ state: 'detached' });
  await page.getByLabel('Delimiter').selectOption(';');
  await sample.getByRole('columnheader', { name: 'note' }).waitFor();

  await page.getByLabel('Type of code').selectOption('bigint');
  await sample.getByRole('cell', { name: '7', exact: true }).waitFor();
  await page.getByLabel('New name of amount').fill('total');
  await page.getByLabel('New name of amount').blur();
  await sample.getByRole('columnheader', { name: 'total' }).waitFor();
  await web.picture('review');

  await page.getByRole('button', { name: 'Import this' }).click();
  await page.getByRole('link', { name: 'codes', exact: true }).waitFor();
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

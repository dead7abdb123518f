import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openApp, startBrowser } from '../support/browser.ts';
import { anyEngine } from '../support/database.ts';

const stack = new AsyncDisposableStack();
let app: TestApp;
let browser: Browser;
before(async () => {
  app = stack.use(await startTestApp(anyEngine));
  browser = stack.use(await startBrowser()).browser;
  await app.importFile('open.csv', 'a\n1\n2\n');
  await app.importFile('closed.csv', 'a\n1\n');
});
after(() => stack.disposeAsync());

/** The status of reading a table with a key, when it is `wanted` or has had the second in which keys end. */
async function reading(table: string, key: string, wanted: number): Promise<number> {
  const query = new URLSearchParams({ q: `select * from ${table}`, api_key: key });
  for (let waited = 0; ; waited++) {
    const { status } = await app.api(`/api/v2/sql?${query}`);
    if (status === wanted || waited > 40) return status;
    await sleep(50);
  }
}

test('a restricted key is made for ticked tables, shown once, changed and removed', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await web.open('/app/keys');
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name, such as who uses it').fill('<b>map</b>/ü');
  await page.getByRole('checkbox', { name: 'open' }).check();
  await page.getByLabel('It may also add rows to them').check();
  await web.picture('key-new');
  await page.getByRole('button', { name: 'Make the key' }).click();
  const copied = async (): Promise<string> => {
    await page.getByRole('dialog').getByRole('button', { name: 'Copy Key' }).click();
    await page.getByRole('dialog').getByText('Copied').waitFor();
    await web.picture('key-made');
    await page.keyboard.press('Escape');
    return page.evaluate<string>('navigator.clipboard.readText()');
  };
  const first = await copied();
  const row = page.getByRole('row').filter({ hasText: '<b>map</b>/ü' });
  await row.getByText('open (adds rows)').waitFor();
  assert.equal(await page.getByText(first).count(), 0);
  assert.equal(await reading('open', first, 200), 200);
  assert.equal(await reading('closed', first, 400), 400);

  await row.getByRole('button', { name: 'Change' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Change' }).click();
  const second = await copied();
  assert.notEqual(second, first);
  assert.equal(await reading('open', first, 401), 401);
  assert.equal(await reading('open', second, 200), 200);

  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name, such as who uses it').fill('master');
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.getByRole('alert').filter({ hasText: 'is the name of a key that each account has' }).waitFor();

  await row.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No restricted keys yet.').waitFor();
  assert.equal(await reading('open', second, 401), 401);
  assert.deepEqual(web.errors, []);
});

test('usage tells tables and their size, imports that failed, and syncs', async () => {
  await app.importFile('empty.csv', '');
  await using web = await openApp(browser, app);
  const { page } = web;
  await page.getByRole('link', { name: 'Usage' }).click();
  await page.getByText('2 tables, 3 rows').waitFor();
  await page.getByText('2 done, 1 failed').waitFor();
  // A look before an import is none.
  assert.equal(
    (await app.api(`/api/v1/imports/analyze?api_key=${app.key}&filename=a.csv`, { method: 'POST', body: 'a\n1\n' }))
      .status,
    200,
  );
  await page.reload();
  await page.getByText('2 done, 1 failed').waitFor();
  await page.getByText('Empty file').waitFor();
  await page.getByText('None is failing.').waitFor();
  await page.getByRole('meter', { name: 'open' }).waitFor();
  await web.picture('usage');
  assert.deepEqual(web.errors, []);
});

test('a wrong key opens nothing, and the right one a session that no script can read, until it is closed', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  const cookies = await page.context().cookies();
  assert.deepEqual(
    cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite]),
    [[true, 'Strict']],
  );
  const kept = 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])';
  assert.doesNotMatch(await page.evaluate<string>(kept), new RegExp(app.key));
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  assert.deepEqual(await page.context().cookies(), []);
  await web.open('/app/datasets/open');
  await page.getByLabel('API key').fill(app.key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // What was asked for before is shown.
  await page.getByRole('heading', { name: 'open' }).waitFor();
});

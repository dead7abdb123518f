import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import type { Browser, Locator } from 'playwright-core';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type ArcgisServer, points, startArcgis } from '../support/arcgis-server.ts';
import { openApp, startBrowser } from '../support/browser.ts';
import { googleStandIn } from '../support/drive-services.ts';
import { CLIENT_ID, CLIENT_SECRET, type StandIn, startStandIn } from '../support/drive-stand-in.ts';

const postgresUrl = process.env.TEST_DATABASE_URL;
const skipPostgres = postgresUrl === undefined && 'needs PostgreSQL: sh scripts/with-postgres.sh';
const token = 'S3CR3T-t0ken';

const stack = new AsyncDisposableStack();
let app: TestApp;
let browser: Browser;
let arcgis: ArcgisServer;
let drive: StandIn;
before(async () => {
  arcgis = stack.use(
    await startArcgis(
      [
        { name: 'Hydrants', features: points(12) },
        { name: 'Peaks', features: points(3) },
        { name: '<img src=x onerror=bitten=1>', features: points(1) },
      ],
      { token },
    ),
  );
  drive = stack.use(await startStandIn(googleStandIn));
  app = stack.use(
    await startTestApp('pglite', {
      LANDFALL_GDRIVE_CLIENT_ID: CLIENT_ID,
      LANDFALL_GDRIVE_CLIENT_SECRET: CLIENT_SECRET,
      LANDFALL_GDRIVE_URL: drive.url,
    }),
  );
  browser = stack.use(await startBrowser()).browser;
});
after(() => stack.disposeAsync());

/** What a page keeps beyond itself. */
const kept = 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])';

const tick = (within: Locator, name: string): Promise<void> => within.getByRole('checkbox', { name }).check();

test('layers of an ArcGIS server are seen, ticked, and imported or kept up to date', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await page.getByRole('tab', { name: 'ArcGIS' }).click();
  const panel = page.getByRole('tabpanel');
  await panel.getByLabel('Address of a service or layer').fill(arcgis.url);
  await panel.getByRole('button', { name: 'Show its layers' }).click();
  await panel.getByRole('alert').filter({ hasText: 'error 499' }).waitFor();
  await panel.getByLabel('Token').fill(token);
  await panel.getByRole('button', { name: 'Show its layers' }).click();
  await panel.getByText('Layers and tables: 3').waitFor();
  await panel.getByText('Points · 12 rows').waitFor();
  await panel.getByText('<img src=x onerror=bitten=1>').waitFor();
  await tick(panel, 'Hydrants');
  await web.picture('source-arcgis');
  await panel.getByRole('button', { name: 'Import 1' }).click();
  await page.getByRole('link', { name: 'hydrants', exact: true }).waitFor();
  assert.deepEqual((await app.sql('select count(*)::int as n from hydrants')).rows, [{ n: 12 }]);
  await page.reload();
  await page.getByRole('listitem').getByText('Hydrants', { exact: true }).waitFor();
  await page.getByRole('tab', { name: 'ArcGIS' }).click();
  await panel.getByLabel('Address of a service or layer').fill(arcgis.url);
  await panel.getByLabel('Token').fill(token);
  await panel.getByRole('button', { name: 'Show its layers' }).click();

  await panel.getByLabel('Find by name').fill('peak');
  await tick(panel, 'All 1');
  await panel.getByLabel('How often').selectOption('Now, then every day');
  await panel.getByRole('button', { name: 'Import 1' }).click();
  await panel.getByText('1 table is kept up to date.').waitFor();
  await panel.getByRole('link', { name: 'Syncs' }).click();
  await page
    .getByRole('row')
    .filter({ hasText: `${arcgis.url}/1` })
    .filter({ hasText: 'every day' })
    .waitFor();
  assert.doesNotMatch(await page.evaluate<string>(kept), /S3CR3T/);
  assert.equal(await page.evaluate('typeof bitten'), 'undefined');
  assert.deepEqual(web.errors, []);
});

test('files of a cloud drive are imported after a sign-in in a window of its own', async () => {
  drive.files.set('1towns', { id: '1towns', name: 'towns.csv', body: 'name,population\nOslo,709037\n' });
  drive.files.set('1other', { id: '1other', name: 'other.csv', body: 'a\n1\n' });
  await using web = await openApp(browser, app);
  const { page } = web;
  await page.getByRole('tab', { name: 'Cloud drive' }).click();
  const google = page.getByRole('region', { name: 'Google Drive' });
  await google.getByRole('button', { name: 'Connect Google Drive' }).click();
  assert.equal(await page.getByRole('region', { name: 'Dropbox' }).count(), 0);
  await google.getByText('Files that can be imported: 2').waitFor();
  await tick(google, 'towns.csv');
  await web.picture('source-drive');
  await google.getByRole('button', { name: 'Import 1' }).click();
  await page.getByRole('link', { name: 'towns', exact: true }).waitFor();
  assert.deepEqual((await app.sql('select population from towns')).rows, [{ population: 709037 }]);
  drive.revokeAll();
  await page.getByRole('tab', { name: 'ArcGIS' }).click();
  await page.getByRole('tab', { name: 'Cloud drive' }).click();
  await google.getByRole('button', { name: 'Connect Google Drive' }).waitFor();
  await page.getByText('Sign out').waitFor();
  assert.deepEqual(web.errors, []);
});

test('a database that does not answer is told, in its own words', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await page.getByRole('tab', { name: 'Database' }).click();
  await page.getByRole('combobox', { name: 'Database' }).selectOption('PostgreSQL');
  await page.getByLabel('Host').fill('127.0.0.1');
  await page.getByLabel('Port').fill('1');
  await page.getByLabel('User').fill('reader');
  await page.getByLabel('Name of the database').fill('shop');
  await page.getByRole('button', { name: 'Show its tables' }).click();
  await page.getByRole('alert').filter({ hasText: 'Error connecting to provider postgres' }).waitFor();
  await web.picture('source-database');
});

test('tables of a database are ticked, its connection kept, its password never in the page', {
  skip: skipPostgres,
}, async () => {
  const { hostname, port, username, password, pathname } = new URL(postgresUrl ?? '');
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query('drop schema if exists shop cascade; create schema shop');
    await client.query("create table shop.orders as select 7 as id, 'bread' as article");
    await using web = await openApp(browser, app);
    const { page } = web;
    await page.getByRole('tab', { name: 'Database' }).click();
    await page.getByRole('combobox', { name: 'Database' }).selectOption('PostgreSQL');
    await page.getByLabel('Host').fill(hostname);
    await page.getByLabel('Port').fill(port === '' ? '5432' : port);
    await page.getByLabel('User').fill(username);
    await page.getByLabel('Password').fill(password === '' ? 'unused-s3cret' : decodeURIComponent(password));
    await page.getByLabel('Name of the database').fill(pathname.slice(1));
    await page.getByLabel('Encryption').selectOption('disable');
    await page.getByLabel('Keep this connection as').fill('the shop');
    await page.getByRole('button', { name: 'Show its tables' }).click();
    const panel = page.getByRole('tabpanel');
    await panel.getByText('Tables and views').waitFor();
    await tick(panel, 'orders');
    await panel.getByRole('button', { name: 'Import 1' }).click();
    await page.getByRole('link', { name: 'orders', exact: true }).waitFor();
    assert.deepEqual((await app.sql('select id, article from orders')).rows, [{ id: 7, article: 'bread' }]);
    assert.doesNotMatch(await page.evaluate<string>(kept), /s3cret/);
    await page.reload();
    await page.getByRole('tab', { name: 'Database' }).click();
    await page.getByRole('combobox', { name: 'Database' }).selectOption('the shop');
    await page.getByRole('button', { name: 'Show its tables' }).click();
    await page.getByRole('checkbox', { name: 'orders' }).waitFor();
    assert.deepEqual(web.errors, []);
  } finally {
    await client.query('drop schema shop cascade');
    await client.end();
  }
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { startTestApp, type TestApp } from '../support/app.ts';
import { zip } from '../support/archives.ts';
import { openApp, startBrowser } from '../support/browser.ts';
import { anyEngine } from '../support/database.ts';
import { startOrigin } from '../support/origin.ts';
import { pointShapefile } from '../support/shapefile.ts';

const parts = pointShapefile([
  { x: 10.75, y: 59.91, name: 'Oslo' },
  { x: 18.06, y: 59.33, name: 'Stockholm' },
  { x: 24.94, y: 60.17, name: 'Helsinki' },
]);
const fileOf = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer });

const stack = new AsyncDisposableStack();
let app: TestApp;
let browser: Browser;
before(async () => {
  app = stack.use(await startTestApp(anyEngine));
  browser = stack.use(await startBrowser()).browser;
});
after(() => stack.disposeAsync());

test('a shapefile is on a map in three clicks', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  const chooser = page.waitForEvent('filechooser');
  await page.getByText('Choose files').click();
  const packed = zip(Object.entries(parts).map(([ending, content]) => ({ name: `capitals.${ending}`, content })));
  // The second click is the one in the system's dialog.
  await (await chooser).setFiles(fileOf('capitals.zip', packed));
  await page.getByRole('link', { name: 'Open the map' }).click();
  await page.getByText('Click a feature to see its row.').waitFor();
  await page.getByRole('cell', { name: 'Stockholm' }).waitFor();
  await sleep(500);
  await web.picture('dataset');
  const map = page.getByRole('region', { name: 'Map', exact: true });
  const box = await map.locator('canvas').boundingBox();
  assert.ok(box !== null);
  // The cities lie from one end of the map to the other; Helsinki is the one in the north-east.
  await page.mouse.click(box.x + box.width - 32, box.y + box.height / 2 - north(box.width));
  await page.locator('.maplibregl-popup').getByText('Helsinki').waitFor();
  assert.deepEqual(web.errors, []);
});

/** How far above the middle of the map Helsinki is, in pixels: the width between the margins is 14.19 degrees. */
function north(width: number): number {
  const mercator = (latitude: number): number =>
    (Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) * 180) / Math.PI;
  const scale = (width - 64) / (24.94 - 10.75);
  return (mercator(60.17) - (mercator(59.33) + mercator(60.17)) / 2) * scale;
}

test('the loose parts of a shapefile and other files are imported together', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await page
    .locator('#files')
    .setInputFiles([
      ...Object.entries(parts).map(([ending, content]) => fileOf(`loose.${ending}`, content)),
      fileOf('prices.csv', Buffer.from('article,price\nbread,2.50\n')),
    ]);
  await page.getByRole('link', { name: 'loose', exact: true }).waitFor();
  await page.getByRole('link', { name: 'prices', exact: true }).waitFor();
  await web.picture('import');
  assert.deepEqual((await app.sql('select name from loose order by 1')).rows[0], { name: 'Helsinki' });
});

test('a file may be dropped on any page', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await web.open('/app/datasets');
  await page.getByRole('heading', { name: 'Datasets' }).waitFor();
  await page.evaluate(`
    const data = new DataTransfer();
    data.items.add(new File(['a,b\\n1,2\\n'], 'dropped.csv'));
    for (const name of ['dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
  `);
  await page.getByRole('link', { name: 'dropped', exact: true }).waitFor();
});

test('the files of a folder are imported, and what the system left there is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-folder-'));
  try {
    await mkdir(join(folder, 'deep'));
    for (const [ending, content] of Object.entries(parts))
      await writeFile(join(folder, 'deep', `ports.${ending}`), content);
    await writeFile(join(folder, 'harbours.csv'), 'name,depth\nHamburg,15\n');
    await writeFile(join(folder, '.DS_Store'), 'x');
    await using web = await openApp(browser, app);
    const { page } = web;
    await page.locator('#folder').setInputFiles(folder);
    await page.getByRole('link', { name: 'ports', exact: true }).waitFor();
    await page.getByRole('link', { name: 'harbours', exact: true }).waitFor();
    assert.equal(await page.getByText('DS_Store').count(), 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a failure says what, where and what to do, and what is left of a list is still done', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  await page
    .locator('#files')
    .setInputFiles([fileOf('nothing.csv', Buffer.from('')), fileOf('something.csv', Buffer.from('a\n1\n'))]);
  await page.getByRole('link', { name: 'something', exact: true }).waitFor();
  const failed = page.getByRole('listitem').filter({ hasText: 'nothing.csv' });
  await failed.getByText('Failed').waitFor();
  await failed.getByText('Empty file.').waitFor();
  assert.match((await failed.textContent()) ?? '', /nothing\.csv has no bytes.*What error 1005 means/s);
  await web.picture('failure');
});

test('an import of an address can be cancelled while it runs', async () => {
  await using origin = await startOrigin();
  await using web = await openApp(browser, app);
  const { page } = web;
  const url = origin.serve('/slow.csv', { body: 'a\n1\n2\n', dripMs: 2_000 });
  await page.getByLabel('Address (URL)').fill(url);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  const card = page.getByRole('listitem').filter({ hasText: 'slow.csv' });
  await card.getByText('Fetching').waitFor();
  await card.getByRole('button', { name: 'Cancel' }).click();
  await card.getByText('Failed').waitFor();
  await card.getByText('What error 6672 means').waitFor();
});

test('a large file goes on where its connection broke', async () => {
  await using web = await openApp(browser, app);
  const { page } = web;
  let sent = 0;
  await page.route('**/api/v1/files/*', (route, request) =>
    request.method() === 'PATCH' && sent++ === 0 ? route.abort('connectionreset') : route.continue(),
  );
  const line = `1,${'x'.repeat(99_996)}\n`;
  await page.locator('#files').setInputFiles(fileOf('large.csv', Buffer.from(`id,words\n${line.repeat(180)}`)));
  await page.getByRole('link', { name: 'large', exact: true }).waitFor({ timeout: 120_000 });
  assert.equal(sent, 2);
  assert.deepEqual((await app.sql('select count(*)::int as n from large')).rows, [{ n: 180 }]);
});

test('an upload whose page was closed goes on from where it was, in the page that is opened next', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-upload-'));
  try {
    const line = `1,${'x'.repeat(99_996)}\n`;
    const path = join(folder, 'resumed.csv');
    await writeFile(path, `id,words\n${line.repeat(250)}`);
    await using web = await openApp(browser, app);
    const { page: first } = web;
    const network = await first.context().newCDPSession(first);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 4_000_000 };
    await network.send('Network.emulateNetworkConditions', slow);
    await first.locator('#files').setInputFiles(path);
    // Some of it has arrived, and not all.
    await first.getByText(/Sent [1-9][0-9.]* MB of /).waitFor();
    await first.close();
    const page = await web.page.context().newPage();
    const offsets: number[] = [];
    page.on('request', (request) => {
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
    });
    await page.goto(app.url);
    await page.locator('#files').setInputFiles(path);
    await page.getByRole('link', { name: 'resumed', exact: true }).waitFor({ timeout: 120_000 });
    assert.ok(offsets.length >= 1 && offsets.every((offset) => offset > 1_000_000), offsets.join());
    assert.deepEqual((await app.sql('select count(*)::int as n from resumed')).rows, [{ n: 250 }]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('an import shows its rows and stages while it runs, in every window', async () => {
  await using origin = await startOrigin();
  await using web = await openApp(browser, app);
  await using other = await openApp(browser, app);
  const body = `n\n${'1\n'.repeat(1_500)}`;
  const url = origin.serve('/steady.csv', { body, dripMs: 1 });
  await web.page.getByLabel('Address (URL)').fill(url);
  await web.page.getByRole('button', { name: 'Import', exact: true }).click();
  for (const { page } of [web, other]) {
    await page.getByRole('listitem').filter({ hasText: 'steady.csv' }).getByRole('progressbar').waitFor();
  }
  for (const { page } of [web, other]) await page.getByRole('link', { name: 'steady', exact: true }).waitFor();
});

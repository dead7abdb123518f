/**
 * Draws the README's picture of the web app, its page of a dataset, from the cities of a running demo:
 *   node scripts/draw-app.ts http://127.0.0.1:8080 KEY docs/images/app.png
 * Needs Chromium (CHROMIUM, else /usr/bin/chromium).
 */
import { chromium } from 'playwright-core';

const [url = '', key = '', picture = ''] = process.argv.slice(2);
if (picture === '') throw new Error('usage: draw-app.ts URL KEY PICTURE');

/** What a busy machine needs to draw a map, in milliseconds. */
const PATIENCE_MS = 60_000;

/** The table of the picture, and what it is made of. */
const TABLE = 'large_cities';
const QUERY = `select name, country_code as country, population, the_geom from cities
  where population > 100000 and the_geom && st_makeenvelope(-12, 35, 32, 62, 4326) order by population desc`;

async function ask(path: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}${path}?api_key=${key}`, init);
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

const begun = await ask('/api/v1/imports', {
  method: 'POST',
  body: new URLSearchParams({ sql: QUERY, table_name: TABLE, collision_strategy: 'overwrite' }),
});
for (let state = ''; state !== 'complete'; ) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  ({ state = '' } = (await ask(`/api/v1/imports/${begun.item_queue_id}`)) as { state?: string });
  if (state === 'failure') throw new Error('the table of the picture could not be made');
}

await using stack = new AsyncDisposableStack();
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = stack.adopt(await chromium.launch({ executablePath, args: ['--no-sandbox'] }), (one) => one.close());
const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, colorScheme: 'light' });
page.setDefaultTimeout(PATIENCE_MS);
await page.goto(url);
await page.getByLabel('API key').fill(key);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByRole('heading', { name: 'Import', exact: true }).waitFor();
await page.goto(`${url}/app/datasets/${TABLE}`);
await page.locator('.grid[aria-busy=false]').waitFor();
await page.getByText('Click a feature to see its row.').waitFor();
await page.locator('.map[data-state=drawn]').waitFor();
await page.waitForLoadState('networkidle');
await page.screenshot({ path: picture });

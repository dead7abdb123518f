import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { TestApp } from './app.ts';

/** Debian's Chromium, or the one that CHROMIUM names. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Where pictures of the tests go; CI keeps them. */
const pictures = join(import.meta.dirname, '../../artifacts/web');

/** What waits for a busy machine, in milliseconds. */
const PATIENCE_MS = 30_000;

/** A page of the web app, signed in; ends with the scope. */
export interface WebPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts, and what the content security policy refused. */
  readonly errors: readonly string[];
  /** Shows a page of the app by its path. */
  open(path: string): Promise<void>;
  /** Keeps a picture of what is seen. */
  picture(name: string): Promise<void>;
}

/** A true browser; ends with the scope. */
export async function startBrowser(): Promise<AsyncDisposable & { readonly browser: Browser }> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  return { browser, [Symbol.asyncDispose]: () => browser.close() };
}

/** Keeps a picture of what a page shows. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

/** Opens the app in a window of its own and signs in. */
export async function openApp(
  browser: Browser,
  app: TestApp,
  look: { readonly width?: number; readonly colorScheme?: 'light' | 'dark' } = {},
): Promise<WebPage> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1280, height: 860 },
    colorScheme: look.colorScheme ?? 'light',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) errors.push(message.text());
  });
  await page.goto(app.url);
  await page.getByLabel('API key').fill(app.key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Import', exact: true }).waitFor();
  return {
    page,
    errors,
    async open(path) {
      await page.goto(app.url + path);
      await page.getByRole('main').waitFor();
    },
    async picture(name) {
      await keepPicture(page, name);
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

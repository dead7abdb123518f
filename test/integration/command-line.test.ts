import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { zip } from '../support/archives.ts';
import { createTestDatabase } from '../support/database.ts';
import { startProgram } from '../support/program.ts';

const root = join(import.meta.dirname, '../..');
const launcher = join(root, 'bin/landfall.js');
/** Makes the launcher believe that it runs on an older Node.js. */
const OLD_NODE = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })",
)}`;

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [status] = await once(child, 'close');
  return { status, out, err };
}

const landfall = (args: readonly string[], env?: Record<string, string>) => run([launcher, ...args], env);

async function freePort(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  assert.ok(typeof address === 'object' && address !== null);
  return String(address.port);
}

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-cli-test-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('help and usage', () => {
  test('--help lists every command, and each has help of its own', async () => {
    const help = await landfall(['--help']);
    assert.equal(help.status, 0);
    for (const command of ['serve', 'worker', 'migrate', 'account', 'import', 'analyze', 'formats', 'demo']) {
      assert.match(help.out, new RegExp(`^  ${command}\\b`, 'm'));
    }
    for (const command of ['serve', 'worker', 'migrate', 'account', 'import', 'analyze', 'formats', 'demo']) {
      const own = await landfall([command, '--help']);
      assert.equal(own.status, 0);
      assert.match(own.out, new RegExp(`^usage: landfall ${command}`));
    }
  });

  test('what is wrong with a command line is told on stderr with status 2', async () => {
    const cases: [string[], RegExp][] = [
      [[], /^$/],
      [['frobnicate'], /there is no command "frobnicate"/],
      [['serve', 'now'], /"now" is one word too many/],
      [['import'], /FILE_OR_URL is missing/],
      [['analyze'], /FILE_OR_URL is missing/],
      [['import', '--recipe', '@/nowhere.json', 'a.csv'], /--recipe: \/nowhere\.json cannot be read/],
      [['import', '--frob', 'a.csv'], /Unknown option '--frob'/],
      [['import', '--privacy', 'secret', 'a.csv'], /--privacy takes private, link, public, not "secret"/],
      [['account', 'drop', 'a'], /"drop" is not something to do with an account/],
      [['account', 'create'], /NAME is missing/],
    ];
    for (const [args, message] of cases) {
      const ended = await landfall(args);
      assert.equal(ended.status, 2, args.join(' '));
      assert.match(ended.err, message);
    }
  });

  test('formats are listed with their extensions', async () => {
    const { status, out } = await landfall(['formats']);
    assert.equal(status, 0);
    assert.match(out, /^csv +.*\.csv/m);
    assert.match(out, /^geojson +.*\.geojson/m);
  });
});

describe('the launcher', () => {
  test('an older Node.js hands over to the runtime that npm installed, and takes its exit status', async () => {
    const ended = await run(['--import', OLD_NODE, launcher, 'frobnicate']);
    assert.equal(ended.status, 2);
    assert.match(ended.err, /there is no command/);
  });

  test('an older Node.js without that runtime says what to do', async () => {
    await cp(launcher, join(folder, 'bin/landfall.js'));
    const ended = await run(['--import', OLD_NODE, join(folder, 'bin/landfall.js'), 'serve']);
    assert.equal(ended.status, 1);
    assert.match(ended.err, /runs on Node\.js 26 or later.*\nRun `npm ci`/);
  });
});

describe('import', () => {
  test('files go to the running server, each with its result, and one that fails sets the status', async () => {
    const good = join(folder, 'good.csv');
    await writeFile(good, 'name,longitude,latitude\nNaples,14.25,40.83\n');
    const empty = join(folder, 'empty.csv');
    await writeFile(empty, '');
    const missing = join(folder, 'missing.csv');
    await using _ = await createTestDatabase('pglite', join(folder, 'served'));
    const env = { DATA_DIR: join(folder, 'served'), PORT: '0', LANDFALL_LOG_LEVEL: 'silent' };
    const server = await startProgram(['serve'], env);
    try {
      const own = { ...env, LANDFALL_BASE_URL: server.url };
      const fine = await landfall(['import', good], own);
      assert.equal(fine.status, 0, fine.err);
      assert.match(fine.out, /^good\.csv: table good, 1 rows?, \d+\.\d s\n$/);

      const looked = await landfall(['analyze', good], own);
      assert.deepEqual([looked.status, looked.err], [0, '']);
      assert.match(
        looked.out,
        /^good \(csv\): 1 row, utf-8, POINT in EPSG:4326\n {2}name +text +\S.*\n {2}longitude +double precision/,
      );
      const typed = await landfall(['import', '--columns', '{"longitude":"text"}', '--header', 'true', good], own);
      assert.match(typed.out, /^good\.csv: table good_1, 1 row/);
      const hollow = await landfall(['analyze', empty], own);
      assert.equal(hollow.status, 1);
      assert.match(hollow.err, /^empty\.csv: Empty file \(error 1005\): /);

      const archive = join(folder, 'pack.zip');
      const files = ['red', 'green', 'blue'].map((name) => ({ name: `${name}.csv`, content: 'a\n1\n2\n' }));
      await writeFile(archive, zip(files));
      const packed = await landfall(['import', '--layers', 'red,blue', archive], own);
      assert.match(
        packed.out,
        /^pack\.zip: table blue, 2 rows\npack\.zip: table red, 2 rows\npack\.zip: 2 tables, 4 rows, \d+\.\d s\n$/,
      );

      const mixed = await landfall(['import', '--json', empty, good, missing], own);
      assert.equal(mixed.status, 1);
      const results = mixed.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        results.map((result) => [result.success, result.error_code ?? null, result.table_name ?? null]),
        [
          [false, 1005, null],
          [true, null, 'good_2'],
          [false, null, null],
        ],
      );
      assert.match(results[2].error, /there is no file/);

      const wrongKey = await landfall(['import', '--api-key', 'wrong', good], own);
      assert.equal(wrongKey.status, 1);
      assert.match(wrongKey.err, /does not know this API key/);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });

  test('where no server answers the import runs in its own process, and a server then has the table', async () => {
    const path = join(folder, 'alone.csv');
    await writeFile(path, 'code\n007\n');
    await using _ = await createTestDatabase('pglite', join(folder, 'alone'));
    const env = { DATA_DIR: join(folder, 'alone'), PORT: await freePort() };
    const alone = await landfall(['import', path], env);
    assert.equal(alone.status, 0, alone.err);
    assert.match(alone.err, /No server answers at http:\/\/127\.0\.0\.1:\d+; importing in this process/);
    assert.match(alone.out, /^alone\.csv: table alone, 1 rows?,/);

    const rotated = await landfall(['account', 'rotate-key', 'demo'], env);
    assert.equal(rotated.status, 0, rotated.err);
    const server = await startProgram(['serve'], { ...env, LANDFALL_LOG_LEVEL: 'silent' });
    try {
      const query = new URLSearchParams({ q: 'select code from alone', api_key: rotated.out.trim() });
      const answer = await fetch(`${server.url}/api/v2/sql?${query}`);
      assert.equal(answer.status, 200);
      assert.match(await answer.text(), /"rows":\[\{"code":"007"\}\]/);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
});

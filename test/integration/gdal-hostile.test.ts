import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { ImportError } from '../../src/errors.ts';
import { openCodeCache } from '../../src/read/code-cache.ts';
import { createReaderPool, type ReaderPool } from '../../src/read/reader-pool.ts';
import { defaultOptions } from '../support/layer-values.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'landfall-gdal-hostile-'));

/** Requests that arrived where hostile files point to. */
let asked = 0;
const canary = createServer((_request, response) => {
  asked++;
  response.end('id\n1\n');
});
let address = '';
let readers: ReaderPool;

before(async () => {
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`;
  readers = createReaderPool({
    root,
    scratch: folder,
    memoryBytes: 512 * 1024 ** 2,
    seconds: 20,
    warm: 0,
    codeCache: openCodeCache(join(folder, 'code')),
    onTrace: () => undefined,
  });
});
after(async () => {
  await readers[Symbol.asyncDispose]();
  canary.close();
  rmSync(folder, { recursive: true });
});

/** Opens a file in a reader process; names of its layers, or the code of the error. */
async function open(name: string, content: string | Buffer | null): Promise<readonly string[] | number> {
  const path = join(folder, name);
  if (content !== null) writeFileSync(path, content);
  const file = { path, name, sizeBytes: statSync(path).size, mediaType: null };
  const options = { ...defaultOptions, layers: null, maxUnpackedBytes: 1 << 30, maxTables: 26 };
  try {
    await using session = await readers.open([file], options, () => undefined, new AbortController().signal);
    const [failed] = session.failed ?? [];
    return session.layers.length === 0 && failed ? failed.error.code : session.layers.map((layer) => layer.name);
  } catch (error) {
    assert.ok(error instanceof ImportError, String(error));
    return error.code;
  }
}

const gml = (members: string, attributes = ''): string =>
  `<?xml version="1.0"?><ogr:FeatureCollection ${attributes} xmlns:xlink="http://www.w3.org/1999/xlink" ` +
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ogr="http://ogr.maptools.org/" ' +
  `xmlns:gml="http://www.opengis.net/gml">${members}</ogr:FeatureCollection>`;

const vrt = (source: string): string =>
  `<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>${source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>`;

describe('files that ask GDAL for more than their own bytes', { timeout: 60_000 }, () => {
  for (const name of ['n.geojson', 'n.csv', 'n.gml', 'n.osm', 'n.vrt', 'n']) {
    test(`a virtual data source named ${name} is refused with 1002`, async () => {
      assert.equal(await open(name, vrt(`/vsicurl/${address}/x.csv`)), 1002);
    });
  }

  test('a virtual raster and a service description are refused with 1002', async () => {
    assert.equal(await open('r.csv', '<!-- a --><VRTDataset rasterXSize="1" rasterYSize="1"/>'), 1002);
    assert.equal(await open('w.gml', `<OGRWFSDataSource><URL>${address}</URL></OGRWFSDataSource>`), 1002);
  });

  test('a file that is only a path is not followed', async () => {
    assert.equal(await open('p.gml', `/vsicurl/${address}/x.gml`), 1002);
    assert.equal(await open('p.tab', '!table\n!version 300\nOpen View "/etc/passwd" As x\n'), 1002);
  });

  test('GML is read without its schema and its links', async () => {
    const members =
      `<gml:featureMember><ogr:a><ogr:geometryProperty xlink:href="${address}/g.gml#x"/><ogr:n>1</ogr:n></ogr:a>` +
      '</gml:featureMember><gml:featureMember><ogr:a><ogr:n xlink:href="file:///etc/passwd">2</ogr:n></ogr:a></gml:featureMember>';
    const attributes = `xsi:schemaLocation="http://ogr.maptools.org/ ${address}/x.xsd"`;
    assert.deepEqual(await open('links.gml', gml(members, attributes)), ['links']);
  });

  test('XML that declares entities is refused with 2001', async () => {
    const entities = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>';
    assert.equal(await open('entities.gml', gml('').replace('?>', `?>${entities}`)), 2001);
    assert.equal(await open('entities.osm', `<?xml version="1.0"?>${entities}<osm version="0.6"/>`), 2001);
  });

  test('a database is read without its views, however long they would run', async () => {
    const path = join(folder, 'views.sqlite');
    const database = new DatabaseSync(path);
    database.exec(`
      create table kept (id integer primary key, name text);
      insert into kept values (7, 'a'), (9007199254740993, 'b');
      create view loads as select load_extension('/tmp/x.so') as x;
      create view endless as with recursive c (x) as (select 1 union all select x + 1 from c) select max(x) as m from c;
      create table geometry_columns (f_table_name text, f_geometry_column text, geometry_type int,
        coord_dimension int, srid int, geometry_format text);
      insert into geometry_columns values ('endless', 'm', 1, 2, 4326, 'WKB');
      create virtual table words using fts5(a)`);
    database.close();
    assert.deepEqual(await open('views.sqlite', null), ['views']);
  });

  test('files that are cut off end with a code', async () => {
    const whole = gml('<gml:featureMember><ogr:a><ogr:n>1</ogr:n></ogr:a></gml:featureMember>');
    assert.equal(await open('cut.gml', whole.slice(0, -40)), 2001);
    assert.equal(await open('cut.osm', '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="1"'), 2001);
    assert.equal(await open('cut.dxf', '  0\nSECTION\n  2\nENTITIES\n  0\nLINE\n'), 2001);
    assert.equal(await open('cut.pbf', Buffer.from('\0\0\0\x0d\n\tOSMHeader\x18\x7f', 'latin1')), 2001);
    assert.equal(await open('cut.sqlite', Buffer.from('SQLite format 3\0\x10\0')), 2001);
  });

  test('a damaged raster ends with 2001, a picture with 1002', async () => {
    assert.equal(await open('r.tif', Buffer.from('II*\0\x08\0\0\0\0\0')), 2001);
    assert.equal(await open('r.csv', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')), 1002);
  });

  test('nothing of all this asked anybody', () => assert.equal(asked, 0));
});

test('the permission model holds inside WebAssembly: a folder that is not lent cannot be mounted or read', () => {
  const script = `
    import { startModule } from ${JSON.stringify(join(root, 'src/formats/gdal/emscripten.ts'))};
    const { FS, NODEFS } = await startModule(() => {});
    const attempt = (name, run) => { try { run(); console.log(name, 'done'); } catch { console.log(name, 'denied'); } };
    FS.mkdir('/lent'); FS.mkdir('/host');
    attempt('lent', () => { FS.mount(NODEFS, { root: ${JSON.stringify(folder)} }, '/lent'); FS.readdir('/lent'); });
    attempt('host', () => { FS.mount(NODEFS, { root: '/etc' }, '/host'); FS.readFile('/host/passwd'); });
    attempt('climb', () => { FS.readFile('/lent/../../../../../../etc/passwd'); });`;
  const node = [
    '--permission',
    `--allow-fs-read=${join(root, 'src')}`,
    `--allow-fs-read=${join(root, 'node_modules')}`,
    `--allow-fs-read=${join(root, 'package.json')}`,
    `--allow-fs-read=${folder}`,
    `--allow-fs-write=${folder}`,
    '--input-type=module',
    '--eval',
    script,
  ];
  const said = execFileSync(process.execPath, node, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  assert.equal(said, 'lent done\nhost denied\nclimb denied\n');
});

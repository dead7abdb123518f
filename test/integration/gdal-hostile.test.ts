import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { openCodeCache } from '../../src/read/code-cache.ts';
import { createReaderPool, type ReaderPool } from '../../src/read/reader-pool.ts';
import type { ReaderSession } from '../../src/read/reader-session.ts';
import { zip } from '../support/archives.ts';
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
    seconds: 40,
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

/** What became of a file: the names of its layers, or the code of its error. */
type Outcome = readonly string[] | number;

/** Opens a file in a reader process. */
function openOne(path: string): Promise<ReaderSession> {
  const file = { path, name: basename(path), sizeBytes: statSync(path).size, mediaType: null };
  const options = { ...defaultOptions, layers: null, maxUnpackedBytes: 1 << 30, maxTables: 26 };
  return readers.open([file], options, () => undefined, new AbortController().signal);
}

/** Opens files in one reader process, whose start costs most of it: from an archive with a file that can be read. */
async function open(files: Readonly<Record<string, string | Buffer>>): Promise<Readonly<Record<string, Outcome>>> {
  const path = join(folder, 'files.zip');
  const entries = Object.entries(files).map(([name, content]) => ({ name, content }));
  writeFileSync(path, zip([...entries, { name: 'good.csv', content: 'id\n1\n' }]));
  await using session = await openOne(path);
  const read = Map.groupBy(session.layers, (layer) => layer.file ?? '');
  const outcomes = Object.fromEntries<Outcome>([
    ...[...read].map(([name, layers]) => [name, layers.map((layer) => layer.name)] as const),
    ...(session.failed ?? []).map(({ name, error }) => [name, error.code] as const),
  ]);
  assert.deepEqual(Object.keys(outcomes).sort(), [...Object.keys(files), 'good.csv'].sort());
  return outcomes;
}

const gml = (members: string, attributes = ''): string =>
  `<?xml version="1.0"?><ogr:FeatureCollection ${attributes} xmlns:xlink="http://www.w3.org/1999/xlink" ` +
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ogr="http://ogr.maptools.org/" ' +
  `xmlns:gml="http://www.opengis.net/gml">${members}</ogr:FeatureCollection>`;

const vrt = (source: string): string =>
  `<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>${source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>`;

const virtual = ['a.geojson', 'b.csv', 'c.gml', 'd.osm', 'e.vrt', 'f'];
const entities = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>';

/** Files of text and of bytes, all of which one reader opens. */
const hostile = (): Readonly<Record<string, string | Buffer>> => ({
  ...Object.fromEntries(virtual.map((name) => [name, vrt(`/vsicurl/${address}/x.csv`)])),
  'raster.csv': '<!-- a --><VRTDataset rasterXSize="1" rasterYSize="1"/>',
  'service.gml': `<OGRWFSDataSource><URL>${address}</URL></OGRWFSDataSource>`,
  'path.gml': `/vsicurl/${address}/x.gml`,
  'view.tab': '!table\n!version 300\nOpen View "/etc/passwd" As x\n',
  'links.gml': gml(
    `<gml:featureMember><ogr:a><ogr:geometryProperty xlink:href="${address}/g.gml#x"/><ogr:n>1</ogr:n></ogr:a>` +
      '</gml:featureMember><gml:featureMember><ogr:a><ogr:n xlink:href="file:///etc/passwd">2</ogr:n></ogr:a></gml:featureMember>',
    `xsi:schemaLocation="http://ogr.maptools.org/ ${address}/x.xsd"`,
  ),
  'entities.gml': gml('').replace('?>', `?>${entities}`),
  'entities.osm': `<?xml version="1.0"?>${entities}<osm version="0.6"/>`,
  'cut.gml': gml('<gml:featureMember><ogr:a><ogr:n>1</ogr:n></ogr:a></gml:featureMember>').slice(0, -40),
  'cut.osm': '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="1"',
  'cut.dxf': '  0\nSECTION\n  2\nENTITIES\n  0\nLINE\n',
  'cut.pbf': Buffer.from('\0\0\0\x0d\n\tOSMHeader\x18\x7f', 'latin1'),
  'cut.sqlite': Buffer.from('SQLite format 3\0\x10\0'),
  'cut.tif': Buffer.from('II*\0\x08\0\0\0\0\0'),
});

describe('files that ask GDAL for more than their own bytes', { timeout: 60_000 }, () => {
  let outcomes: Readonly<Record<string, Outcome>>;
  before(async () => {
    outcomes = await open(hostile());
  });

  const all = (names: readonly string[], outcome: Outcome): void => {
    for (const name of names) assert.deepEqual(outcomes[name], outcome, name);
  };

  test('a virtual data source is refused with 1002, whatever it is called', () => all(virtual, 1002));

  test('a virtual raster and a service description are refused with 1002', () =>
    all(['raster.csv', 'service.gml'], 1002));

  test('a file that is only a path is not followed', () => all(['path.gml', 'view.tab'], 1002));

  test('GML is read without its schema and its links', () => all(['links.gml'], ['links']));

  test('XML that declares entities is refused with 2001', () => all(['entities.gml', 'entities.osm'], 2001));

  test('files that are cut off end with 2001', () =>
    all(['cut.gml', 'cut.osm', 'cut.dxf', 'cut.pbf', 'cut.sqlite', 'cut.tif'], 2001));

  test('a picture that is called a table ends with 1002', async () => {
    const path = join(folder, 'picture.csv');
    writeFileSync(path, Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    await assert.rejects(openOne(path), { code: 1002 });
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
    await using session = await openOne(path);
    assert.deepEqual(
      session.layers.map(({ name }) => name),
      ['views'],
    );
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

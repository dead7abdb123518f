import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { groupFiles } from './group.ts';

const placed = (path: string) => ({
  path,
  file: { path: `/scratch/${path}`, name: path.slice(path.lastIndexOf('/') + 1), sizeBytes: 1, mediaType: null },
});

/** `path + companions` of every source. */
const grouped = (...paths: readonly string[]): readonly string[] =>
  groupFiles(paths.map(placed)).map(({ path, file }) => [path, ...[...file.companions.keys()].toSorted()].join(' '));

test('a shapefile is one source with its parts, whatever the case of their names', () => {
  assert.deepEqual(grouped('A.DBF', 'a.shx', 'a.SHP', 'a.shp.xml', 'a.prj'), ['a.SHP .dbf .prj .shp.xml .shx']);
});

test('files of other names and other folders stay apart', () => {
  assert.deepEqual(grouped('a.shp', 'a.dbf', 'b.dbf', 'd/a.shp', 'd/a.dbf', 'a.csv', 'a.geojson'), [
    'a.csv',
    'a.geojson',
    'a.shp .dbf',
    'b.dbf',
    'd/a.shp .dbf',
  ]);
});

test('a shapefile that was packed with a folder for each kind of file is put together', () => {
  assert.deepEqual(grouped('shp/a.shp', 'dbf/a.dbf', 'prj/a.prj', 'dbf/b.dbf'), ['dbf/b.dbf', 'shp/a.shp .dbf .prj']);
});

test('a table alone, and a part alone, are sources of their own', () => {
  assert.deepEqual(grouped('a.dbf', 'a.cpg', 'b.shx', 'c.prj'), ['a.dbf .cpg', 'b.shx', 'c.prj']);
});

test('MapInfo, GML and pictures with coordinates keep what belongs to them', () => {
  assert.deepEqual(
    grouped(
      'a.tab',
      'a.DAT',
      'a.map',
      'a.id',
      'b.mif',
      'b.mid',
      'c.gml',
      'c.xsd',
      'd.tif',
      'd.tfw',
      'd.tif.aux.xml',
      'e.png',
      'e.png.aux.xml',
      'f.asc',
      'f.asc.aux.xml',
    ),
    [
      'a.tab .dat .id .map',
      'b.mif .mid',
      'c.gml .xsd',
      'd.tif .tfw .tif.aux.xml',
      'e.png .png.aux.xml',
      'f.asc .asc.aux.xml',
    ],
  );
});

test('a folder NAME.gdb is one source with all its files by name', () => {
  const [source, ...others] = groupFiles(
    ['x/Data.gdb/gdb', 'x/Data.gdb/a00000001.gdbtable', 'x/Data.gdb/A2.atx'].map(placed),
  );
  assert.equal(source?.path, 'x/Data.gdb');
  assert.equal(source.file.name, 'Data.gdb');
  assert.equal(source.file.path, '/scratch/x/Data.gdb/a00000001.gdbtable');
  assert.deepEqual([...source.file.companions.keys()], ['a00000001.gdbtable', 'a2.atx', 'gdb']);
  assert.equal(source.file.sizeBytes, 3);
  assert.deepEqual(others, []);
});

test('a geodatabase is told by its files where its folder is called otherwise or was not packed', () => {
  const inside = ['a00000001.gdbtable', 'a00000001.TablesByName.atx', 'gdb', 'timestamps'];
  const [note, whole, ...others] = groupFiles([...inside, 'note.csv'].map(placed), 'roads');
  assert.deepEqual([whole?.path, whole?.file.name, whole?.file.companions.size], ['roads', 'roads.gdb', 4]);
  assert.deepEqual([note?.path, others.length], ['note.csv', 0]);
  const [base] = groupFiles(inside.map((name) => placed(`x/base/${name}`)));
  assert.deepEqual([base?.path, base?.file.companions.size], ['x/base', 4]);
});

test('the order is that of the names, numbers by their value, however they came', () => {
  assert.deepEqual(grouped('12.csv', '2.csv', '1.csv'), ['1.csv', '2.csv', '12.csv']);
  const names = fc.uniqueArray(fc.stringMatching(/^(d\/)?[ab1]{1,2}\.(shp|dbf|shx|csv|tab|dat)$/), { maxLength: 10 });
  fc.assert(
    fc.property(names, fc.infiniteStream(fc.nat(1000)), (paths, random) => {
      const shuffled = paths.map((path) => [random.next().value ?? 0, path] as const).toSorted(([a], [b]) => a - b);
      assert.deepEqual(grouped(...shuffled.map(([, path]) => path)), grouped(...paths));
    }),
    { seed: 7 },
  );
});

test('every file is in one source, as itself or as a companion', () => {
  const paths = fc.uniqueArray(fc.stringMatching(/^(d\/)?[ab]\.(shp|dbf|shx|prj|csv|tab|dat|mif|mid)$/));
  fc.assert(
    fc.property(paths, (all) => {
      const sources = groupFiles(all.map(placed));
      const found = sources.flatMap(({ file }) => [
        file.path,
        ...[...file.companions.values()].map(({ path }) => path),
      ]);
      assert.deepEqual(found.toSorted(), all.map((path) => `/scratch/${path}`).toSorted());
    }),
    { seed: 7 },
  );
});

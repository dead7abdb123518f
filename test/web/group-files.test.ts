import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupPaths } from '../../web/src/group-files.ts';

const told = (paths: readonly string[]): readonly string[] =>
  groupPaths(paths).map(({ name, members }) => `${name}: ${members.map(({ path }) => path).join(' ')}`);

test('files of one name that are nothing without each other go together, and others alone', () => {
  const paths = ['Roads.SHP', 'towns.csv', 'roads.dbf', 'roads.shx', 'roads.prj', 'roads.shp.xml', 'roads.csv'];
  assert.deepEqual(told(paths), [
    'Roads.zip: Roads.SHP roads.dbf roads.shx roads.prj roads.shp.xml',
    'towns.csv: towns.csv',
    'roads.csv: roads.csv',
  ]);
  assert.deepEqual(told(['a.tab', 'a.dat', 'a.map', 'a.id', 'b.tab', 'c.dat']), [
    'a.zip: a.tab a.dat a.map a.id',
    'b.tab: b.tab',
    'c.dat: c.dat',
  ]);
  assert.deepEqual(told(['x.mif', 'x.mid', 'h.tif', 'h.tfw', 'h.tif.aux.xml', 'h.prj', 'table.dbf']), [
    'x.zip: x.mif x.mid',
    'h.zip: h.tif h.tfw h.tif.aux.xml h.prj',
    'table.dbf: table.dbf',
  ]);
});

test('files of one name in two folders stay apart, a geodatabase is its folder, and what systems leave is left', () => {
  const paths = ['d/a/x.shp', 'd/a/x.dbf', 'd/b/x.shp', 'd/b/x.dbf', 'd/.DS_Store', 'd/Thumbs.db', '__MACOSX/d/._x'];
  assert.deepEqual(told(paths), ['x.zip: x.shp x.dbf', 'x.zip: x.shp x.dbf']);
  assert.deepEqual(told(['d/City.gdb/a01.gdbtable', 'd/readme.txt', 'd/City.gdb/deep/gdb']), [
    'City.gdb.zip: City.gdb/a01.gdbtable City.gdb/deep/gdb',
    'readme.txt: readme.txt',
  ]);
  assert.deepEqual(told(['.env']), ['.env: .env']);
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type ImportView, startTestApp, type TestApp } from '../support/app.ts';
import { made, rar4, rar5, tar, zip } from '../support/archives.ts';
import { oneEngine } from '../support/database.ts';

interface TableView {
  readonly name: string;
  readonly id: string;
  readonly rows: number;
  readonly geometry_type: string | null;
  readonly layer: string;
  readonly warnings: Record<string, unknown> | null;
}

const tablesOf = (shown: ImportView): readonly TableView[] => (shown.tables ?? []) as readonly TableView[];
const names = (shown: ImportView): readonly string[] => tablesOf(shown).map(({ name }) => name);
const csv = 'id,name\n1,a\n2,b\n';
const points = 'longitude,latitude\n1,2\n3,4\n5,6\n';
const broken = '{"type":"FeatureCollection","features":[{"type":"Feature",';
/** More than is looked at before a file is loaded, with an end that is missing. */
const brokenLate = `{"type":"FeatureCollection","features":[${'{"type":"Feature","properties":{"a":1},"geometry":null},'.repeat(90_000)}`;

for (const engine of oneEngine) {
  describe(`archives on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine, { LANDFALL_MAX_TABLES_PER_IMPORT: '4' });
    });
    after(() => app[Symbol.asyncDispose]());

    test('every file of an archive becomes a table, all of them listed', async () => {
      const shown = await app.importFile(
        'pack.zip',
        zip([
          { name: 'places/second 10.csv', content: points },
          { name: 'places/second 9.csv', content: csv },
          { name: '__MACOSX/._x.csv', content: 'x' },
        ]),
      );
      assert.equal(shown.state, 'complete', JSON.stringify(shown.get_error_text));
      assert.deepEqual([shown.error_code, shown.warnings, shown.tables_created_count], [null, null, 2]);
      const [first, last] = tablesOf(shown);
      assert.deepEqual(
        { ...first, id: '' },
        {
          name: 'second_9',
          id: '',
          rows: 2,
          geometry_type: null,
          layer: 'second 9',
          warnings: null,
          changes: { inserted: 2, updated: 0, deleted: 0, unchanged: 0 },
        },
      );
      assert.deepEqual([last?.name, last?.rows, last?.geometry_type], ['second_10', 3, 'POINT']);
      assert.deepEqual([shown.table_name, shown.table_id], [last?.name, last?.id]);
      const { rows } = await app.sql(
        'select count(*)::int as n from second_9 union all select count(*)::int from second_10',
      );
      assert.deepEqual(
        rows.map(({ n }) => n),
        [2, 3],
      );
    });

    const packed: readonly (readonly [string, Buffer, string])[] = [
      ['one.csv.gz', gzipSync(csv), 'one'],
      ['two.csv.zst', zstdCompressSync(csv), 'two'],
      ['three.csv.xz', made.xz, 'three'],
      ['four.csv.bz2', made.bzip2, 'four'],
      ['x.tgz', gzipSync(tar([{ name: './five.csv', content: csv }])), 'five'],
      ['x.rar', rar4([{ name: 'six.csv', content: csv }]), 'six'],
      ['y.rar', rar5([{ name: 'seven.csv', content: csv }]), 'seven'],
      ['x.7z', made.sevenZip, 'a b'],
      ['x.zip', zip([{ name: 'y.zip', content: zip([{ name: 'eight.csv', content: csv }]) }]), 'eight'],
      ['nine', zip([{ name: 'nine.csv', content: csv }]), 'nine'],
    ];
    for (const [name, bytes, tables] of packed) {
      test(`${name} is read in the reader process`, async () => {
        const shown = await app.importFile(name, bytes);
        assert.equal(shown.state, 'complete', JSON.stringify(shown.get_error_text));
        assert.equal(names(shown).join(' '), tables);
      });
    }

    test('the document of a KMZ is called after the KMZ', async () => {
      const kml =
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>p</name><Point><coordinates>1,2</coordinates></Point></Placemark></Document></kml>';
      const shown = await app.importFile('My Places.kmz', zip([{ name: 'doc.kml', content: kml }]));
      assert.deepEqual(names(shown), ['my_places'], JSON.stringify(shown.get_error_text));
    });

    test('a bad file leaves the good ones alone, and is told', async () => {
      for (const [name, content] of [
        ['early', broken],
        ['late', brokenLate],
      ] as const) {
        const shown = await app.importFile(
          `${name}.zip`,
          zip([
            { name: `${name}_1.geojson`, content },
            { name: `${name}_2.csv`, content: csv },
            { name: 'photo.png', content: Buffer.from('89504e470d0a1a0a', 'hex') },
          ]),
        );
        assert.deepEqual([shown.state, shown.success, shown.error_code], ['complete', true, 3007]);
        assert.deepEqual(names(shown), [`${name}_2`]);
        assert.equal(shown.tables_created_count, 1);
        const failed = shown.warnings?.failed_files as { name: string; error_code: number; text: string }[];
        assert.equal(failed.length, 1);
        assert.match(failed[0]?.name ?? '', new RegExp(`^${name}_1`));
        assert.deepEqual([failed[0]?.error_code, failed[0]?.text], [3007, shown.get_error_text?.what_about]);
        const skipped = shown.warnings?.skipped_files as { name: string }[];
        assert.deepEqual(
          skipped.map((one) => one.name),
          ['photo.png'],
        );
      }
    });

    test('where every file is bad the import fails as the first did, and leaves nothing', async () => {
      const files = [
        { name: 'a.csv', content: '' },
        { name: 'b.geojson', content: broken },
      ];
      const shown = await app.importFile('bad.zip', zip(files));
      assert.deepEqual(
        [shown.state, shown.error_code, shown.tables, shown.tables_created_count],
        ['failure', 1005, null, null],
      );
    });

    test('an archive with nothing to import says what it holds', async () => {
      const shown = await app.importFile('photos.zip', zip([{ name: 'd/photo.jpg', content: '\xff\xd8\xff' }]));
      assert.deepEqual([shown.state, shown.error_code], ['failure', 1002]);
      assert.match(shown.get_error_text?.what_about ?? '', /photo\.jpg/);
      const empty = await app.importFile('empty.zip', zip([]));
      assert.deepEqual([empty.state, empty.error_code], ['failure', 1005]);
      const photo = await app.importFile('photo.zip', zip([{ name: 'd/photo.jpg', content: '' }]));
      assert.deepEqual([photo.state, photo.error_code], ['failure', 1002]);
      for (const name of ['nothing.gz', 'nothing.csv.gz']) {
        const nothing = await app.importFile(name, gzipSync(''));
        assert.deepEqual([nothing.state, nothing.error_code], ['failure', 1005]);
      }
    });

    test('bombs, attacks and passwords end with their codes', async () => {
      const bomb = await app.importFile('bomb.zip', zip([{ name: 'a.csv', content: Buffer.alloc(30_000_000) }]));
      const attack = await app.importFile('attack.zip', zip([{ name: '../a.csv', content: csv }]));
      const locked = await app.importFile('locked.7z', made.sevenZipLocked);
      const none = await app.importFile('none.zip', 'id\n1\n');
      assert.deepEqual(
        [bomb, attack, locked, none].map(({ state, error_code }) => `${state} ${error_code}`),
        ['failure 1003', 'failure 1003', 'failure 1018', 'failure 1003'],
      );
    });

    test('layers chooses by name, and an unknown name is told with the names there are', async () => {
      const archive = zip(['red', 'green', 'blue'].map((name) => ({ name: `${name}.csv`, content: csv })));
      const chosen = await app.importFile('colours.zip', archive, { layers: 'Blue, red' });
      assert.deepEqual(names(chosen), ['blue', 'red']);
      const unknown = await app.importFile('colours.zip', archive, { layers: 'red,yellow' });
      assert.deepEqual([unknown.state, unknown.error_code], ['failure', 1002]);
      assert.match(unknown.get_error_text?.what_about ?? '', /no layer "yellow".*blue, green, red/);
    });

    test('tables beyond the limit are left out with a warning', async () => {
      const files = Array.from({ length: 6 }, (_, number) => ({ name: `many ${number}.csv`, content: csv }));
      const shown = await app.importFile('many.zip', zip(files));
      assert.deepEqual([shown.state, shown.error_code, shown.warnings?.max_tables_per_import], ['complete', null, 4]);
      assert.deepEqual(names(shown), ['many_0', 'many_1', 'many_2', 'many_3']);
    });

    test('skip looks at each table, overwrite replaces each', async () => {
      const archive = (...all: readonly string[]) => zip(all.map((name) => ({ name: `${name}.csv`, content: csv })));
      await app.importFile('s.zip', archive('kept'));
      const skipped = await app.importFile('kept.zip', archive('kept', 'added'), { collision_strategy: 'skip' });
      assert.deepEqual([names(skipped), skipped.error_code], [['added'], null]);
      const all = await app.importFile('s.zip', archive('kept', 'added'), { collision_strategy: 'skip' });
      assert.deepEqual([all.state, all.error_code, all.tables_created_count, all.tables], ['complete', 1022, 0, []]);
      const again = await app.importFile('s.zip', archive('kept', 'added'), { collision_strategy: 'overwrite' });
      assert.deepEqual(names(again), ['added', 'kept']);
    });

    test('a layer that the table it should replace cannot take leaves the others alone', async () => {
      await app.importFile('wide.csv', 'id,name,more\n1,a,b\n');
      const lines = Array.from({ length: 200_000 }, (_, row) => `${row},name of ${row}\n`).join('');
      const files = [
        { name: 'wide.csv', content: `id,name\n${lines}` },
        { name: 'zebra.csv', content: csv },
      ];
      const shown = await app.importFile('overwrite.zip', zip(files), { collision_strategy: 'overwrite' });
      assert.deepEqual([shown.state, shown.error_code, names(shown)], ['complete', 2012, ['zebra']]);
    });
  });
}

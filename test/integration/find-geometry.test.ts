import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';

for (const engine of oneEngine) {
  describe(`finding geometry on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
    });
    after(() => app[Symbol.asyncDispose]());

    const rowsOf = async (file: string, text: string, parameters: Record<string, string> = {}) => {
      const done = await app.importFile(file, text, parameters);
      assert.equal(done.state, 'complete', JSON.stringify(done.get_error_text));
      const columns = 'st_x(the_geom) as x, st_y(the_geom) as y, st_srid(the_geom_webmercator) as srid';
      const { rows } = await app.sql(`select *, ${columns} from ${done.table_name} order by cartodb_id`);
      return { rows, warnings: done.warnings };
    };

    test('UTM coordinates of every zone are where PostGIS puts them, to a billionth of a degree', async () => {
      // Three places in each zone and hemisphere: at its middle, at its edge and beyond it.
      const { rows } = await app.sql(`
        select zone, letter, st_x(p) as lon, st_y(p) as lat,
          st_x(st_transform(p, code)) as e, st_y(st_transform(p, code)) as n
        from (select zone, letter, case letter when 'N' then 32600 else 32700 end + zone as code,
            st_setsrid(st_makepoint(zone * 6 - 183 + d, (case letter when 'N' then 1 else -1 end) * (1 + mod(zone * 7, 80))), 4326) as p
          from generate_series(1, 60) zone, (values ('N'), ('S')) l (letter), (values (0.0), (2.999), (-3.6)) o (d)) places`);
      assert.equal(rows.length, 360);
      const csv = rows.map(({ zone, letter, e, n }) => `${zone}${letter},${e},${n}`).join('\n');
      const found = await rowsOf('utm.csv', `zone,easting,northing\n${csv}\n`);
      found.rows.forEach(({ x, y, srid }, i) => {
        const { lon, lat, zone } = rows[i] ?? {};
        // What lies beyond ±180 is on the other side; PostGIS was given it as it stands.
        assert.ok(Math.abs(Number(x) - Number(lon)) < 1e-9 || x === null, `zone ${zone}: ${x} is not ${lon}`);
        assert.ok(Math.abs(Number(y) - Number(lat)) < 1e-9 || y === null, `zone ${zone}: ${y} is not ${lat}`);
        assert.ok(x !== null || Math.abs(Number(lon)) > 180);
        assert.equal(srid, x === null ? null : 3857);
      });
    });

    test('degrees, minutes and seconds become points, and their columns stay as they were', async () => {
      const { rows } = await rowsOf('dms.csv', 'Lat,Lon,n\n"41°24\'12.2""N","2°10\'26.5""E",1\n,,2\n');
      const [first, second] = rows;
      assert.deepEqual([first?.lat, first?.lon, first?.n], ['41°24\'12.2"N', '2°10\'26.5"E', 1]);
      assert.ok(Math.abs(Number(first?.x) - 2.174027777) < 1e-8 && Math.abs(Number(first?.y) - 41.403388888) < 1e-8);
      assert.equal(second?.x, null);
    });

    test('a column of two coordinates becomes points, and says how it was read', async () => {
      const { rows, warnings } = await rowsOf(
        'socrata.csv',
        'name,Location\na,"1 Main St\nSan Francisco, CA\n(37.7749, -122.4194)"\nb,\n',
      );
      assert.deepEqual([rows[0]?.x, rows[0]?.y, rows[1]?.x], [-122.4194, 37.7749, null]);
      assert.deepEqual(warnings?.coordinate_order, {
        column: 'Location',
        order: 'latitude, longitude',
        reason: 'values',
      });
    });

    test('x and y in a system that the request names are transformed', async () => {
      const { rows } = await rowsOf('xy.csv', 'x,y\n430000,4580000\n', { source_srid: '25831' });
      assert.ok(Math.abs(Number(rows[0]?.x) - 2.163) < 0.001 && rows[0]?.srid === 3857);
      assert.deepEqual([rows[0]?.x !== 430000], [true]);
    });
  });
}

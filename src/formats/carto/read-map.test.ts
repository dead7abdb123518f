import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { paintOfRules } from './paint-of-rules.ts';
import { readCartoMap } from './read-map.ts';
import { readStyleSheet, StyleSheetBroken } from './style-sheet.ts';

const paint = (css: string, geometry: 'point' | 'line' | 'polygon') => paintOfRules(readStyleSheet(css), geometry);

test('one colour for each kind of geometry is told apart by conditions, in both spellings', () => {
  const css = `#layer['mapnik::geometry_type'=1] { marker-width: 7; marker-fill: #FFB927; marker-fill-opacity: 0.9; }
    #layer['mapnik::geometry_type'=2] { line-color: #3EBCAE; line-width: 1.5; }
    #layer['mapnik::geometry_type'=3] { polygon-fill: rgb(55, 76, 112); polygon-opacity: 0.9; line-width: 1; line-color: #FFF; }`;
  assert.deepEqual(paint(css, 'point'), { kind: 'simple', color: '#ffb927', opacity: 0.9, radius: 3.5 });
  assert.deepEqual(paint(css, 'line'), { kind: 'simple', color: '#3ebcae', width: 1.5 });
  assert.deepEqual(paint(css, 'polygon'), { kind: 'simple', color: '#374c70', opacity: 0.9, width: 1 });
  const nested = '#t { // points\n [mapnik-geometry-type=point] { marker-fill: #F60; marker-width: 12; } }';
  assert.deepEqual(paint(nested, 'point'), { kind: 'simple', color: '#ff6600', radius: 6 });
});

test('conditions on a value become categories, those on limits classes or sizes', () => {
  const categories =
    '/** category */ #t { polygon-opacity: 0.7; }\n#t[amount="1"] { polygon-fill: #A6CEE3; }\n#t[amount="2"] { polygon-fill: #1F78B4; }';
  assert.deepEqual(paint(categories, 'polygon'), {
    kind: 'categories',
    opacity: 0.7,
    column: 'amount',
    stops: [
      { value: '1', color: '#a6cee3' },
      { value: '2', color: '#1f78b4' },
    ],
  });
  const classes =
    '#t { polygon-fill: #FFFFB2; }\n#t [ pop <= 30] { polygon-fill: #B10026; }\n#t [ pop <= 10] { polygon-fill: #FFFFB2; }';
  assert.deepEqual(paint(classes, 'polygon'), {
    kind: 'quantiles',
    color: '#ffffb2',
    column: 'pop',
    stops: [
      { from: 0, to: 10, color: '#ffffb2' },
      { from: 10, to: 30, color: '#b10026' },
    ],
  });
  const sizes =
    '#t { marker-fill: #000; }\n#t [pop <= 30] { marker-width: 20.0; }\n#t [pop <= 10] { marker-width: 8; }';
  assert.deepEqual(paint(sizes, 'point'), {
    kind: 'bubbles',
    color: '#000000',
    column: 'pop',
    stops: [
      { value: 10, radius: 4 },
      { value: 30, radius: 10 },
    ],
  });
});

test('styles that are computed of the data, or mix columns, are told to be none of ours', () => {
  assert.equal(paint('#t { marker-fill: ramp([pop], (#000, #fff), quantiles(5)); }', 'point'), null);
  assert.equal(paint('#t[a=1] { marker-fill: #000; } #t[b=2] { marker-fill: #fff; }', 'point'), null);
  assert.equal(paint('#t { line-color: #000; }', 'point'), null);
});

test('a map is read with its layers, view and words, and without what is not there', () => {
  const css = '#t { marker-fill: #ff0000; }';
  const visualization = {
    name: 'Two <b>layers</b>',
    description: null,
    tags: ['a', 7],
    privacy: 'PUBLIC',
    map: { center: '[40.5,-3.7]', zoom: 6, legends: true },
    layers: [
      { kind: 'tiled', options: {} },
      {
        kind: 'carto',
        options: { source: 'a0', tile_style: css, table_name_alias: 'Fires' },
        infowindow: { fields: [{ name: 'area' }] },
      },
      { kind: 'carto', options: { query: 'select * from me.roads limit 5', visible: false } },
    ],
    analyses: [{ analysis_definition: { id: 'a0', options: { table_name: 'fires' } } }],
  };
  const none = { point: null, line: null, polygon: null };
  assert.deepEqual(readCartoMap(JSON.stringify({ version: '2.0.8', visualization })), {
    name: 'Two <b>layers</b>',
    description: '',
    tags: ['a'],
    privacy: 'public',
    hasLegend: true,
    center: [-3.7, 40.5],
    zoom: 5,
    layers: [
      {
        table: 'fires',
        title: 'Fires',
        isVisible: true,
        paints: { ...none, point: { kind: 'simple', color: '#ff0000' } },
        popup: ['area'],
      },
      { table: 'roads', title: null, isVisible: false, paints: none, popup: null },
    ],
  });
});

test('whatever a file holds, it is read as a map, or as none', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.equal(readCartoMap(text), null);
      const layers = JSON.stringify([{ kind: 'carto', options: JSON.parse(text) }, JSON.parse(text)]);
      assert.ok(readCartoMap(`{"visualization":{"layers":${layers},"map":${text},"analyses":${text},"tags":${text}}}`));
    }),
    { seed: 32, numRuns: 200 },
  );
  const pieces = fc.constantFrom(
    '#t',
    '{',
    '}',
    ';',
    '[a=1]',
    '[b<="x"]',
    "'",
    '"',
    'marker-fill:',
    '#fff',
    '/*',
    '*/',
    '//',
    ',',
    '::x',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      try {
        const rules = readStyleSheet(parts.join(''));
        for (const geometry of ['point', 'line', 'polygon'] as const) paintOfRules(rules, geometry);
      } catch (error) {
        assert.ok(error instanceof StyleSheetBroken);
      }
    }),
    { seed: 32, numRuns: 500 },
  );
});

test('a style of 200,000 characters without sense takes no time', () => {
  const started = performance.now();
  for (const piece of ['"', '[', '{', 'a:', '/*', '[a<="', ' ', ',']) {
    assert.throws(() => readStyleSheet(`#t {${piece.repeat(190_000 / piece.length)}`), StyleSheetBroken, piece);
  }
  assert.ok(performance.now() - started < 2_000);
});

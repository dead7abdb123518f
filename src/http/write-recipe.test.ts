import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayerAnalysis } from '../domain/analysis.ts';
import { toOptions } from './import-parameters.ts';
import { parseForm, parseJson } from './parameters.ts';
import { WireError } from './wire-error.ts';
import { writeRecipe } from './write-recipe.ts';

const column = (name: string, source: string, type: 'bigint' | 'text' | 'date') => ({
  name,
  source,
  type,
  reason: 'because',
  counterExample: null,
  nulls: 0,
  distinct: 0,
  min: null,
  max: null,
});

const layer: LayerAnalysis = {
  name: 'a',
  file: 'a.csv',
  format: 'csv',
  rows: 1,
  schema: { columns: [], geometry: { kind: 'column', column: 'wkt' }, srid: 4326, cartodbId: 'row' },
  shapes: { count: 0, types: [], extent: null },
  source: {
    encoding: { used: 'utf-8' },
    dialect: { delimiter: ';', quote: '', escape: '', header_rows: 2, first_line: 4 },
  },
  columns: [
    column('a', 'A', 'bigint'),
    column('b', 'B', 'text'),
    column('b_1', 'B', 'date'),
    column('field_4', '', 'text'),
  ],
  sample: [],
  rejected: 0,
  rejects: [],
  warnings: {},
};

test('a recipe repeats what was asked, as an import reads it', () => {
  const said =
    'type_guessing=false&quoted_fields_guessing=no&layers=a,b&encoding=latin1&source_srid=25830&geometry_policy=null' +
    '&delimiter=tab&quote=&escape=%5C&header=3&skip_rows=2&decimal=,&date_order=dmy&null_values=["","NA"]' +
    '&extra_cells=reject&max_rejects=5%25&columns=[{"name":"a","rename":"b","type":"text","drop":false,"null_values":["-"],"date_format":"dd.MM.yyyy","role":"none"}]';
  const options = toOptions(parseForm(said));
  const recipe = writeRecipe(options, []);
  assert.deepEqual(toOptions(parseJson(JSON.stringify({ recipe }))), options);
  assert.deepEqual(writeRecipe(toOptions(new Map()), []), {});
});

test('of a single layer it says what was found, and of every column the name that is its alone', () => {
  const recipe = writeRecipe(toOptions(parseForm('columns={"A":"text"}&header=1')), [layer]);
  assert.deepEqual(recipe, {
    encoding: 'utf-8',
    delimiter: ';',
    quote: 'none',
    header: true,
    skip_rows: 3,
    columns: [
      { name: 'A', type: 'text' },
      { name: 'b', type: 'text' },
      { name: 'b_1', type: 'date' },
      { name: 'field_4', type: 'text' },
      { name: 'wkt', role: 'geometry' },
    ],
  });
});

test('of several layers it says of each what was found, and is taken as it is', () => {
  const options = toOptions(parseForm('date_order=dmy'));
  const recipe = writeRecipe(options, [layer, { ...layer, name: 'other', file: 'other.csv' }]);
  const { columns, ...found } = writeRecipe(toOptions(new Map()), [layer]);
  const of = (name: string, file: string): object => ({ layer: name, file, ...found, columns });
  assert.deepEqual(recipe, { date_order: 'dmy', per_layer: [of(layer.name, layer.file), of('other', 'other.csv')] });
  const { layerWishes, ...rest } = toOptions(parseJson(JSON.stringify({ recipe })));
  assert.deepEqual(rest, options);
  assert.deepEqual(
    layerWishes?.map(({ layer: name, file, dialect }) => [name, file, dialect.delimiter, dialect.skipRows]),
    [
      [layer.name, layer.file, ';', 3],
      ['other', 'other.csv', ';', 3],
    ],
  );
});

test('the order of days and months is said where all dates have the same', () => {
  const dated = (...orders: readonly ('dmy' | 'mdy' | 'ymd')[]): LayerAnalysis => ({
    ...layer,
    columns: orders.map((dateOrder, i) => ({ ...column(`d${i}`, `d${i}`, 'date'), dateOrder })),
  });
  const found = [['dmy', 'ymd', 'dmy'], ['mdy'], ['dmy', 'mdy'], ['ymd']] as const;
  const said = found.map((orders) => writeRecipe(toOptions(new Map()), [dated(...orders)]).date_order);
  assert.deepEqual(said, ['dmy', 'mdy', undefined, undefined]);
});

test('of several tables in one text it says what they have in common', () => {
  const { per_layer: said } = writeRecipe(toOptions(new Map()), [layer, { ...layer, name: 'b' }]);
  assert.ok(Array.isArray(said));
  assert.deepEqual(
    said.map((one: Record<string, unknown>) => [one.delimiter, 'header' in one, 'skip_rows' in one]),
    [
      [';', false, false],
      [';', false, false],
    ],
  );
});

for (const [given, text] of [
  ['{"a":1}', /^per_layer must be a list of at most 1000 layers/],
  ['[1]', /^per_layer: every entry is an object with the name of its layer/],
  ['[{"layer":""}]', /^per_layer: layer has 1 to 1000 characters/],
  ['[{"layer":"a","file":7}]', /^per_layer: file must be text/],
  ['[{"layer":"a","dialect":1}]', /^Unknown key 'dialect' in 'per_layer'. It takes layer, file, encoding/],
  ['[{"layer":"a","delimiter":"12345678901"}]', /delimiter/],
  ['[{"layer":"a","columns":{"b":"colour"}}]', /colour/],
] as const) {
  test(`a recipe that says of its layers ${given} is refused`, () => {
    assert.throws(
      () => toOptions(parseJson(`{"recipe":{"per_layer":${given}}}`)),
      (error) => error instanceof WireError && text.test(String(Object.values(Object(error.body).errors)[0])),
    );
  });
}

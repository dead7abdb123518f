import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadModule, parseSync } from 'libpg-query';
import { columnsFor, kindsFor, moved, withKind, withStopColour } from '../../web/src/map-paint.ts';
import { withColumn, withSetting } from '../../web/src/recipe.ts';
import { snippetsFor } from '../../web/src/snippets.ts';
import { countQuery, type Filter, type Operator, pageQuery, quoteName, quoteText } from '../../web/src/sql.ts';

await loadModule();

const operators: readonly Operator[] = ['contains', 'is', 'is not', 'above', 'below', 'is empty', 'is not empty'];
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((text) => !text.includes('\0'));
const hostile = fc.oneof(name, fc.constantFrom('"; drop table t; --', "'; drop table t; --", '\\', "''", '$$', '/*'));
const filter: fc.Arbitrary<Filter> = fc.record({
  column: hostile,
  operator: fc.constantFrom(...operators),
  value: fc.oneof(hostile, fc.constant('\0x')),
});

/** The names of tables that a text reads, as PostgreSQL's own parser sees them; it must be one SELECT. */
function tablesIn(text: string): readonly string[] {
  const { stmts = [] } = parseSync(text);
  assert.equal(stmts.length, 1);
  assert.ok('SelectStmt' in (stmts[0]?.stmt ?? {}));
  return [...JSON.stringify(stmts).matchAll(/"relname":("(?:[^"\\]|\\.)*")/g)].map(([, json = '""']) =>
    String(JSON.parse(json)),
  );
}

test('whatever names and values say, a query of the grid is one SELECT from its table', () => {
  fc.assert(
    fc.property(
      hostile,
      fc.array(hostile, { maxLength: 4 }),
      fc.array(filter, { maxLength: 3 }),
      (table, columns, filters) => {
        const options = {
          filters,
          order: { column: columns[0] ?? 'a', isDescending: true },
          after: { value: table, id: '7' },
          most: 10,
        };
        const typed = columns.map((column) => ({ name: column, type: 'text' }));
        assert.deepEqual(tablesIn(pageQuery(table, typed, options)), [table]);
        assert.deepEqual(tablesIn(countQuery(table, filters)), [table]);
      },
    ),
    { seed: 31, numRuns: 300 },
  );
});

test('a cursor whose id is no number makes a query that finds nothing, not another one', () => {
  const options = { filters: [], order: null, after: { value: null, id: '1; drop table t' }, most: 1 };
  assert.match(pageQuery('t', [{ name: 'a', type: 'text' }], options), /cartodb_id > NaN/);
});

test('names and texts are quoted as PostgreSQL does', () => {
  assert.equal(quoteName('a"b'), '"a""b"');
  assert.equal(quoteText("it's\0"), "'it''s'");
});

test('a recipe keeps one wish for a column, and forgets wishes when other settings make other columns', () => {
  const typed = withColumn({}, 'Code', { type: 'bigint' });
  assert.deepEqual(withColumn(typed, 'Code', { rename: 'id' }), {
    columns: [{ type: 'bigint', rename: 'id', name: 'Code' }],
  });
  assert.deepEqual(withColumn(typed, 'Code', { type: '' }), { columns: [] });
  assert.deepEqual(withSetting(typed, 'decimal', ','), { ...typed, decimal: ',' });
  assert.deepEqual(withSetting(typed, 'delimiter', ';'), { delimiter: ';' });
  assert.deepEqual(withSetting({ delimiter: ';' }, 'delimiter', ''), {});
});

test('lines to copy quote the name of the table for their shell, and never hold a key', () => {
  for (const { id, text } of snippetsFor({ server: 'http://localhost', account: 'ann', table: "it's" })) {
    assert.doesNotMatch(text, /api_key=(?!YOUR_KEY)/, id);
    if (id === 'curl') assert.ok(text.includes(`'q=select * from "it'\\''s" limit 10'`), text);
  }
});

const columns = [
  { name: 'cartodb_id', type: 'bigint' },
  { name: 'lon', type: 'double precision' },
  { name: 'people', type: 'bigint' },
  { name: 'kind', type: 'text' },
  { name: 'the_geom', type: 'geometry(Point,4326)' },
];
const simple = {
  kind: 'simple',
  color: '#0072b2',
  opacity: 0.8,
  width: 1,
  radius: 4,
  column: null,
  classes: null,
  palette: null,
  stops: [],
} as const;

test('a layer is offered the paints that its geometry and its columns allow', () => {
  const named = (kind: 'categories' | 'jenks' | 'simple'): readonly string[] =>
    columnsFor(kind, columns).map(({ name }) => name);
  assert.deepEqual(
    [named('simple'), named('categories'), named('jenks')],
    [[], ['lon', 'people', 'kind'], ['lon', 'people']],
  );
  const words = columns.filter(({ name }) => name === 'kind');
  assert.deepEqual(kindsFor({ geometry: 'polygon' }, words), ['simple', 'categories']);
  assert.deepEqual(kindsFor({ geometry: 'point' }, columns).at(-1), 'bubbles');
  assert.ok(!kindsFor({ geometry: 'polygon' }, columns).includes('bubbles'));
  assert.deepEqual(kindsFor({ geometry: 'raster' }, columns), ['raster']);
});

test('another kind of paint begins with a column that says something, and leaves stops to the server', () => {
  const jenks = withKind(simple, 'jenks', columns);
  assert.deepEqual(jenks, {
    ...simple,
    kind: 'jenks',
    color: '#9aa0a6',
    column: 'people',
    classes: 5,
    palette: 'viridis',
    stops: null,
  });
  const answered = { ...jenks, classes: 3, palette: 'magma', stops: [{ from: 0, to: 1, color: '#440154' }] };
  const { classes, palette } = withKind(answered, 'quantiles', columns);
  assert.deepEqual([classes, palette], [3, 'magma']);
  const categories = withKind(answered, 'categories', columns);
  assert.deepEqual([categories.column, categories.classes, categories.palette], ['people', null, 'safe']);
  const back = withKind(answered, 'simple', columns);
  assert.deepEqual([back.color, back.column, back.palette, back.stops], ['#440154', null, null, null]);
  assert.deepEqual(withStopColour(answered, 0, '#ffffff').stops, [{ from: 0, to: 1, color: '#ffffff' }]);
});

test('a layer moves by one place, and stays where there is no further one', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 0, 1), ['b', 'a', 'c']);
  assert.deepEqual(moved(['a', 'b', 'c'], 2, -1), ['a', 'c', 'b']);
  assert.deepEqual(moved(['a', 'b'], 1, 1), ['a', 'b']);
  assert.deepEqual(moved(['a', 'b'], -1, 1), ['a', 'b']);
});

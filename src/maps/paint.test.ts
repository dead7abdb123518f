import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createExpression,
  type StylePropertySpecification,
  v8,
  validateStyleMin,
} from '@maplibre/maplibre-gl-style-spec';
import fc from 'fast-check';
import type { ClassMethod, Paint } from '../domain/map.ts';
import { breaksOf } from './breaks.ts';
import { legendOf } from './legend.ts';
import { paintLayers } from './paint-layers.ts';
import { colourOf, type PaintedValue, radiusOf } from './paint-value.ts';
import { rampColours, rampNames, setColours, setNames } from './palettes.ts';
import type { GeometryKind } from './table-facts.ts';

const base = { color: '#9aa0a6', opacity: 0.8, width: 1, radius: 4 };
const source = { id: 'layer-a', source: 'layer-a', sourceLayer: 't', isVisible: true };

const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);
const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const rising = fc
  .uniqueArray(number, { minLength: 1, maxLength: 12 })
  .map((values) => values.toSorted((a, b) => a - b));

const paints: fc.Arbitrary<Paint> = fc.oneof(
  fc.record({ kind: fc.constant('simple' as const), color: colour }).map((paint) => ({ ...base, ...paint })),
  fc
    .uniqueArray(fc.oneof(fc.string(), number, fc.boolean()), { maxLength: 12 })
    .chain((values) => fc.tuple(...values.map((value) => colour.map((color) => ({ value, color })))))
    .map((stops): Paint => ({ ...base, kind: 'categories', column: 'v', palette: 'safe', stops })),
  rising
    .chain((values) =>
      fc.tuple(fc.constant(values), fc.array(colour, { minLength: values.length, maxLength: values.length })),
    )
    .map(([values, colours]): Paint => {
      const stops = values.map((from, at) => ({ from, to: values[at + 1] ?? from + 1, color: colours[at] ?? '' }));
      return { ...base, kind: 'quantiles', column: 'v', classes: 5, palette: 'viridis', stops };
    }),
  rising.map((values): Paint => {
    const stops = values.map((value, at) => ({ value, radius: 2 + at }));
    return { ...base, kind: 'bubbles', column: 'v', stops };
  }),
);

const values: fc.Arbitrary<PaintedValue> = fc.oneof(fc.string(), number, fc.boolean(), fc.constant(null));

function evaluate(expression: unknown, property: StylePropertySpecification, value: PaintedValue): unknown {
  const made = createExpression(expression, 'paint', property);
  assert.equal(made.result, 'success', JSON.stringify(expression));
  if (made.result !== 'success') return null;
  return made.value.evaluate({ zoom: 3 }, { type: 'Point', properties: value === null ? {} : { v: value } });
}

test('the expressions of a style and the picture say the same of every value', () => {
  fc.assert(
    fc.property(paints, values, (paint, other) => {
      const known =
        'stops' in paint ? paint.stops.flatMap((stop) => ('value' in stop ? [stop.value] : [stop.from, stop.to])) : [];
      const [layer] = paintLayers(paint, 'point', source);
      assert.ok(layer?.type === 'circle');
      for (const value of [other, ...known]) {
        const drawn = evaluate(
          layer.paint?.['circle-color'],
          v8.paint_circle['circle-color'] as StylePropertySpecification,
          value,
        );
        const { r, g, b } = drawn as { r: number; g: number; b: number };
        const hex = [r, g, b]
          .map((channel) =>
            Math.round(channel * 255)
              .toString(16)
              .padStart(2, '0'),
          )
          .join('');
        assert.equal(`#${hex}`, colourOf(paint, value));
        const size = evaluate(
          layer.paint?.['circle-radius'],
          v8.paint_circle['circle-radius'] as StylePropertySpecification,
          value,
        );
        assert.ok(Math.abs(Number(size) - radiusOf(paint, value)) < 1e-6);
      }
    }),
    { seed: 32, numRuns: 200 },
  );
});

test('every paint of every kind of rows makes layers that the specification of styles allows', () => {
  const kinds: readonly (GeometryKind | null)[] = ['point', 'line', 'polygon', 'mixed', null];
  fc.assert(
    fc.property(paints, fc.constantFrom(...kinds), fc.boolean(), (paint, geometry, isVisible) => {
      const style = {
        version: 8 as const,
        sources: { 'layer-a': { type: 'vector' as const, tiles: ['http://127.0.0.1/{z}/{x}/{y}.mvt'] } },
        layers: [...paintLayers(paint, geometry, { ...source, isVisible })],
      };
      assert.deepEqual(validateStyleMin(style), []);
      assert.ok(style.layers.length > 0);
    }),
    { seed: 32, numRuns: 100 },
  );
});

test('breaks lie within the values, ascend, and are one less than the classes at most', () => {
  const methods: readonly ClassMethod[] = ['quantiles', 'equal', 'jenks'];
  fc.assert(
    fc.property(
      fc.array(number, { maxLength: 60 }),
      fc.constantFrom(...methods),
      fc.integer({ min: 2, max: 12 }),
      (some, method, classes) => {
        const sorted = some.toSorted((a, b) => a - b);
        const breaks = breaksOf(method, sorted, classes);
        assert.ok(breaks.length < classes);
        for (const [at, value] of breaks.entries()) {
          assert.ok(value > (breaks[at - 1] ?? (sorted[0] ?? 0) - 1) && value <= (sorted.at(-1) ?? 0));
        }
      },
    ),
    { seed: 32, numRuns: 200 },
  );
});

test('breaks of known values are the known ones', () => {
  const hundred = Array.from({ length: 101 }, (_, value) => value);
  assert.deepEqual(breaksOf('quantiles', hundred, 4), [25, 50, 75]);
  assert.deepEqual(breaksOf('equal', [0, 1, 1, 1, 100], 4), [25, 50, 75]);
  assert.deepEqual(breaksOf('jenks', [1, 2, 3, 50, 51, 52, 90, 91], 3), [50, 90]);
  assert.deepEqual(breaksOf('jenks', [7, 7, 7], 3), []);
  assert.deepEqual(breaksOf('quantiles', [1, 1, 1, 1, 1, 1, 1, 9], 5), []);
});

test('palettes have as many colours as are asked for, of a ramp both ends', () => {
  for (const name of rampNames) {
    const two = rampColours(name, 2);
    for (let count = 1; count <= 12; count++) {
      const colours = rampColours(name, count);
      assert.equal(new Set(colours).size, count, name);
      if (count > 1) assert.deepEqual([colours[0], colours.at(-1)], two);
    }
  }
  for (const name of setNames) assert.equal(setColours(name, 15).length, 15);
});

test('a legend has a line for each stop and one for the others', () => {
  const paint: Paint = {
    ...base,
    kind: 'categories',
    column: 'v',
    palette: 'safe',
    stops: [{ value: '<b>', color: '#000000' }],
  };
  assert.deepEqual(
    legendOf(paint).map(({ text }) => text),
    ['<b>', 'Other'],
  );
});

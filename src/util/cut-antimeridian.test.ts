import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Geometry } from 'geojson';
import { cutAtAntimeridian } from './cut-antimeridian.ts';

test('what does not go over the antimeridian stays as it is', () => {
  const square: Geometry = {
    type: 'Polygon',
    coordinates: [
      [
        [170, 0],
        [180, 0],
        [180, 10],
        [170, 10],
        [170, 0],
      ],
    ],
  };
  assert.deepEqual(cutAtAntimeridian(square), square);
});

test('a square over the antimeridian becomes one on either side', () => {
  const over: Geometry = {
    type: 'Polygon',
    coordinates: [
      [
        [170, 0],
        [-170, 0],
        [-170, 10],
        [170, 10],
        [170, 0],
      ],
    ],
  };
  const west = [
    [180, 10],
    [170, 10],
    [170, 0],
    [180, 0],
    [180, 10],
  ];
  const east = [
    [-170, 0],
    [-170, 10],
    [-180, 10],
    [-180, 0],
    [-170, 0],
  ];
  assert.deepEqual(cutAtAntimeridian(over), { type: 'MultiPolygon', coordinates: [[west], [east]] });
});

test('a ring around a pole is closed along the pole', () => {
  const cap: Geometry = {
    type: 'Polygon',
    coordinates: [
      [
        [-120, -70],
        [0, -70],
        [120, -70],
        [-120, -70],
      ],
    ],
  };
  const cut = cutAtAntimeridian(cap);
  const positions = cut.type === 'MultiPolygon' ? cut.coordinates.flat(2) : [];
  assert.equal(Math.min(...positions.map(([x = 0]) => x)), -180);
  assert.equal(Math.max(...positions.map(([x = 0]) => x)), 180);
  assert.equal(Math.min(...positions.map(([, y = 0]) => y)), -90);
});

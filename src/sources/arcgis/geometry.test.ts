import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linearize } from './curves.ts';
import { esriToWkb } from './geometry.ts';

/** Type and vertices of a line or point in well-known binary. */
function read(wkb: Buffer | null): readonly [number, readonly (readonly number[])[]] {
  assert.ok(wkb);
  const type = wkb.readUInt32LE(1);
  const size = 2 + Number(type >= 1000) + Number(type >= 3000);
  const isPoint = type % 1000 === 1;
  const count = isPoint ? 1 : wkb.readUInt32LE(5);
  const start = isPoint ? 5 : 9;
  assert.equal(wkb.length, start + 8 * size * count);
  const vertex = (i: number) => Array.from({ length: size }, (_, j) => wkb.readDoubleLE(start + 8 * (i * size + j)));
  return [type, Array.from({ length: count }, (_, i) => vertex(i))];
}

test('heights and measures are kept, each or both', () => {
  assert.deepEqual(read(esriToWkb({ x: 1, y: 2 })), [1, [[1, 2]]]);
  assert.deepEqual(read(esriToWkb({ x: 1, y: 2, z: 3 })), [1001, [[1, 2, 3]]]);
  assert.deepEqual(read(esriToWkb({ x: 1, y: 2, m: 4 })), [2001, [[1, 2, 4]]]);
  assert.deepEqual(read(esriToWkb({ x: 1, y: 2, z: 3, m: 4 })), [3001, [[1, 2, 3, 4]]]);
  assert.deepEqual(
    read(
      esriToWkb({
        hasM: true,
        paths: [
          [
            [1, 2, 9],
            [3, 4, 8],
          ],
        ],
      }),
    ),
    [
      2002,
      [
        [1, 2, 9],
        [3, 4, 8],
      ],
    ],
  );
  assert.deepEqual(
    read(
      esriToWkb({
        hasZ: true,
        hasM: true,
        paths: [
          [
            [1, 2, 5, 9],
            [3, 4, 6, 8],
          ],
        ],
      }),
    ),
    [
      3002,
      [
        [1, 2, 5, 9],
        [3, 4, 6, 8],
      ],
    ],
  );
  assert.deepEqual(
    read(
      esriToWkb({
        hasZ: true,
        hasM: true,
        paths: [
          [
            [1, 2, 5, null],
            [3, 4, 6, null],
          ],
        ],
      }),
    ),
    [
      1002,
      [
        [1, 2, 5],
        [3, 4, 6],
      ],
    ],
  );
});

const pathOf = (...curvePaths: readonly unknown[]): readonly (readonly number[])[] => {
  const { paths } = linearize({ curvePaths });
  assert.ok(Array.isArray(paths));
  return paths[0];
};

test('arcs become points on the circle, in their direction, from start to end', () => {
  const half = pathOf([
    [1, 0],
    {
      c: [
        [-1, 0],
        [0, 1],
      ],
    },
  ]);
  assert.deepEqual(
    [half[0], half.at(-1)],
    [
      [1, 0],
      [-1, 0],
    ],
  );
  assert.ok(half.length > 40);
  for (const [x = 0, y = 0] of half) assert.ok(Math.abs(Math.hypot(x, y) - 1) < 1e-9 && y >= 0);
  const below = pathOf([
    [1, 0],
    {
      c: [
        [-1, 0],
        [0, -1],
      ],
    },
  ]);
  assert.ok(below.every(([, y = 0]) => y <= 0));
  const long = pathOf([[1, 0], { a: [[0, 1], [0, 0], 0, 1] }]);
  assert.ok(
    long.some(([x = 0]) => x < -0.9),
    'clockwise, the long way round',
  );
  const short = pathOf([[1, 0], { a: [[0, 1], [0, 0], 1, 0] }]);
  assert.ok(short.every(([x = 0, y = 0]) => x >= 0 && y >= 0));
  const ellipse = pathOf([[2, 0], { a: [[-2, 0], [0, 0], 1, 0, 0, 2, 0.5] }]);
  for (const [x = 0, y = 0] of ellipse) assert.ok(Math.abs((x / 2) ** 2 + y ** 2 - 1) < 1e-9);
});

test('Bézier curves begin and end where they should, and pass between', () => {
  const line = pathOf([
    [0, 0, 10],
    {
      b: [
        [4, 0, 20],
        [0, 3],
        [4, 3],
      ],
    },
  ]);
  assert.deepEqual(
    [line[0], line.at(-1)],
    [
      [0, 0, 10],
      [4, 0, 20],
    ],
  );
  assert.deepEqual(line[16], [2, 2.25, 15]);
});

test('a whole circle and a straight arc are drawn, nonsense stays', () => {
  const circle = pathOf([
    [1, 0],
    {
      c: [
        [1, 0],
        [-1, 0],
      ],
    },
  ]);
  assert.ok(circle.length > 80);
  assert.deepEqual(
    pathOf([
      [0, 0],
      {
        c: [
          [2, 0],
          [1, 0],
        ],
      },
    ]),
    [
      [0, 0],
      [2, 0],
    ],
  );
  assert.deepEqual(pathOf([[0, 0], { q: [[2, 0]] }]), [[0, 0], { q: [[2, 0]] }]);
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { openWith, rowsOf } from '../../../test/support/layer-values.ts';
import type { Layer } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { parquet } from './index.ts';
import { decimalText } from './values.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-parquet-'));
after(() => rmSync(folder, { recursive: true }));

type WriteOptions = Parameters<typeof parquetWriteBuffer>[0];
const write = (options: WriteOptions): Buffer => Buffer.from(new Uint8Array(parquetWriteBuffer(options)));

async function open(bytes: Uint8Array): Promise<Layer> {
  const path = join(folder, 'file.parquet');
  writeFileSync(path, bytes);
  const [layer] = await openWith(parquet, path);
  assert.ok(layer !== undefined);
  return layer;
}

async function failure(bytes: Uint8Array): Promise<ImportError> {
  try {
    await rowsOf(await open(bytes));
  } catch (error) {
    assert.ok(error instanceof ImportError, `${error instanceof Error ? error.stack : error}`);
    return error;
  }
  return assert.fail('nothing was refused');
}

/** Writes one column of a schema element, and reads it back. */
async function column(element: Partial<SchemaElement>, data: unknown[]) {
  const layer = await open(
    write({
      columnData: [{ name: 'c', data }],
      schema: [
        { name: 'root', num_children: 1 },
        { name: 'c', repetition_type: 'OPTIONAL', ...element },
      ],
    }),
  );
  return { type: layer.types?.[0], cells: (await rowsOf(layer)).map(({ cells }) => cells.c) };
}

test('every type is handed over in its own words, with all its digits', async () => {
  assert.deepEqual(await column({ type: 'BOOLEAN' }, [true, null, false]), {
    type: 'boolean',
    cells: ['true', null, 'false'],
  });
  assert.deepEqual(await column({ type: 'INT32' }, [-5, null]), { type: 'bigint', cells: ['-5', null] });
  assert.deepEqual(await column({ type: 'INT64' }, [-9223372036854775808n, 9007199254740993n]), {
    type: 'bigint',
    cells: ['-9223372036854775808', '9007199254740993'],
  });
  assert.deepEqual(await column({ type: 'INT32', converted_type: 'UINT_32' }, [4294967295, 1]), {
    type: 'bigint',
    cells: ['4294967295', '1'],
  });
  assert.deepEqual(await column({ type: 'DOUBLE' }, [0.1, -0, 1e300]), {
    type: 'double precision',
    cells: ['0.1', '-0', '1e+300'],
  });
  assert.deepEqual(await column({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, ['Zürich', '', null, '北京']), {
    type: 'text',
    cells: ['Zürich', '', null, '北京'],
  });
  assert.deepEqual(await column({ type: 'BYTE_ARRAY' }, [Uint8Array.of(0, 255)]), {
    type: 'bytea',
    cells: ['\\x00ff'],
  });
  assert.deepEqual(await column({ type: 'BYTE_ARRAY', converted_type: 'JSON' }, [{ a: [1] }]), {
    type: 'jsonb',
    cells: ['{"a":[1]}'],
  });
});

test('decimals keep every digit, however they are stored', () => {
  assert.equal(decimalText(7, 3), '0.007');
  assert.equal(decimalText(-1234567n, 3), '-1234.567');
  assert.equal(decimalText(5n, 0), '5');
  assert.equal(decimalText(5n, -2), '500');
  assert.equal(decimalText(Uint8Array.of(255, 255, 255, 249), 3), '-0.007');
  assert.equal(decimalText(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 3), '309485009821345068724781.057');
});

test('dates and times are told by their unit and their zone, nanoseconds included', async () => {
  assert.deepEqual(await column({ type: 'INT32', converted_type: 'DATE' }, [new Date('1969-12-31'), null]), {
    type: 'date',
    cells: ['1969-12-31', null],
  });
  const timestamp = (unit: 'MILLIS' | 'MICROS' | 'NANOS', isAdjustedToUTC: boolean) =>
    ({ type: 'INT64', logical_type: { type: 'TIMESTAMP', unit, isAdjustedToUTC } }) as const;
  assert.deepEqual(await column(timestamp('MILLIS', true), [new Date('2024-02-29T12:00:00.25Z')]), {
    type: 'timestamptz',
    cells: ['2024-02-29T12:00:00.250Z'],
  });
  assert.deepEqual(await column(timestamp('MICROS', false), [-1n]), {
    type: 'timestamp',
    cells: ['1969-12-31T23:59:59.999999'],
  });
  assert.deepEqual(await column(timestamp('NANOS', false), [1n, 1000n]), {
    type: 'timestamp',
    cells: ['1970-01-01T00:00:00.000000001', '1970-01-01T00:00:00.000001'],
  });
});

test('a dictionary, many pages and many row groups give the rows in order', async () => {
  const count = 5000;
  const word = Array.from({ length: count }, (_, i) => `word ${i % 7}`);
  const number = Array.from({ length: count }, (_, i) => (i % 11 === 0 ? null : i / 8));
  const layer = await open(
    write({
      columnData: [
        { name: 'word', data: word, type: 'STRING' },
        { name: 'number', data: number, type: 'DOUBLE' },
      ],
      rowGroupSize: 1700,
      pageSize: 512,
    }),
  );
  const rows = await rowsOf(layer);
  assert.deepEqual(
    rows.map(({ cells }) => cells.word),
    word,
  );
  assert.deepEqual(
    rows.map(({ cells }) => (cells.number === null ? null : Number(cells.number))),
    number,
  );
});

test('pages are unpacked whichever method packed them', async () => {
  const compressors = {
    GZIP: (input: Uint8Array) => gzipSync(input),
    BROTLI: (input: Uint8Array) => brotliCompressSync(input),
    ZSTD: (input: Uint8Array) => zstdCompressSync(input),
  };
  for (const codec of ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'] as const) {
    const data = Array.from({ length: 2000 }, (_, i) => `value ${i}`);
    const layer = await open(write({ columnData: [{ name: 'c', data, type: 'STRING' }], codec, compressors }));
    assert.deepEqual(
      (await rowsOf(layer)).map(({ cells }) => cells.c),
      data,
      codec,
    );
  }
});

test('lists, maps and structures become JSON', async () => {
  const layer = await open(
    write({
      columnData: [
        { name: 'list', data: [[1n, 9007199254740993n], [], null] },
        { name: 'person', data: [{ name: 'Zoë', age: 3 }, { name: null, age: 4 }, null] },
      ],
      schema: [
        { name: 'root', num_children: 2 },
        { name: 'list', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', repetition_type: 'OPTIONAL', type: 'INT64' },
        { name: 'person', repetition_type: 'OPTIONAL', num_children: 2 },
        { name: 'name', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
        { name: 'age', repetition_type: 'OPTIONAL', type: 'INT32' },
      ],
    }),
  );
  assert.deepEqual(layer.types, ['jsonb', 'jsonb']);
  assert.deepEqual(
    (await rowsOf(layer)).map(({ cells }) => [cells.list, cells.person]),
    [
      ['[1,9007199254740993]', '{"name":"Zoë","age":3}'],
      ['[]', '{"name":null,"age":4}'],
      [null, null],
    ],
  );
});

const pointWkb = (x: number, y: number): Uint8Array => {
  const bytes = Buffer.alloc(21);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(1, 1);
  bytes.writeDoubleLE(x, 5);
  bytes.writeDoubleLE(y, 13);
  return bytes;
};

const geoKey = (about: object, more: object = {}) => [
  {
    key: 'geo',
    value: JSON.stringify({ version: '1.1.0', primary_column: 'geometry', columns: { geometry: about, ...more } }),
  },
];
const geoFile = (about: object, more: object = {}, columns: WriteOptions['columnData'] = []): Buffer =>
  write({
    columnData: [
      { name: 'name', data: ['a', null], type: 'STRING' },
      { name: 'geometry', data: [pointWkb(1, 2), null], type: 'BYTE_ARRAY' },
      ...columns,
    ],
    kvMetadata: geoKey(about, more),
  });

test('the primary geometry is the geometry, other geometries stay as hexadecimal WKB, covering boxes go', async () => {
  const about = { encoding: 'WKB', covering: { bbox: { xmin: ['bbox', 'xmin'], ymin: ['bbox', 'ymin'] } } };
  const layer = await open(
    geoFile(about, { centre: { encoding: 'WKB' } }, [
      { name: 'centre', data: [pointWkb(3, 4), null], type: 'BYTE_ARRAY' },
      { name: 'bbox', data: ['left out', 'left out'], type: 'STRING' },
    ]),
  );
  assert.deepEqual(
    [layer.hasGeometry, layer.srid, layer.columns, layer.types],
    [true, 4326, ['name', 'centre'], ['text', 'text']],
  );
  assert.deepEqual(await rowsOf(layer), [
    {
      cells: { name: 'a', centre: Buffer.from(pointWkb(3, 4)).toString('hex') },
      geometry: { type: 1, content: [1, 2] },
    },
    { cells: { name: null, centre: null }, geometry: null },
  ]);
});

test('the reference system is told by PROJJSON: absent is CRS84, null is unknown, and one without a code is told', async () => {
  const system = async (about: object) => {
    const layer = await open(geoFile({ encoding: 'WKB', ...about }));
    return [layer.srid, layer.warnings?.()];
  };
  assert.deepEqual(await system({}), [4326, {}]);
  assert.deepEqual(await system({ crs: null }), [null, {}]);
  assert.deepEqual(await system({ crs: { id: { authority: 'EPSG', code: 25832 } } }), [25832, {}]);
  assert.deepEqual(await system({ crs: { id: { authority: 'OGC', code: 'CRS84' } } }), [4326, {}]);
  assert.deepEqual(await system({ crs: { name: 'Mine', id: { authority: 'ME', code: 1 } } }), [
    null,
    { unknown_crs: { name: 'Mine' } },
  ]);
});

test('native encodings are geometries too', async () => {
  const vertex = (x: number, y: number) => ({ x, y });
  const list = (name: string, children: number): SchemaElement[] => [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: children },
  ];
  const xy: SchemaElement[] = [
    { name: 'x', repetition_type: 'REQUIRED', type: 'DOUBLE' },
    { name: 'y', repetition_type: 'REQUIRED', type: 'DOUBLE' },
  ];
  const structure: SchemaElement = { name: 'element', repetition_type: 'REQUIRED', num_children: 2 };
  const read = async (encoding: string, elements: SchemaElement[], data: unknown[]) => {
    const schema = [{ name: 'root', num_children: 1 }, ...elements];
    const layer = await open(
      write({ columnData: [{ name: 'geometry', data }], schema, kvMetadata: geoKey({ encoding }) }),
    );
    return (await rowsOf(layer)).map(({ geometry }) => geometry);
  };
  assert.deepEqual(
    await read('point', [{ ...structure, name: 'geometry', repetition_type: 'OPTIONAL' }, ...xy], [vertex(1, 2), null]),
    [{ type: 1, content: [1, 2] }, null],
  );
  const ring = [vertex(0, 0), vertex(1, 0), vertex(1, 1), vertex(0, 0)];
  assert.deepEqual(
    await read('polygon', [...list('geometry', 1), ...list('element', 1), structure, ...xy], [[ring], null]),
    [
      {
        type: 3,
        content: [
          [
            [0, 0],
            [1, 0],
            [1, 1],
            [0, 0],
          ],
        ],
      },
      null,
    ],
  );
});

test('a file that is cut off or changed at any byte is read or ends with a number', { timeout: 60_000 }, async () => {
  const whole = geoFile({ encoding: 'WKB' }, {}, [{ name: 'list', data: [[1, 2], [3]] }]);
  for (let length = 0; length < whole.length; length += 3) {
    assert.equal((await failure(whole.subarray(0, length))).code, 2001, `cut off at ${length}`);
  }
  for (let at = 0; at < whole.length; at++) {
    for (const change of [1, 0xff]) {
      const bytes = Buffer.from(whole);
      bytes[at] = whole[at]! ^ change;
      try {
        await rowsOf(await open(bytes));
      } catch (error) {
        assert.ok(error instanceof ImportError, `byte ${at}: ${error instanceof Error ? error.stack : error}`);
        assert.ok([1002, 2001, 2004, 2006, 6666].includes(error.code), `byte ${at}: ${error.code}`);
      }
    }
  }
});

test('a page that is said to unpack to more than it can ends before the memory is taken', async () => {
  const whole = write({ columnData: [{ name: 'c', data: [1, 2, 3], type: 'INT32' }], statistics: false });
  // The first page's header: type, then the unpacked size as a zigzag varint, behind the magic.
  const bytes = Buffer.concat([
    whole.subarray(0, 4),
    Buffer.from([0x15, 0x00, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f]),
    whole.subarray(12),
  ]);
  const { code } = await failure(bytes);
  assert.ok(code === 2001 || code === 6666, String(code));
});

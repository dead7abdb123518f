import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openWith, type Row, rowsOf } from '../../../test/support/layer-values.ts';
import { ImportError } from '../../errors.ts';
import { flatgeobuf } from './index.ts';

/** Three features with Z by GDAL 3.6: two polygons with a hole, a collection of every type, a polygon; with an index. */
const fixture = join(import.meta.dirname, '../../../test/fixtures/flatgeobuf/mixed.fgb');

const folder = mkdtempSync(join(tmpdir(), 'landfall-fgb-'));
after(() => rmSync(folder, { recursive: true }));

async function read(bytes: Uint8Array): Promise<readonly Row[]> {
  const path = join(folder, 'file.fgb');
  writeFileSync(path, bytes);
  const [layer] = await openWith(flatgeobuf, path);
  assert.ok(layer !== undefined);
  return rowsOf(layer);
}

async function failure(bytes: Uint8Array): Promise<ImportError> {
  try {
    await read(bytes);
  } catch (error) {
    assert.ok(error instanceof ImportError, String(error));
    return error;
  }
  return assert.fail('nothing was refused');
}

/** A table of FlatBuffers: fields by their number, each as the bytes of a scalar, or as a vector or table to point at. */
type Field =
  | { readonly scalar: Buffer }
  | { readonly vector: Buffer }
  | { readonly tables: readonly Buffer[] }
  | { readonly table: Buffer };

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** A table as it stands behind an offset to its beginning: an offset to the table, the vtable, the table, what it points at. */
function table(fields: ReadonlyMap<number, Field>): Buffer {
  const slots = Math.max(-1, ...fields.keys()) + 1;
  const vtable = Buffer.alloc(4 + 2 * slots);
  vtable.writeUInt16LE(vtable.length, 0);
  let inline: Buffer = uint32(vtable.length);
  const pointers: { at: number; target: Buffer }[] = [];
  for (const [index, field] of fields) {
    vtable.writeUInt16LE(inline.length, 4 + 2 * index);
    if ('scalar' in field) inline = Buffer.concat([inline, field.scalar]);
    else {
      const target = 'vector' in field ? field.vector : 'table' in field ? field.table : vectorOfTables(field.tables);
      pointers.push({ at: inline.length, target });
      inline = Buffer.concat([inline, Buffer.alloc(4)]);
    }
  }
  vtable.writeUInt16LE(inline.length, 2);
  let end = vtable.length + inline.length;
  const parts = [vtable, inline];
  for (const { at, target } of pointers) {
    // The offset of a table leads to its own soffset, behind its vtable.
    const isTable = target.length >= 6 && tables.has(target);
    inline.writeUInt32LE(end + (isTable ? target.readUInt16LE(0) : 0) - vtable.length - at, at);
    parts.push(target);
    end += target.length;
  }
  const whole = Buffer.concat(parts);
  tables.add(whole);
  return whole;
}
const tables = new WeakSet<Buffer>();

function vectorOfTables(items: readonly Buffer[]): Buffer {
  const offsets = Buffer.alloc(4 * items.length);
  let end = offsets.length;
  items.forEach((item, i) => {
    offsets.writeUInt32LE(end + item.readUInt16LE(0) - 4 * i, 4 * i);
    end += item.length;
  });
  return Buffer.concat([uint32(items.length), offsets, ...items]);
}

const sized = (root: Buffer): Buffer => {
  const body = Buffer.concat([uint32(4 + root.readUInt16LE(0)), root]);
  return Buffer.concat([uint32(body.length), body]);
};
const text = (value: string): Field => ({
  vector: Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value), Buffer.from([0])]),
});
const byte = (value: number): Field => ({ scalar: Buffer.from([value]) });

/** A file of one feature with a column of every type, without an index. */
function everyType(properties: Buffer, crs?: Buffer): Buffer {
  const columns = Array.from({ length: 15 }, (_, type) =>
    table(
      new Map([
        [0, text(`c${type}`)],
        [1, byte(type)],
      ]),
    ),
  );
  const header = new Map<number, Field>([
    [2, byte(1)],
    [7, { tables: columns }],
    [9, { scalar: Buffer.from([0, 0]) }],
  ]);
  if (crs !== undefined) header.set(10, { table: crs });
  const feature = table(new Map([[1, { vector: Buffer.concat([uint32(properties.length), properties]) }]]));
  return Buffer.concat([Buffer.from('fgb\x03fgb\x00', 'latin1'), sized(table(header)), sized(feature)]);
}

const property = (column: number, value: Buffer): Buffer => Buffer.concat([Buffer.from([column, 0]), value]);
const long = (value: Buffer | string): Buffer => Buffer.concat([uint32(Buffer.from(value).length), Buffer.from(value)]);

test('every type of geometry comes back with Z, from behind the index', async () => {
  const rows = await read(readFileSync(fixture));
  assert.deepEqual(
    rows.map(({ cells }) => cells),
    [
      { name: 'Zürich', n: '1', when: '2024-02-29T23:59:59Z' },
      { name: 'all', n: '-2', when: null },
      { name: '', n: null, when: '1969-12-31T00:00:00Z' },
    ],
  );
  const line = {
    type: 1002,
    content: [
      [0, 0, 0],
      [1, 1, 1],
    ],
  };
  assert.deepEqual(
    rows.map(({ geometry }) => geometry),
    [
      {
        type: 1006,
        content: [
          {
            type: 1003,
            content: [
              [
                [0, 0, 1],
                [10, 0, 2],
                [10, 10, 3],
                [0, 0, 1],
              ],
              [
                [2, 1, 0],
                [3, 1, 0],
                [3, 2, 0],
                [2, 1, 0],
              ],
            ],
          },
          {
            type: 1003,
            content: [
              [
                [20, 20, 5],
                [30, 20, 5],
                [20, 30, 5],
                [20, 20, 5],
              ],
            ],
          },
        ],
      },
      {
        type: 1007,
        content: [
          { type: 1001, content: [1, 2, 3] },
          line,
          {
            type: 1005,
            content: [
              line,
              {
                type: 1002,
                content: [
                  [2, 2, 2],
                  [3, 3, 3],
                ],
              },
            ],
          },
          {
            type: 1004,
            content: [
              { type: 1001, content: [1, 1, 1] },
              { type: 1001, content: [2, 2, 2] },
            ],
          },
        ],
      },
      {
        type: 1003,
        content: [
          [
            [0, 0, 0],
            [1, 0, 0],
            [1, 1, 0],
            [0, 0, 0],
          ],
        ],
      },
    ],
  );
});

test('a value of every column type is written in full', async () => {
  const number = (write: (bytes: Buffer) => void, count: number): Buffer => {
    const bytes = Buffer.alloc(count);
    write(bytes);
    return bytes;
  };
  const properties = Buffer.concat([
    property(0, Buffer.from([0x80])),
    property(1, Buffer.from([0xff])),
    property(2, Buffer.from([1])),
    property(
      3,
      number((b) => b.writeInt16LE(-300), 2),
    ),
    property(
      4,
      number((b) => b.writeUInt16LE(65535), 2),
    ),
    property(
      5,
      number((b) => b.writeInt32LE(-70000), 4),
    ),
    property(
      6,
      number((b) => b.writeUInt32LE(4294967295), 4),
    ),
    property(
      7,
      number((b) => b.writeBigInt64LE(-9223372036854775808n), 8),
    ),
    property(
      8,
      number((b) => b.writeBigUInt64LE(18446744073709551615n), 8),
    ),
    property(
      9,
      number((b) => b.writeFloatLE(0.5), 4),
    ),
    property(
      10,
      number((b) => b.writeDoubleLE(0.1), 8),
    ),
    property(11, long('Zürich')),
    property(12, long('{"a":[1]}')),
    property(13, long('2024-02-29T12:00:00+02:00')),
    property(14, long(Buffer.from([0, 255]))),
  ]);
  const [row] = await read(everyType(properties));
  assert.deepEqual(Object.values(row?.cells ?? {}), [
    '-128',
    '255',
    'true',
    '-300',
    '65535',
    '-70000',
    '4294967295',
    '-9223372036854775808',
    '18446744073709551615',
    '0.5',
    '0.1',
    'Zürich',
    '{"a":[1]}',
    '2024-02-29T12:00:00+02:00',
    '\\x00ff',
  ]);
  assert.equal(row?.geometry, null);
});

test('the reference system is the EPSG code, else CRS84, else the WKT, else nothing', async () => {
  const code = Buffer.alloc(4);
  code.writeInt32LE(25832);
  const system = async (fields?: ReadonlyMap<number, Field>) => {
    const path = join(folder, 'crs.fgb');
    writeFileSync(path, everyType(Buffer.alloc(0), fields === undefined ? undefined : table(fields)));
    const [layer] = await openWith(flatgeobuf, path);
    return [layer?.srid, layer?.crsWkt];
  };
  assert.deepEqual(await system(), [null, undefined]);
  assert.deepEqual(await system(new Map([[1, { scalar: code }]])), [25832, undefined]);
  assert.deepEqual(
    await system(
      new Map([
        [0, text('OGC')],
        [5, text('CRS84')],
      ]),
    ),
    [4326, undefined],
  );
  assert.deepEqual(
    await system(
      new Map([
        [0, text('ESRI')],
        [1, { scalar: code }],
        [4, text('PROJCS["x"]')],
      ]),
    ),
    [null, 'PROJCS["x"]'],
  );
});

test('text that is not UTF-8 ends with 2006 and names its column', async () => {
  const error = await failure(everyType(property(11, long(Buffer.from([0x5a, 0xfc])))));
  assert.equal(error.code, 2006);
  assert.match(error.message, /feature 1, column c11/);
});

test('a property that is longer than its feature, or of a column that is not there, ends with 2001', async () => {
  for (const bad of [property(11, uint32(0xffffffff)), property(15, Buffer.alloc(1)), Buffer.from([0])]) {
    assert.equal((await failure(everyType(bad))).code, 2001);
  }
});

test('a header that announces 2^31 columns or features ends with 2001 and takes no memory', async () => {
  const bytes = readFileSync(fixture);
  const huge = uint32(2 ** 31);
  const header = table(new Map<number, Field>([[7, { vector: huge }]]));
  const magic = bytes.subarray(0, 8);
  assert.equal((await failure(Buffer.concat([magic, sized(header)]))).code, 2001);
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(2n ** 63n);
  const many = table(new Map<number, Field>([[8, { scalar: count }]]));
  assert.equal((await failure(Buffer.concat([magic, sized(many)]))).code, 2001);
  assert.equal((await failure(Buffer.concat([magic, uint32(0xfffffff0)]))).code, 2001);
});

/** A file of one collection of ten collections of ten, and so on; every level names the next ten times over. */
function nestedCollections(levels: number): Buffer {
  let geometry = table(new Map<number, Field>([[6, byte(1)]]));
  for (let level = 0; level < levels; level++) {
    const offsets = Array.from({ length: 10 }, (_, i) => uint32(40 - 4 * i + geometry.readUInt16LE(0)));
    const parts = Buffer.concat([uint32(10), ...offsets, geometry]);
    geometry = table(
      new Map<number, Field>([
        [6, byte(7)],
        [7, { vector: parts }],
      ]),
    );
  }
  const header = table(new Map<number, Field>([[9, { scalar: Buffer.from([0, 0]) }]]));
  const padding: Field = { vector: Buffer.concat([uint32(0), Buffer.alloc(200)]) };
  const feature = table(
    new Map<number, Field>([
      [0, { table: geometry }],
      [1, padding],
    ]),
  );
  return Buffer.concat([Buffer.from('fgb\x03fgb\x00', 'latin1'), sized(header), sized(feature)]);
}

test('parts that are named many times over cannot make a geometry much larger than its feature', async () => {
  const [row] = await read(nestedCollections(1));
  const point = { type: 1, content: [Number.NaN, Number.NaN] };
  assert.deepEqual(row?.geometry, { type: 7, content: Array.from({ length: 10 }, () => point) });
  assert.equal((await failure(nestedCollections(30))).code, 2001);
});

test('a file that is cut off ends with a number', async () => {
  const whole = readFileSync(fixture);
  for (let length = 0; length < whole.length; length += 7) {
    const { code } = await failure(whole.subarray(0, length));
    assert.ok(code === 2001 || (code === 1002 && length < 8), `cut off at ${length}: ${code}`);
  }
});

test('a file with a changed byte is read or ends with a number', { timeout: 60_000 }, async () => {
  const whole = readFileSync(fixture);
  for (let at = 0; at < whole.length; at += 2) {
    for (const change of [1, 0x80, 0xff]) {
      const bytes = Buffer.from(whole);
      bytes[at] = whole[at]! ^ change;
      try {
        await read(bytes);
      } catch (error) {
        assert.ok(error instanceof ImportError, `byte ${at}: ${error instanceof Error ? error.stack : error}`);
        assert.ok([1002, 2001, 2004, 2006, 6666].includes(error.code), `byte ${at}: ${error.code}`);
      }
    }
  }
});

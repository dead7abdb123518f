import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import type { LocalFile } from '../../domain/layer.ts';
import { defaultReading } from '../../domain/reading.ts';
import { ImportError } from '../../errors.ts';
import type { ReadOptions } from '../format.ts';
import { codePageOfLabel } from './code-pages.ts';
import { shapefile } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-shapes-'));
after(() => rmSync(folder, { recursive: true }));
const options: ReadOptions = {
  ...defaultReading,
  maxRows: 1e6,
};

/** A .shp file of records given as their contents. */
function shp(type: number, contents: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(100);
  header.writeInt32BE(9994, 0);
  header.writeInt32LE(1000, 28);
  header.writeInt32LE(type, 32);
  const records = contents.map((content, n) => {
    const head = Buffer.alloc(8);
    head.writeInt32BE(n + 1, 0);
    head.writeInt32BE(content.length / 2, 4);
    return Buffer.concat([head, content]);
  });
  return Buffer.concat([header, ...records]);
}

function polygon(rings: readonly (readonly (readonly [number, number])[])[]): Buffer {
  const vertices = rings.flat();
  const bytes = Buffer.alloc(44 + 4 * rings.length + 16 * vertices.length);
  bytes.writeInt32LE(5, 0);
  bytes.writeInt32LE(rings.length, 36);
  bytes.writeInt32LE(vertices.length, 40);
  let first = 0;
  rings.forEach((ring, n) => {
    bytes.writeInt32LE(first, 44 + 4 * n);
    first += ring.length;
  });
  vertices.flat().forEach((value, n) => void bytes.writeDoubleLE(value, 44 + 4 * rings.length + 8 * n));
  return bytes;
}

type Field = readonly [name: string, type: string, width: number, decimals: number];
function dbf(fields: readonly Field[], rows: readonly string[], driver = 0): Buffer {
  const header = Buffer.alloc(33 + 32 * fields.length);
  header[0] = 3;
  header.writeUInt32LE(rows.length, 4);
  header.writeUInt16LE(header.length, 8);
  header.writeUInt16LE(1 + fields.reduce((sum, [, , width]) => sum + width, 0), 10);
  header[29] = driver;
  fields.forEach(([name, type, width, decimals], n) => {
    header.write(name + type.padStart(12 - name.length, '\0'), 32 + 32 * n, 'latin1');
    header[48 + 32 * n] = width;
    header[49 + 32 * n] = decimals;
  });
  header[header.length - 1] = 13;
  return Buffer.concat([header, ...rows.map((row) => Buffer.from(row, 'latin1'))]);
}

let files = 0;
async function read(parts: Readonly<Record<string, Buffer | string>>, main = '.shp', asked = options) {
  const stem = `f${++files}`;
  const local = Object.keys(parts).map((extension): [string, LocalFile] => {
    const path = join(folder, stem + extension);
    writeFileSync(path, parts[extension] ?? '');
    return [extension, { path, name: stem + extension, sizeBytes: statSync(path).size, mediaType: null }];
  });
  const [, file] = local.find(([extension]) => extension === main) ?? [];
  assert.ok(file);
  const companions = new Map(local.filter(([extension]) => extension !== main));
  const [layer] = await shapefile.open({ ...file, companions }, asked, { folder });
  assert.ok(layer);
  const rows: (string | null)[][] = [];
  const geometries: string[] = [];
  await layer.read((record) => {
    geometries.push(record.bytes.toString('hex', 0, record.geometryEnd));
    rows.push(
      Array.from({ length: record.count }, (_, c) =>
        record.kinds[c] === 0 ? null : record.bytes.toString('utf8', record.starts[c], record.ends[c]),
      ),
    );
  });
  return { layer, rows, geometries, warnings: layer.warnings?.() ?? {} };
}

test('cells are in the words of their types, and what dBASE means by nothing is NULL', async () => {
  const fields: Field[] = [
    ['C', 'C', 5, 0],
    ['N', 'N', 6, 0],
    ['R', 'N', 8, 3],
    ['D', 'D', 8, 0],
    ['L', 'L', 1, 0],
  ];
  const rows = [
    [' ', '007  ', '  0042', '   1.500', '20240229', 'T'],
    [' ', 'a b  ', '  -000', '  -0.000', '00000000', '?'],
    ['*', 'gone ', '     1', '   1.000', '20240229', 'F'],
    [' ', '     ', '******', '        ', '        ', ' '],
  ].map((cells) => cells.join(''));
  const { layer, rows: cells, warnings } = await read({ '.dbf': dbf(fields, rows) }, '.dbf');
  assert.deepEqual(layer.types, ['text', 'bigint', 'double precision', 'date', 'boolean']);
  assert.deepEqual(cells, [
    ['007', '42', '1.5', '2024-02-29', 'true'],
    ['a b', '0', '0.0', null, null],
    [null, null, null, null, null],
  ]);
  assert.deepEqual(warnings, { deleted_records: { count: 1 } });
});

const name: Field[] = [['NAME', 'C', 12, 0]];
const one = (text: string): readonly string[] => [` ${text.padEnd(12)}`];
const utf8 = Buffer.from('Ärger', 'utf8').toString('latin1');
const encodings: readonly (readonly [string, Readonly<Record<string, Buffer | string>>, string])[] = [
  ['the label in .cpg', { '.dbf': dbf(name, one('\xcf\xf0\xe8')), '.cpg': 'ANSI 1251' }, 'При'],
  ['the language driver', { '.dbf': dbf(name, one('\x84rger'), 1) }, 'ärger'],
  ['UTF-8 before the language driver', { '.dbf': dbf(name, one(utf8), 1) }, 'Ärger'],
  ['the letters, where .cpg claims UTF-8 wrongly', { '.dbf': dbf(name, one('\xc4rger')), '.cpg': 'UTF-8' }, 'Ärger'],
];
for (const [what, parts, expected] of encodings) {
  test(`text is decoded by ${what}`, async () => assert.equal((await read(parts, '.dbf')).rows[0]?.[0], expected));
}

test('text without any label is decoded as the encoding and language in which it is likeliest', async () => {
  const words = ['Москва', 'Тверская', 'набережная', 'Обнинск', 'переулок', 'Ярославль'];
  for (const codePage of ['windows-1251', 'koi8-r', 'maccyrillic', 'cp866']) {
    const rows = words.flatMap((word) => one(iconv.encode(word, codePage).toString('latin1')));
    const { rows: cells } = await read({ '.dbf': dbf(name, rows) }, '.dbf');
    assert.deepEqual(
      cells,
      words.map((word) => [word]),
      codePage,
    );
  }
});

test('the request for an encoding goes before everything else', async () => {
  const parts = { '.dbf': dbf(name, one('\xe4'), 0xc9), '.cpg': 'UTF-8' };
  assert.equal((await read(parts, '.dbf', { ...options, encoding: 'windows-1253' })).rows[0]?.[0], 'δ');
});

for (const [label, page] of [
  ['UTF-8 BOM', 'utf-8'],
  ['1252', 'windows-1252'],
  ['ISO 88591', 'iso-8859-1'],
  ['8859_2', 'iso-8859-2'],
  ['OEM 437', 'cp437'],
  ['936', 'gbk'],
  ['hex', null],
  ['nonsense', null],
] as const) {
  test(`the label ${label} means ${page}`, () => assert.equal(codePageOfLabel(label), page));
}

const clockwise = (x: number, y: number, size: number): [number, number][] => [
  [x, y],
  [x, y + size],
  [x + size, y + size],
  [x + size, y],
  [x, y],
];
const holeAt = (x: number, y: number, size: number): [number, number][] => clockwise(x, y, size).reverse();

/** Rings of each polygon of a WKB Polygon or MultiPolygon. */
function ringsOf(hex: string): readonly number[] {
  const bytes = Buffer.from(hex, 'hex');
  let at = 0;
  const polygonRings = (): number => {
    const rings = bytes.readUInt32LE(at + 5);
    at += 9;
    for (let n = 0; n < rings; n++) at += 4 + 16 * bytes.readUInt32LE(at);
    return rings;
  };
  if (bytes.readUInt32LE(1) === 3) return [polygonRings()];
  at = 9;
  return Array.from({ length: bytes.readUInt32LE(5) }, polygonRings);
}

const shells: readonly (readonly [string, readonly (readonly [number, number][])[], readonly number[]])[] = [
  [
    'a hole goes to its shell, whatever stands between',
    [clockwise(0, 0, 9), clockwise(20, 0, 9), holeAt(1, 1, 2)],
    [2, 1],
  ],
  [
    'a hole goes to the smallest shell around it',
    [clockwise(0, 0, 9), holeAt(1, 1, 7), clockwise(2, 2, 5), holeAt(3, 3, 1)],
    [2, 2],
  ],
  ['a hole without a shell becomes one', [clockwise(0, 0, 9), holeAt(20, 20, 1)], [1, 1]],
  ['rings that all turn the wrong way are told by containment', [holeAt(0, 0, 9), holeAt(1, 1, 2)], [2]],
  ['an open ring is closed', [clockwise(0, 0, 9).slice(0, 4)], [1]],
];
for (const [what, rings, expected] of shells) {
  test(`${what}`, async () => {
    const { geometries } = await read({ '.shp': shp(5, [polygon(rings)]), '.dbf': dbf(name, one('x')) });
    assert.deepEqual(ringsOf(geometries[0] ?? ''), expected);
  });
}

test('a table shorter or longer than its shapes loses no row, and says so', async () => {
  const nothing = Buffer.alloc(4);
  const short = await read({ '.shp': shp(5, [nothing, nothing]), '.dbf': dbf(name, one('x')) });
  assert.deepEqual([short.rows.length, short.warnings], [2, { records_without_attributes: { count: 1 } }]);
  const long = await read({ '.shp': shp(5, [nothing]), '.dbf': dbf(name, [...one('x'), ...one('y')]) });
  assert.deepEqual([long.rows.length, long.warnings], [2, { records_without_geometry: { count: 1 } }]);
});

test('a part alone ends with 1006 and the name of what is missing', async () => {
  for (const [main, missing] of [
    ['.shp', /\.dbf/],
    ['.shx', /\.shp/],
  ] as const) {
    await assert.rejects(
      read({ [main]: shp(5, []) }, main),
      (error: unknown) => error instanceof ImportError && error.code === 1006 && missing.test(error.message),
    );
  }
});

test('damaged files end with a coded error or are read, never otherwise', async () => {
  const shape = shp(5, [polygon([clockwise(0, 0, 9), holeAt(1, 1, 2)]), polygon([clockwise(3, 3, 1)])]);
  const table = dbf(name, [...one('a'), ...one('b')]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(600),
      async (changes, cut) => {
        const parts = { '.shp': Buffer.from(shape), '.dbf': Buffer.from(table) };
        for (const [isShape, at, value] of changes) {
          const part = parts[isShape ? '.shp' : '.dbf'];
          part[at % part.length] = value;
        }
        try {
          await read({ ...parts, '.shp': parts['.shp'].subarray(0, Math.max(1, shape.length - (cut % 40))) });
        } catch (error) {
          assert.ok(error instanceof ImportError, String(error));
        }
      },
    ),
    { seed: 20260722, numRuns: 400 },
  );
});

/** A table with a memo in each row, by the number of its block. */
const memoTable = (blocks: readonly string[]): Buffer =>
  dbf(
    [
      ['n', 'N', 5, 0],
      ['note', 'M', 10, 0],
    ],
    blocks.map((block, index) => ` ${String(index).padStart(5)}${block.padStart(10)}`),
  );

/** The memos of a table as it is read with the file of them. */
async function memosOf(table: Buffer, extension: string, content: Buffer): Promise<readonly (string | null)[]> {
  const [main, memos] = [join(folder, 'memo.dbf'), join(folder, `memo${extension}`)];
  writeFileSync(main, table);
  writeFileSync(memos, content);
  const companions = new Map([
    [extension, { path: memos, name: `memo${extension}`, sizeBytes: content.length, mediaType: null }],
  ]);
  const [layer] = await shapefile.open(
    { path: main, name: 'memo.dbf', sizeBytes: table.length, mediaType: null, companions },
    { ...options, encoding: 'utf-8' },
    { folder },
  );
  assert.ok(layer !== undefined);
  assert.deepEqual(layer.columns, ['n', 'note']);
  const found: (string | null)[] = [];
  await layer.read(({ bytes, kinds, starts, ends }) => {
    found.push(kinds[1] === 0 ? null : bytes.toString('utf8', starts[1], ends[1]));
  });
  return found;
}

const long = 'ß'.repeat(5000);

test('memos of dBASE III end before a byte', async () => {
  const content = Buffer.concat([Buffer.alloc(512), Buffer.from(`${long}\x1a\x1a`)]);
  const padded = Buffer.concat([content, Buffer.alloc(512 * 21 - content.length + 512), Buffer.from('second\x1a')]);
  assert.deepEqual(await memosOf(memoTable(['1', '22', '', '99999']), '.dbt', padded), [long, 'second', null, null]);
});

test('memos of dBASE IV say their length, in blocks of a size that the file says', async () => {
  const header = Buffer.alloc(64);
  header.writeUInt16LE(64, 20);
  const text = Buffer.from('zwei Zeilen\r\nß');
  const mark = Buffer.from([0xff, 0xff, 8, 0, text.length + 8, 0, 0, 0]);
  const content = Buffer.concat([header, mark, text, Buffer.alloc(64)]);
  assert.deepEqual(await memosOf(memoTable(['1', '0']), '.dbt', content), [text.toString(), null]);
});

test('memos of FoxPro say what they are and how long; pictures are none', async () => {
  const header = Buffer.alloc(512);
  header.writeUInt16BE(64, 6);
  const block = (type: number, text: string): Buffer => {
    const bytes = Buffer.alloc(64);
    bytes.writeUInt32BE(type, 0);
    bytes.writeUInt32BE(text.length, 4);
    bytes.write(text, 8, 'latin1');
    return bytes;
  };
  const content = Buffer.concat([header, block(1, 'a note'), block(0, 'a picture')]);
  assert.deepEqual(await memosOf(memoTable(['8', '9', '']), '.fpt', content), ['a note', null, null]);
});

test('a small file of memos that many records share ends with a code', async () => {
  const content = Buffer.concat([Buffer.alloc(512), Buffer.alloc(1 << 20, 97), Buffer.from([0x1a])]);
  const table = memoTable(Array.from({ length: 200 }, () => '1'));
  await assert.rejects(
    memosOf(table, '.dbt', content),
    (error) => error instanceof ImportError && /share/.test(error.message),
  );
});

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { CellKind, GeometryKind, type Layer } from '../../domain/layer.ts';
import { defaultReading } from '../../domain/reading.ts';
import { ImportError } from '../../errors.ts';
import { geojson } from './index.ts';
import { openGeoJson } from './layer.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-geojson-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const options = { ...defaultReading, maxRows: 1000 };
const fixtures = join(import.meta.dirname, '../../../test/fixtures/geojson');

const kindNames = Object.fromEntries(Object.entries(CellKind).map(([name, code]) => [code, name]));

/** Opens what `text` says, reading `chunkBytes` at a time. */
function open(text: string | Uint8Array, chunkBytes = 1 << 12): Layer {
  const path = join(folder, 'a');
  writeFileSync(path, text);
  return openGeoJson({ path, name: 'towns.geojson', sizeBytes: 0, mediaType: null }, options, chunkBytes);
}

interface ReadRow {
  readonly row: number;
  readonly line: number;
  readonly cells: Record<string, string>;
  readonly geometry: string | null;
}

async function rowsOf(layer: Layer): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  await layer.read((record) => {
    const { bytes, kinds, starts, ends } = record;
    assert.equal(record.count, layer.columns.length);
    const cells = layer.columns.flatMap((name, cell) =>
      kinds[cell] === CellKind.null
        ? []
        : [[name, `${kindNames[kinds[cell] ?? 0]} ${bytes.toString('utf8', starts[cell], ends[cell])}`] as const],
    );
    const geometry =
      record.geometryKind === GeometryKind.none
        ? null
        : bytes.toString('utf8', record.geometryStart, record.geometryEnd);
    rows.push({ row: record.row, line: record.line, cells: Object.fromEntries(cells), geometry });
  });
  return rows;
}

/** All that a file is read as, or the error it ends with. */
async function outcome(text: string | Uint8Array, chunkBytes?: number): Promise<unknown> {
  try {
    const layer = open(text, chunkBytes);
    const rows = await rowsOf(layer);
    return { srid: layer.srid, hasGeometry: layer.hasGeometry, columns: [...layer.columns], rows };
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    return { kind: error.kind, detail: error.message };
  }
}

const point = '{"type":"Point","coordinates":[1,2]}';
const feature = (properties: string, more = ''): string =>
  `{"type":"Feature"${more},"properties":${properties},"geometry":${point}}`;
const collection = (...features: string[]): string => `{"type":"FeatureCollection","features":[${features.join(',')}]}`;

describe('golden files', () => {
  for (const name of readdirSync(fixtures).filter((file) => !file.endsWith('.expected.json'))) {
    test(`${name} is read as ${basename(name)}.expected.json says`, async () => {
      const path = join(fixtures, name);
      const [layer] = await geojson.open(
        { path, name, sizeBytes: statSync(path).size, mediaType: null, companions: new Map() },
        options,
        { folder: tmpdir() },
      );
      assert.ok(layer);
      const rows = await rowsOf(layer);
      const found = {
        name: layer.name,
        srid: layer.srid,
        hasGeometry: layer.hasGeometry,
        columns: layer.columns,
        rows,
      };
      assert.deepEqual(found, JSON.parse(readFileSync(`${path}.expected.json`, 'utf8')));
      assert.ok(geojson.matches(readFileSync(path)));
    });
  }
});

describe('columns', () => {
  const columns = async (text: string): Promise<readonly string[]> => {
    const layer = open(text);
    await layer.read(() => undefined);
    return layer.columns;
  };
  const cells = async (text: string): Promise<unknown> => (await rowsOf(open(text))).map((row) => row.cells);

  test('are the union of all keys in order of first appearance, also when keys change places', async () => {
    const text = collection(feature('{"a":1,"b":2}'), feature('{"b":3,"c":4,"a":5}'), feature('{"a":6,"b":7}'));
    assert.deepEqual(await columns(text), ['a', 'b', 'c']);
    assert.deepEqual(await cells(text), [
      { a: 'jsonScalar 1', b: 'jsonScalar 2' },
      { a: 'jsonScalar 5', b: 'jsonScalar 3', c: 'jsonScalar 4' },
      { a: 'jsonScalar 6', b: 'jsonScalar 7' },
    ]);
  });

  test('of a repeated key hold the last value, and a key may be called __proto__ or be escaped', async () => {
    const text = collection(feature('{"__proto__":1,"a":2,"\\u0061":3,"":4}'));
    assert.deepEqual(await columns(text), ['__proto__', 'a', '']);
    const [row] = await rowsOf(open(text));
    assert.equal(row?.cells.a, 'jsonScalar 3');
  });

  test('hold strings with escapes as they hold them without; NUL characters alone stay to be counted', async () => {
    const odd = '"d":"2021\\/01\\/31","u":"\\u0041\\u00e9\\ud83d\\ude00","q":"a\\"b\\\\","n":"x\\u0000","p":"plain"';
    const [row] = await rowsOf(open(`[{"type":"Feature","properties":{${odd}},"geometry":${point}}]`, 16));
    assert.deepEqual(row?.cells, {
      d: 'jsonString 2021/01/31',
      u: 'jsonString Aé😀',
      q: 'jsonString a"b\\',
      n: 'jsonEscaped x\\u0000',
      p: 'jsonString plain',
    });
    assert.equal(row?.geometry, point);
  });

  test('of the feature id is id, and feature_id where a property is called id', async () => {
    assert.deepEqual(await columns(collection(feature('{"a":1}', ',"id":7'))), ['a', 'id']);
    assert.deepEqual(await columns(collection(feature('{"id":1}', ',"id":7'))), ['id', 'feature_id']);
  });

  test('beyond two thousand end with tooManyColumns', async () => {
    const many = Array.from({ length: 2001 }, (_, n) => `"k${n}":${n}`).join(',');
    await assert.rejects(columns(collection(feature(`{${many}}`))), { kind: 'tooManyColumns' });
  });
});

const accepted: readonly (readonly [string, number | null, number])[] = [
  [collection(), 4326, 0],
  ['{"features":[],"type":"FeatureCollection"}', 4326, 0],
  [`{"bbox":[1,2,3,4],"features":[${feature('{}')}],"name":"x","type":"FeatureCollection"}`, 4326, 1],
  ['[]', null, 0],
  [`[${feature('{}')},${feature('null')}]`, 4326, 2],
  ['[{"a":1},{"type":"Feature"}]', null, 2],
  ['{"a":1}\n{"a":2}\n', null, 2],
  [point, 4326, 1],
  [`\ufeff${feature('{}')}`, 4326, 1],
  [`${feature('{}')}\r\n${feature('{}')}`, 4326, 2],
  [`${collection(feature('{}'))}\n${collection(feature('{}'))}`, 4326, 2],
  [`{"crs":{"type":"name","properties":{"name":"EPSG:3857"}},${collection(feature('{}')).slice(1)}`, 3857, 1],
  [
    `${collection(feature('{}')).slice(0, -1)},"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::2154"}}}`,
    2154,
    1,
  ],
  [`${collection(feature('{"crs":{"type":"name"}}')).slice(0, -1)},"crs":null}`, 4326, 1],
  [collection(feature('{"x":"\\"crs\\":{}}]}"}')), 4326, 1],
  [
    feature('{}', ',"crs":{"type":"name","properties":{"name":"http://www.opengis.net/def/crs/EPSG/0/25831"}}'),
    25831,
    1,
  ],
  [
    collection(feature('{}').replace('"Point",', '"Point","crs":{"type":"name","properties":{"name":"EPSG:25830"}},')),
    25830,
    1,
  ],
  // Without a crs coordinates are degrees, unless none of the first ones can be.
  [collection(feature('{}').replace('[1,2]', '[440000.5,4474000]')), null, 1],
  [collection(feature('{}').replace('[1,2]', '[440000.5,4474000]'), feature('{}')), 4326, 2],
  [collection(feature('{}').replace('[1,2]', '[-9999,-9999]'), feature('{}')), 4326, 2],
];

describe('accepted', () => {
  for (const [text, srid, count] of accepted) {
    test(`${text.trim().slice(0, 100)} has ${count} rows in ${srid}`, async () => {
      const layer = open(text);
      assert.equal(layer.srid, srid);
      assert.equal((await rowsOf(layer)).length, count);
      assert.equal((await rowsOf(layer)).length, count, 'and may be read again');
    });
  }
});

const refused: readonly (readonly [string | Uint8Array, string, RegExp])[] = [
  ['', 'emptyFile', /nothing but white space/],
  [' \n ', 'emptyFile', /nothing but white space/],
  ['{}', 'badGeoJson', /single JSON object/],
  ['{"a":1}', 'badGeoJson', /single JSON object/],
  ['[1]', 'badGeoJson', /found `1`, expected an object/],
  ['[[1,2]]', 'badGeoJson', /found `\[1,2\]`/],
  ['var x = {};', 'badGeoJson', /byte 0 \(line 1\): found `var`/],
  [`${collection()} x`, 'badGeoJson', /found `x`, expected another object/],
  ['{"type":"FeatureCollection"}', 'badGeoJson', /without an array `features`/],
  ['{"type":"FeatureCollection","features":{}}', 'badGeoJson', /without an array `features`/],
  ['{"features":[],"type":"Foo"}', 'badGeoJson', /of type "Foo"/],
  ['{"type":"Topology","objects":{},"arcs":[]}', 'badGeoJson', /TopoJSON/],
  ['{"features":[{"attributes":{"a":1},"geometry":{"x":1,"y":2}}]}', 'badGeoJson', /Esri JSON/],
  [collection(feature('{}'), '{"a":1}'), 'badGeoJson', /feature 2.*without a type/],
  [collection(feature('{}'), 'null'), 'badGeoJson', /feature 2.*found `null`/],
  [collection(feature('{}'), ''), 'badGeoJson', /found `\]`/],
  [collection(`${feature('{}')} ${feature('{}')}`), 'badGeoJson', /expected a comma or \]/],
  [collection(feature('[1]')), 'badGeoJson', /neither an object nor null/],
  [collection(feature('{"a":NaN}')), 'badGeoJson', /found `NaN`, expected a value/],
  [collection(feature('{"a":01}')), 'badGeoJson', /expected a comma or }/],
  [collection(feature('{"a":1.}')), 'badGeoJson', /digit behind the decimal point/],
  [collection(feature('{"a":"\n"}')), 'badGeoJson', /control character 0x0a/],
  [collection(feature('{"a":"\\x"}')), 'badGeoJson', /behind \\/],
  [collection(feature('{"a":"\\u12g4"}')), 'badGeoJson', /hexadecimal/],
  [collection(feature("{'a':1}")), 'badGeoJson', /key in double quotes/],
  [collection(feature('{"a":1,}')), 'badGeoJson', /key in double quotes/],
  [collection(feature('{"a":[1,]}')), 'badGeoJson', /expected a value/],
  [`${collection(feature('{"a":1}'))}\0`, 'badGeoJson', /control character 0x00/],
  [
    `{\n"type":"FeatureCollection",\n"features":[\n${feature('{"a":tru}')}]}`,
    'badGeoJson',
    /feature 1, byte \d+ \(line 4\)/,
  ],
  ['['.repeat(1_000_000), 'badGeoJson', /nested more than 64/],
  [collection(feature(`{"a":${'['.repeat(1_000_000)}`)), 'badGeoJson', /nested more than 64/],
  [Buffer.from(collection(feature('{"a":"caf\xe9"}')), 'latin1'), 'badEncoding', /0xe9 at offset \d+ is not UTF-8/],
  [Buffer.from(`\ufeff${collection()}`, 'utf16le'), 'badEncoding', /0xff at offset 0/],
  [
    `{"crs":{"type":"name","properties":{"name":"EPSG:banana"}},${collection().slice(1)}`,
    'unknownSrid',
    /"EPSG:banana"/,
  ],
  [`{"crs":{"type":"link","properties":{"href":"http://x/"}},${collection().slice(1)}`, 'unknownSrid', /"link"/],
  [collection(...Array.from({ length: 1001 }, () => feature('{}'))), 'tooManyRows', /more than 1000 features/],
];

test('the JSON answer of a server that failed is called one', async () => {
  const answers = [
    ['{"error":{"code":400,"message":"Invalid parameters","details":[]}}', 'Invalid parameters'],
    ['{"error":["relation \\"t\\" does not exist"]}', 'relation \\"t\\" does not exist'],
    ['{"errors":[{"message":"Not found"}]}', 'Not found'],
    ['{"error":true,"message":"Unrecognized arguments"}', 'Unrecognized arguments'],
    ['{"message":"API rate limit exceeded"}', 'API rate limit exceeded'],
  ] as const;
  for (const [text, words] of answers) {
    await assert.rejects(rowsOf(open(text)), {
      kind: 'badGeoJson',
      message: `towns.geojson is the answer of a server that failed, and no data: "${words}".`,
    });
  }
  await assert.rejects(rowsOf(open('{"a":1}')), { message: /found a single JSON object/ });
});

test('UTF-16 by its mark, and the encoding that was asked for, are read as UTF-8', async () => {
  const read = async (bytes: Buffer, encoding: string | null): Promise<unknown> => {
    const path = join(folder, 'encoded.json');
    writeFileSync(path, bytes);
    const file = { path, name: 'encoded.json', sizeBytes: bytes.length, mediaType: null, companions: new Map() };
    const [layer] = await geojson.open(file, { ...options, encoding }, { folder });
    return (await rowsOf(layer ?? assert.fail())).map(({ cells }) => cells);
  };
  const text = '[{"a":"España"}]';
  const expected = [{ a: 'jsonString España' }];
  assert.deepEqual(await read(Buffer.from(`\ufeff${text}`, 'utf16le'), null), expected);
  assert.deepEqual(await read(Buffer.from(`\ufeff${text}`, 'utf16le').swap16(), null), expected);
  assert.deepEqual(await read(Buffer.from(text, 'latin1'), 'ISO-8859-1'), expected);
  assert.deepEqual(await read(Buffer.from(text), 'utf-8'), expected);
});

describe('refused', () => {
  for (const [text, kind, detail] of refused) {
    test(`${Buffer.from(text.slice(0, 90)).toString().trim()} with ${kind}, ${detail}`, async () => {
      const found = await outcome(text);
      assert.ok(
        typeof found === 'object' && found !== null && 'kind' in found && 'detail' in found,
        JSON.stringify(found),
      );
      assert.equal(found.kind, kind);
      assert.match(String(found.detail), detail);
    });
  }
});

test('a file cut anywhere is refused, and one of several objects holds those that are whole', async () => {
  const whole = readFileSync(join(fixtures, 'towns.geojson'));
  const end = whole.lastIndexOf('}') + 1;
  for (let length = 1; length < end; length++) {
    const found = JSON.stringify(await outcome(whole.subarray(0, length)));
    assert.match(found, /"badGeoJson".*the file ends before its JSON does/, `cut at ${length}`);
  }
  const lines = readFileSync(join(fixtures, 'lines.ndjson'), 'utf8');
  const first = lines.indexOf('\n');
  for (let length = 1; length < lines.length; length++) {
    const found = JSON.stringify(await outcome(lines.slice(0, length)));
    const isBetween = (length >= first && length <= first + 2) || length === lines.length - 1;
    assert.equal(/"rows"/.test(found), isBetween, `cut at ${length}: ${found}`);
  }
});

test('a file read in chunks of any size is what it is when read at once', async () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const features = fc.array(
    fc.record({ properties: fc.dictionary(fc.string(), json, { maxKeys: 4 }), id: fc.integer() }),
    {
      maxLength: 5,
    },
  );
  await fc.assert(
    fc.asyncProperty(features, fc.integer({ min: 1, max: 200 }), fc.constantFrom(0, 2), async (list, chunk, indent) => {
      const text = JSON.stringify(
        {
          type: 'FeatureCollection',
          features: list.map((one) => ({ type: 'Feature', ...one, geometry: { type: 'Point', coordinates: [1, 2] } })),
        },
        null,
        indent,
      );
      assert.deepEqual(await outcome(text, chunk), await outcome(text));
    }),
    { seed: 20260722, numRuns: 200 },
  );
});

test('every property comes back as JSON.parse reads it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 }), async (properties) => {
      const layer = open(collection(feature(JSON.stringify(properties))));
      const back = new Map<string, unknown>();
      await layer.read(({ bytes, kinds, starts, ends }) => {
        layer.columns.forEach((name, cell) => {
          const raw = bytes.toString('utf8', starts[cell], ends[cell]);
          const kind = kinds[cell];
          const json = kind === CellKind.jsonEscaped ? `"${raw}"` : raw;
          back.set(name, kind === CellKind.null ? null : kind === CellKind.jsonString ? raw : JSON.parse(json));
        });
      });
      assert.deepEqual(back, new Map(Object.entries(JSON.parse(JSON.stringify(properties)))));
    }),
    { seed: 20260722, numRuns: 300 },
  );
});

describe('coordinates are stepped over', () => {
  const geometryOf = async (geometry: string): Promise<unknown> => {
    const [row, next] = await rowsOf(open(collection(feature('{}').replace(point, geometry), feature('{"b":"}"}'))));
    assert.equal(next?.cells.b, 'jsonString }');
    return row?.geometry;
  };
  for (const geometry of [
    '{"type":"Point","coordinates":[1,2]}',
    '{"coordinates":[1,2] , "type":"Point"}',
    '{ "type" : "Point" , "coordinates" : [1,2] }',
    '{"type":"Point","coordinates":[1,{"a":[]},"}"],"more":[{}]}',
    '{"type":"Point","coordinates":[{}]}',
    '{"type":"Point","coordinates":[]}',
    '{"type":"Point","coordinates":[1,,NaN]]}',
    '{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]}',
    '{}',
    '"POINT(1 2)"',
  ]) {
    test(`so that ${geometry} is handed over whole, for the encoder to judge`, async () =>
      assert.equal(await geometryOf(geometry), geometry));
  }

  test('but what has no end is refused', async () => {
    const found = await outcome(collection(feature('{}').replace(point, '{"type":"Point","coordinates":[1,2}')));
    assert.match(JSON.stringify(found), /badGeoJson/);
  });
});

test('a sample reads the first mebibyte only, whole features', async () => {
  const features = Array.from({ length: 900 }, (_, n) => feature(`{"n":${n},"pad":"${'x'.repeat(4000)}"}`));
  const layer = open(collection(...features), 1 << 16);
  let count = 0;
  await layer.sample(() => {
    count++;
  });
  assert.ok(count > 240 && count < 300, String(count));
});

test('a feature larger than 64 MiB is refused, and a smaller one is read', async () => {
  const big = (mebibytes: number): string => collection(feature(`{"a":"${'x'.repeat(mebibytes << 20)}"}`));
  assert.throws(() => open(big(66)), { kind: 'fileTooBig', message: /larger than 64 MiB/ });
  const layer = open(big(5));
  let length = 0;
  await layer.read((record) => {
    length = record.ends[0]! - record.starts[0]!;
  });
  assert.equal(length, 5 << 20);
});

for (const [head, isLikely] of [
  ['{"type":', true],
  ['\ufeff \n[ {', true],
  ['\x1e{"a"', true],
  ['{', true],
  ['[]', true],
  ['[1,2', false],
  ['{a:1}', false],
  ['a,b\n1,2', false],
  ['', false],
] as const) {
  test(`${JSON.stringify(head)} ${isLikely ? 'may be' : 'is not'} GeoJSON`, () =>
    assert.equal(geojson.matches(Buffer.from(head)), isLikely));
}

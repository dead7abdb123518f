import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openWith, type Row, rowsOf } from '../../../test/support/layer-values.ts';
import type { Layer } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { kml } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-kml-'));
after(() => rmSync(folder, { recursive: true }));

const document = (content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="g"><Document>${content}</Document></kml>`;
const point = '<Point><coordinates>1,2,3</coordinates></Point>';

async function open(content: string, name = 'places.kml'): Promise<readonly Layer[]> {
  const path = join(folder, name);
  writeFileSync(path, content);
  return await openWith(kml, path);
}

/** The rows of the one layer of a document; cells that are NULL are left out. */
async function rows(content: string): Promise<readonly Row[]> {
  const [layer, ...more] = await open(document(content));
  assert.ok(layer && more.length === 0);
  return (await rowsOf(layer)).map(({ cells, geometry }) => ({
    cells: Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== null)),
    geometry,
  }));
}

const geometryOf = async (geometry: string): Promise<unknown> =>
  (await rows(`<Placemark>${geometry}</Placemark>`))[0]?.geometry;

const codeOf = async (content: string): Promise<string> => {
  const error = await open(content).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof ImportError, String(error));
  return `${error.code} ${error.message}`;
};

test('a placemark gives its own elements and where it lies', async () => {
  const [row] = await rows(
    '<name>Doc</name><Folder><name>In</name><Placemark id="p1"><name> A &amp; B </name><visibility>true</visibility>' +
      '<description><![CDATA[<b>bold</b>]]></description><Snippet>s</Snippet><address>a</address>' +
      '<phoneNumber>1</phoneNumber><styleUrl>#x</styleUrl><Style><IconStyle><Icon><href>no.png</href></Icon></IconStyle></Style>' +
      `<TimeSpan><begin>1997</begin><end>1998-05</end></TimeSpan>${point}</Placemark></Folder>`,
  );
  assert.deepEqual(row, {
    cells: {
      name: 'A & B',
      description: '<b>bold</b>',
      folder_path: 'Doc/In',
      begin: '1997',
      end: '1998-05',
      visibility: '1',
      snippet: 's',
      address: 'a',
      phone: '1',
      style_url: '#x',
      kml_id: 'p1',
    },
    geometry: { type: 1001, content: [1, 2, 3] },
  });
});

test('tags inside a description are its text', async () => {
  const [row] = await rows(
    '<Placemark><description>a<br/>b <a href="x&quot;">c</a><name>d</name></description></Placemark>',
  );
  assert.equal(row?.cells.description, 'a<br />b <a href="x&quot;">c</a><name>d</name>');
});

test('fields of all schemas are columns of their types, with or without a value', async () => {
  const [layer] = await open(
    document(
      '<Schema id="one"><SimpleField name="n" type="int"/><SimpleField name="zip" type="string"/>' +
        '<SimpleField name="open" type="bool"/><SimpleField name="never" type="double"/></Schema>' +
        '<Schema name="two"><SimpleField name="n" type="int"/><SimpleField name="zip" type="int"/></Schema>' +
        '<Placemark><ExtendedData><SchemaData schemaUrl="#one"><SimpleData name="n">7</SimpleData>' +
        '<SimpleData name="zip">00501</SimpleData><SimpleData name="open">1</SimpleData></SchemaData></ExtendedData></Placemark>' +
        '<Placemark><ExtendedData><SchemaData schemaUrl="#two"><SimpleData name="n"> </SimpleData></SchemaData>' +
        '<Data name="free"><displayName>x</displayName><value>v</value></Data><c:camp xmlns:c="c">4</c:camp></ExtendedData></Placemark>',
    ),
  );
  assert.ok(layer);
  const types = Object.fromEntries(layer.columns.map((name, at) => [name, layer.types?.[at]]));
  assert.deepEqual(types, {
    name: 'text',
    description: 'text',
    n: 'bigint',
    zip: null,
    open: 'boolean',
    never: 'double precision',
    free: null,
    camp: null,
  });
  const none = { name: null, description: null, never: null };
  assert.deepEqual(
    (await rowsOf(layer)).map(({ cells }) => cells),
    [
      { ...none, n: '7', zip: '00501', open: 'true', free: null, camp: null },
      { ...none, n: null, zip: null, open: null, free: 'v', camp: '4' },
    ],
  );
});

test('data under the name of an own element fills it, and stands beside it where they differ', async () => {
  const data = (value: string): string =>
    `<ExtendedData><Data name="Name"><value>${value}</value></Data><Data name="when"><value>w</value></Data></ExtendedData>`;
  const all = await rows(
    `<Placemark>${data('a')}</Placemark><Placemark><name>a</name>${data('a')}</Placemark><Placemark><name>b</name>${data('a')}</Placemark>`,
  );
  assert.deepEqual(
    all.map(({ cells }) => [cells.name, cells.Name, cells.when]),
    [
      ['a', undefined, 'w'],
      ['a', undefined, 'w'],
      ['b', 'a', 'w'],
    ],
  );
});

test('geometries of every kind are what the file says', async () => {
  const ring = (numbers: string): string => `<LinearRing><coordinates>${numbers}</coordinates></LinearRing>`;
  const outer = `<outerBoundaryIs>${ring('0,0 9,0 9,9 0,0')}</outerBoundaryIs>`;
  const shell = [
    [0, 0],
    [9, 0],
    [9, 9],
    [0, 0],
  ];
  const hole = [
    [2, 1],
    [3, 1],
    [3, 2],
    [2, 1],
  ];
  for (const [source, expected] of [
    [point, { type: 1001, content: [1, 2, 3] }],
    ['<Point><coordinates> 1 , 2 </coordinates></Point>', { type: 1, content: [1, 2] }],
    [
      '<LineString><coordinates>\n1,2\t3,4,5\n</coordinates></LineString>',
      {
        type: 1002,
        content: [
          [1, 2, 0],
          [3, 4, 5],
        ],
      },
    ],
    [ring('0,0 9,0 9,9 0,0'), { type: 2, content: shell }],
    [
      `<Polygon><extrude>0</extrude>${outer}<innerBoundaryIs>${ring('2,1 3,1 3,2')}</innerBoundaryIs></Polygon>`,
      { type: 3, content: [shell, hole] },
    ],
    [
      `<MultiGeometry><Polygon>${outer}</Polygon></MultiGeometry>`,
      { type: 6, content: [{ type: 3, content: [shell] }] },
    ],
    [
      `<MultiGeometry>${point}<MultiGeometry>${ring('0,0 9,0 9,9 0,0')}</MultiGeometry></MultiGeometry>`,
      {
        type: 1007,
        content: [
          { type: 1001, content: [1, 2, 3] },
          { type: 1005, content: [{ type: 1002, content: shell.map(([x, y]) => [x, y, 0]) }] },
        ],
      },
    ],
    ['<MultiGeometry/>', null],
    ['<Point/>', null],
    [
      '<Model><Location><longitude>1</longitude><latitude>2</latitude></Location></Model>',
      { type: 1, content: [1, 2] },
    ],
    ['<Point><coordinates>1,x</coordinates></Point>', { type: 1, content: [Number.NaN, 0] }],
    ['<LineString><coordinates>1,2 3</coordinates></LineString>', { type: 1, content: [Number.NaN, 0] }],
  ] as const) {
    assert.deepEqual(await geometryOf(source), expected, source);
  }
});

test('a track is a line with its times and arrays', async () => {
  const track =
    '<gx:Track><when>2010-05-28T02:02:09Z</when><when>2010-05-28T02:02:35Z</when><gx:coord>1 2 3</gx:coord><gx:coord>4 5 6</gx:coord>' +
    '<ExtendedData><SchemaData schemaUrl="#s"><gx:SimpleArrayData name="cad"><gx:value>86</gx:value><gx:value>103</gx:value></gx:SimpleArrayData></SchemaData></ExtendedData></gx:Track>';
  const line = {
    type: 1002,
    content: [
      [1, 2, 3],
      [4, 5, 6],
    ],
  };
  const [one, many] = await rows(
    `<Placemark>${track}</Placemark><Placemark><gx:MultiTrack>${track}${track}</gx:MultiTrack></Placemark>`,
  );
  assert.deepEqual(one?.geometry, line);
  assert.equal(one?.cells.when, '["2010-05-28T02:02:09Z","2010-05-28T02:02:35Z"]');
  assert.equal(one?.cells.cad, '["86","103"]');
  assert.deepEqual(many?.geometry, { type: 1005, content: [line, line] });
  assert.equal(JSON.parse(String(many?.cells.when)).length, 2);
});

test('a ground overlay is the rectangle that it covers, turned as it says, and its image is not looked at', async () => {
  const overlay = (rotation: number): string =>
    `<GroundOverlay><name>o</name><Icon><href>http://127.0.0.1:9/x.png</href></Icon><LatLonBox><north>1</north><south>-1</south><east>2</east><west>-2</west><rotation>${rotation}</rotation></LatLonBox></GroundOverlay>`;
  const [flat, turned] = await rows(overlay(0) + overlay(90));
  assert.equal(flat?.cells.icon, 'http://127.0.0.1:9/x.png');
  assert.deepEqual(flat?.geometry, {
    type: 3,
    content: [
      [
        [-2, -1],
        [2, -1],
        [2, 1],
        [-2, 1],
        [-2, -1],
      ],
    ],
  });
  const { geometry } = turned ?? {};
  assert.ok(geometry && geometry !== 'invalid');
  assert.deepEqual(
    geometry.content.flat(2).map((value) => Math.round(Number(value))),
    [1, -2, 1, 2, -1, 2, -1, -2, 1, -2],
  );
});

test('several containers with rows are layers of their names, one is the file', async () => {
  const folderOf = (name: string): string => `<Folder><name>${name}</name><Placemark>${point}</Placemark></Folder>`;
  const names = async (content: string): Promise<readonly string[]> =>
    (await open(document(content), 'a b.kml')).map(({ name }) => name);
  assert.deepEqual(await names(`<name>d</name>${folderOf('x')}`), ['a b']);
  assert.deepEqual(await names(`<name>d</name><Folder/>${folderOf('x/1')}${folderOf('y')}`), ['x/1', 'y']);
  assert.deepEqual(await names(`<Placemark/>${folderOf('x')}<Folder><Folder><Placemark/></Folder></Folder>`), [
    'a b',
    'x',
    'Layer #2',
  ]);
});

test('fifty containers are fifty layers; more end with 1019', async () => {
  const folders = (count: number): string =>
    document(Array.from({ length: count }, (_, i) => `<Folder><name>f${i}</name><Placemark/></Folder>`).join(''));
  assert.equal((await open(folders(50))).length, 50);
  await assert.rejects(open(folders(51)), (error) => error instanceof ImportError && error.code === 1019);
});

test('a file that only links ends with 3202, one without places with 1005, and links are never followed', async () => {
  const link = '<NetworkLink><name>n</name><Link><href>http://127.0.0.1:9/a.kml</href></Link></NetworkLink>';
  assert.equal(await codeOf(document(link)), '3202 places.kml holds no placemark, only a link to other files.');
  assert.equal(await codeOf(document('<Style/>')), '1005 places.kml holds no placemark.');
  assert.equal((await rows(`${link}<Style/><Placemark>${point}</Placemark>`)).length, 1);
});

test('a web page under the name of a KML file ends with 1002 and says so', async () => {
  assert.match(await codeOf('<!DOCTYPE html><html><title>404</title></html>'), /^1002 places\.kml is an HTML page/);
});

test('KML is told by its first element, whatever the name', () => {
  assert.ok(kml.matches(Buffer.from(document(''))));
  assert.ok(!kml.matches(Buffer.from('<gpx/>')));
});

test('a KML file that is cut off anywhere ends with a code', async () => {
  const bytes = Buffer.from(document(`<Placemark><name>é</name>${point}</Placemark>`));
  for (let length = 1; length < bytes.length; length++) {
    const path = join(folder, 'cut.kml');
    writeFileSync(path, bytes.subarray(0, length));
    await assert.rejects(openWith(kml, path), ImportError, `${length} bytes`);
  }
});

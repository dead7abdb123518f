import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Geometry } from 'geojson';
import type { ColumnType } from '../../src/domain/schema.ts';
import { type ImportView, startTestApp, type TestApp } from '../support/app.ts';
import { rar4, rar5, sevenZip, tar, type ZipFile, zip } from '../support/archives.ts';
import { type Engine, engines, oneEngine } from '../support/database.ts';
import { decodeWkb, type WkbValue } from '../support/layer-values.ts';
import { filesOf, withoutGdal, writeWithGdal } from '../support/ogr2ogr.ts';
import {
  delimited,
  esriJson,
  geojson,
  geojsonLines,
  geoparquet,
  gpx,
  jsonArray,
  kml,
  topojson,
  workbook,
} from '../support/reference-files.ts';
import {
  type Attribute,
  attributes,
  type ReferenceLayer,
  referenceLayers,
  rowCount,
} from '../support/reference-layers.ts';

/**
 * What a format cannot hold, by the line of docs/formats.md ("Known losses") that says so. `columns`: the type that a
 * column has instead, and how its values change; null: it is not there.
 */
interface Loss {
  readonly line: string;
  readonly columns?: Readonly<Record<string, Changed | null>>;
  /** Names of columns that the source does not have. */
  readonly extra?: readonly string[];
  /** Whether rows without a value are not written. */
  readonly emptyRows?: true;
  /** Whether rows without a geometry are not written. */
  readonly unlocatedRows?: true;
  readonly geometry?: 'none' | 'flat' | 'raised';
  /** Whether every line is a multi-line. */
  readonly multiLines?: true;
  /** Largest error of an ordinate; 1e-9 where absent. */
  readonly precision?: number;
}

interface Changed {
  readonly type: ColumnType;
  /** A value as it comes back; unchanged where absent. */
  readonly value?: (value: string | null) => string | null;
}

const asText: Changed = { type: 'text' };
const keep = (change: (value: string) => string) => (value: string | null) => (value === null ? null : change(value));
const double = keep((value) => String(Number(value)));
const withZone = keep((value) => `${value}+00`);
const withoutZone = keep((value) => value.replace('+00', ''));
const digit = keep((value) => (value === 'true' ? '1' : '0'));
/** Where a format has no NULL, and how its own nothing comes back. */
const orZero = (change: (value: string) => string) => (value: string | null) => (value === null ? '0' : change(value));
const orEmpty = (value: string | null): string => value ?? '';

const losses = {
  jsonAsText: { line: 'JSON in a cell of text stays text', columns: { nested: asText } },
  jsonTimes: { line: 'times of day in JSON are text', columns: { clock: asText } },
  declaredText: {
    line: 'what the format has no type for is declared text, and stays it',
    columns: { digits: asText, nested: asText, key: asText },
  },
  declaredMore: {
    line: 'what the format has no type for is declared text, and stays it',
    columns: { flag: asText, moment: asText },
  },
  kmlTypes: {
    line: 'KML declares numbers and booleans only',
    columns: { day: asText, moment: asText, instant: asText, clock: asText },
    extra: ['name', 'description'],
  },
  flat: { line: 'heights of TopoJSON are not kept', geometry: 'flat' },
  waypoints: { line: 'GPX has no attributes but those of the standard', unlocatedRows: true },
  utcOnly: {
    line: 'GeoPackage has no timestamps without a zone and no times',
    columns: { moment: { type: 'timestamptz', value: withZone }, clock: asText },
  },
  dbf: {
    line: 'dBASE has days, but no booleans, times or timestamps of GDAL',
    columns: {
      real: { type: 'numeric', value: keep((value) => (value === '1e+300' ? '100000000000000005250476' : value)) },
      flag: { type: 'bigint', value: digit },
      moment: { type: 'date', value: keep((value) => value.slice(0, 10)) },
      instant: { type: 'date', value: keep((value) => value.slice(0, 10)) },
      clock: null,
    },
  },
  flatgeobufTimes: {
    line: 'FlatGeobuf has one type for days, times and timestamps',
    columns: {
      day: { type: 'timestamp', value: keep((value) => `${value} 00:00:00`) },
      clock: { type: 'text', value: keep((value) => `0000-00-00T${value}`) },
    },
    unlocatedRows: true,
  },
  geojsonByGdal: {
    line: 'numbers of more than 15 digits are numeric',
    columns: { real: { type: 'numeric' }, digits: asText },
  },
  kmlByGdal: {
    line: 'GDAL writes KML with 15 digits and heights of 0',
    columns: {
      big: { type: 'double precision', value: keep((value) => Number(value).toPrecision(15)) },
      flag: { type: 'bigint', value: digit },
    },
    extra: ['name', 'description', 'folder_path', 'kml_id'],
    geometry: 'raised',
  },
  sheetByGdal: {
    line: 'spreadsheets of GDAL have no geometry',
    columns: { nested: asText, instant: { type: 'timestamp', value: withoutZone } },
    emptyRows: true,
    geometry: 'none',
  },
  sheetBooleans: {
    line: 'OpenDocument booleans of GDAL are numbers',
    columns: { flag: { type: 'bigint', value: digit } },
  },
  geodatabase: {
    line: 'a file geodatabase has one type for days and times, whole seconds, multi-lines only, and no integers beyond 32 bits',
    multiLines: true,
    columns: {
      big: { type: 'double precision', value: double },
      flag: { type: 'bigint', value: digit },
      day: { type: 'timestamptz', value: keep((value) => `${value} 00:00:00+00`) },
      moment: { type: 'timestamptz', value: keep((value) => `${value.replace('.25', '')}+00`) },
      instant: { type: 'timestamptz', value: keep((value) => value.replace('.25', '')) },
      clock: { type: 'timestamptz', value: keep(() => '1970-01-01 00:00:00+00') },
    },
  },
  mifDigits: {
    line: 'MIF has 15 digits of a number',
    columns: {
      big: { type: 'double precision', value: orZero((value) => Number(value).toPrecision(15)) },
    },
  },
  mapinfo: {
    line: 'MapInfo has no NULL, no heights, no integers beyond 32 bits and no zones; names are ASCII',
    columns: {
      strasse: null,
      imya: null,
      whole: { type: 'bigint', value: orZero(String) },
      big: { type: 'double precision', value: orZero((value) => String(Number(value))) },
      real: { type: 'double precision', value: orZero(String) },
      digits: { type: 'text', value: orEmpty },
      flag: { type: 'bigint', value: orZero((value) => (value === 'true' ? '1' : '0')) },
      instant: { type: 'timestamp', value: withoutZone },
      nested: { type: 'text', value: orEmpty },
      key: { type: 'text', value: orEmpty },
    },
    extra: ['stra_e', 'field_2'],
    geometry: 'flat',
    precision: 1e-6,
  },
  gml3: {
    line: 'GML 3 has identifiers and boxes of its features as columns',
    extra: ['gml_id', 'lowercorner', 'uppercorner'],
  },
  gml2: { line: 'GML 2 has the identifiers of its features as a column', extra: ['fid'] },
  jml: {
    line: 'JML has no long integers, booleans, days or times',
    columns: {
      big: asText,
      flag: { type: 'bigint', value: digit },
      day: { type: 'timestamp', value: keep((value) => `${value} 00:00:00`) },
      clock: asText,
    },
    extra: ['r_g_b'],
  },
} satisfies Record<string, Loss>;
type LossName = keyof typeof losses;

/** A way to write a reference layer. */
interface Way {
  readonly title: string;
  /** Of the file that is sent. */
  readonly extension: string;
  readonly write: (layer: ReferenceLayer) => string | Buffer;
  /** All files of a layer, for those that are sent together. */
  readonly files?: (layer: ReferenceLayer) => readonly ZipFile[];
  readonly losses: readonly LossName[];
  /** Whether all layers are sent in one zip file. */
  readonly isTogether?: true;
  /** Only these layers; all where absent. */
  readonly only?: readonly string[];
  /** A program without which the file cannot be written; false where it is there. */
  readonly missing?: string | false;
}

const way = (
  title: string,
  extension: string,
  write: Way['write'],
  of: readonly LossName[] = [],
  more: Partial<Way> = {},
): Way => ({ title, extension, write, losses: of, ...more });

const folder = mkdtempSync(join(tmpdir(), 'landfall-cross-'));
after(() => rmSync(folder, { recursive: true }));

/** Written by ogr2ogr, with all files of a layer in a folder of one zip file. */
const byGdal = (title: string, extension: string, options: readonly string[], of: readonly LossName[]): Way =>
  way(`${title} by ogr2ogr`, extension, () => '', of, {
    isTogether: true,
    missing: withoutGdal,
    files: (layer) => filesOf(writeWithGdal(layer, folder, extension, options)),
  });

const gmlAlone = (layer: ReferenceLayer): Buffer =>
  readFileSync(writeWithGdal(layer, folder, '.gml', ['-f', 'GML', '-dsco', 'FORMAT=GML3.2']));

/** What a program makes of a file's bytes on its standard output. */
const piped = (program: string, content: string): Buffer => spawnSync(program, ['-c'], { input: content }).stdout;
const withoutProgram = (name: string): string | false =>
  spawnSync(name, ['--version']).error === undefined ? false : `needs ${name}`;

const inside = (layer: ReferenceLayer) => [{ name: `maps/${layer.name}.geojson`, content: geojson(layer) }];
const points = { only: ['Pünkte'] };

const ways: readonly Way[] = [
  way('CSV', '.csv', (layer) => delimited(layer, ','), ['jsonAsText']),
  way('TSV', '.tsv', (layer) => delimited(layer, '\t'), ['jsonAsText'], points),
  way('text with semicolons', '.txt', (layer) => delimited(layer, ';'), ['jsonAsText'], points),
  way('GeoJSON', '.geojson', geojson, ['jsonTimes']),
  way('newline-delimited GeoJSON', '.ndjson', (layer) => geojsonLines(layer, ''), ['jsonTimes']),
  way('a GeoJSON text sequence', '.geojsons', (layer) => geojsonLines(layer, '\x1e'), ['jsonTimes'], points),
  way('an array of objects', '.json', jsonArray, ['jsonTimes']),
  way('TopoJSON', '.topojson', topojson, ['jsonTimes', 'flat']),
  way('Esri JSON', '.json', esriJson, ['declaredText', 'declaredMore']),
  way('KML', '.kml', kml, ['declaredText', 'kmlTypes']),
  way('KML with prefixes', '.kml', (layer) => kml(layer, 'k:'), ['declaredText', 'kmlTypes'], points),
  way('KMZ', '.kmz', (layer) => zip([{ name: 'doc.kml', content: kml(layer) }]), ['declaredText', 'kmlTypes']),
  way('GeoParquet with WKB', '.parquet', (layer) => geoparquet(layer, 'GEOMETRY')),
  way('GeoParquet in native encodings', '.parquet', (layer) => geoparquet(layer, 'native')),
  way('XLSX', '.xlsx', (layer) => workbook(layer, 'xlsx'), ['jsonAsText']),
  way('XLS', '.xls', (layer) => workbook(layer, 'biff8'), ['jsonAsText']),
  way('XLSB', '.xlsb', (layer) => workbook(layer, 'xlsb'), ['jsonAsText']),
  way('GeoJSON in zip', '.zip', (layer) => zip(inside(layer)), ['jsonTimes']),
  way('GeoJSON in tar', '.tar', (layer) => tar(inside(layer)), ['jsonTimes'], points),
  way('GeoJSON in tar.gz', '.tar.gz', (layer) => gzipSync(tar(inside(layer))), ['jsonTimes'], points),
  way('GeoJSON in gz', '.geojson.gz', (layer) => gzipSync(geojson(layer)), ['jsonTimes'], points),
  way('GeoJSON in zst', '.geojson.zst', (layer) => zstdCompressSync(geojson(layer)), ['jsonTimes'], points),
  way(
    'GeoJSON in rar 4',
    '.rar',
    (layer) => rar4([{ name: `${layer.table}.geojson`, content: geojson(layer) }]),
    ['jsonTimes'],
    points,
  ),
  way('GeoJSON in rar 5', '.rar', (layer) => rar5(inside(layer)), ['jsonTimes'], points),
  way('GeoJSON in 7z', '.7z', (layer) => sevenZip(`${layer.table}.geojson`, geojson(layer)), ['jsonTimes'], points),
  way('GeoJSON in xz', '.geojson.xz', (layer) => piped('xz', geojson(layer)), ['jsonTimes'], {
    ...points,
    missing: withoutProgram('xz'),
  }),
  way('GeoJSON in bz2', '.geojson.bz2', (layer) => piped('bzip2', geojson(layer)), ['jsonTimes'], {
    ...points,
    missing: withoutProgram('bzip2'),
  }),
  byGdal('GeoPackage', '.gpkg', ['-f', 'GPKG'], ['declaredText', 'utcOnly']),
  byGdal('FlatGeobuf', '.fgb', ['-f', 'FlatGeobuf', '-lco', 'SPATIAL_INDEX=NO'], ['declaredText', 'flatgeobufTimes']),
  byGdal('Shapefile', '.shp', ['-f', 'ESRI Shapefile', '-lco', 'ENCODING=UTF-8'], ['declaredText', 'dbf']),
  byGdal('GeoJSON', '.geojson', ['-f', 'GeoJSON', '-lco', 'COORDINATE_PRECISION=15'], ['jsonTimes', 'geojsonByGdal']),
  byGdal('KML', '.kml', ['-f', 'LIBKML'], ['declaredText', 'kmlByGdal']),
  byGdal('KMZ', '.kmz', ['-f', 'LIBKML'], ['declaredText', 'kmlByGdal']),
  byGdal('XLSX', '.xlsx', ['-f', 'XLSX'], ['sheetByGdal']),
  byGdal('OpenDocument', '.ods', ['-f', 'ODS'], ['sheetByGdal', 'sheetBooleans']),
  byGdal('a file geodatabase', '.gdb', ['-f', 'OpenFileGDB'], ['declaredText', 'geodatabase']),
  byGdal('MapInfo TAB', '.tab', ['-f', 'MapInfo File', '-lco', 'ENCODING=UTF-8'], ['mapinfo']),
  byGdal(
    'MapInfo MIF',
    '.mif',
    ['-f', 'MapInfo File', '-dsco', 'FORMAT=MIF', '-lco', 'ENCODING=UTF-8'],
    ['mapinfo', 'mifDigits'],
  ),
  byGdal('GML 3.2', '.gml', ['-f', 'GML', '-dsco', 'FORMAT=GML3.2'], ['declaredText', 'gml3']),
  byGdal('GML 2', '.gml', ['-f', 'GML', '-dsco', 'FORMAT=GML2'], ['declaredText', 'gml2']),
  way('GML without a schema', '.gml', gmlAlone, ['jsonAsText', 'gml3'], { missing: withoutGdal }),
  byGdal('SQLite', '.sqlite', ['-f', 'SQLite'], ['declaredText']),
  byGdal('SpatiaLite', '.sqlite', ['-f', 'SQLite', '-dsco', 'SPATIALITE=YES'], ['declaredText']),
  byGdal('OpenJUMP JML', '.jml', ['-f', 'JML'], ['declaredText', 'jml']),
];

/** Whether a file of that name is an archive, which stands in no other here. */
const isPacked = (extension: string): boolean => /\.(zip|tar|gz|zst|rar|7z|xz|bz2)$/.test(extension);

const tablesOf = ({ tables }: ImportView): readonly { readonly name: string }[] =>
  (tables ?? []) as readonly { name: string }[]; // as the wire has it

const allLosses = (of: readonly LossName[]): readonly Loss[] => of.map((name) => losses[name]);

/** Numbers of the rows that a file has. */
function rowsIn(layer: ReferenceLayer, of: readonly Loss[]): readonly number[] {
  const isThere = (row: number): boolean =>
    !(of.some(({ unlocatedRows }) => unlocatedRows) && (layer.geometries[row] ?? null) === null) &&
    !(of.some(({ emptyRows }) => emptyRows) && attributes.every(({ values }) => (values[row] ?? null) === null));
  return Array.from({ length: rowCount }, (_, row) => row).filter(isThere);
}

/** The column as it comes back; null where it is lost. */
function changed({ column, type }: Attribute, of: readonly Loss[]): Changed | null {
  const found = of.map(({ columns }) => columns?.[column]).filter((change) => change !== undefined);
  return found.length === 0 ? { type } : (found.at(-1) ?? null);
}

const shortTypes: Readonly<Record<string, string>> = {
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  'time without time zone': 'time',
};

/** Equal text, or numbers that are the same double. */
function assertSameValue(found: unknown, wanted: string | null, type: ColumnType, where: string): void {
  if (found === wanted) return;
  const isNumber = type === 'double precision' || type === 'numeric';
  assert.ok(
    isNumber && typeof found === 'string' && wanted !== null && wanted !== '',
    `${where}: ${found}, not ${wanted}`,
  );
  const [a, b] = [Number(found), Number(wanted)];
  assert.ok(
    a === b || (type === 'numeric' && Math.abs(a - b) <= Math.abs(b) * 1e-15),
    `${where}: ${found}, not ${wanted}`,
  );
}

const MULTI_LINE = 5;
const wkbTypes: Readonly<Record<string, number>> = { Point: 1, LineString: 2, MultiPolygon: 6 };

const coordinatesOf = (geometry: WkbValue): unknown =>
  geometry.content.map((part) =>
    typeof part === 'object' && part !== null && 'content' in part ? coordinatesOf(part as WkbValue) : part,
  );

function assertClose(found: unknown, wanted: unknown, precision: number, where: string): void {
  if (typeof wanted === 'number') {
    assert.ok(typeof found === 'number' && Math.abs(found - wanted) <= precision, `${where}: ${found}, not ${wanted}`);
    return;
  }
  assert.ok(Array.isArray(found) && Array.isArray(wanted) && found.length === wanted.length, where);
  wanted.forEach((part, i) => {
    assertClose(found[i], part, precision, `${where}/${i}`);
  });
}

/** A geometry with as many ordinates as the format keeps. */
function assertSameGeometry(hex: unknown, wanted: Geometry | null, of: readonly Loss[], where: string): void {
  const kept = of.map(({ geometry }) => geometry).find((geometry) => geometry !== undefined);
  if (wanted === null || kept === 'none') {
    assert.equal(hex, null, where);
    return;
  }
  assert.ok(typeof hex === 'string' && wanted.type !== 'GeometryCollection', where);
  const geometry = decodeWkb(Buffer.from(hex, 'hex'));
  assert.ok(geometry !== 'invalid', where);
  const isHigh = kept === 'raised' || (wanted.type === 'LineString' && kept !== 'flat');
  const isMulti = wanted.type === 'LineString' && of.some(({ multiLines }) => multiLines);
  assert.equal(geometry.type, (isMulti ? MULTI_LINE : (wkbTypes[wanted.type] ?? 0)) + (isHigh ? 1000 : 0), where);
  const width = isHigh ? 3 : 2;
  const padded = (part: unknown): unknown =>
    Array.isArray(part) && typeof part[0] === 'number'
      ? [...part, 0].slice(0, width)
      : Array.isArray(part)
        ? part.map(padded)
        : part;
  const precision = of.map((loss) => loss.precision ?? 1e-9).reduce((a, b) => Math.max(a, b), 1e-9);
  const coordinates = padded(wanted.coordinates);
  assertClose(coordinatesOf(geometry), isMulti ? [coordinates] : coordinates, precision, where);
}

/** Shells of some formats go round the other way. PostGIS 3.3 would turn lines as well. */
const sameWay = 'case when st_dimension(the_geom) = 2 then st_forcepolygonccw(the_geom) else the_geom end';

/** Holds a table against the layer, through the SQL API. */
async function assertSameTable(app: TestApp, table: string, layer: ReferenceLayer, of: readonly Loss[]): Promise<void> {
  const { fields } = await app.sql(`select * from "${table}" limit 0`);
  const own = ['cartodb_id', 'the_geom', 'the_geom_webmercator'];
  const columns = Object.keys(fields).filter((name) => !own.includes(name));
  const kept = attributes.flatMap((attribute) => {
    const change = changed(attribute, of);
    return change === null ? [] : [{ ...attribute, ...change, original: attribute.values }];
  });
  const extra = of.flatMap((loss) => loss.extra ?? []);
  assert.deepEqual(columns.filter((name) => !extra.includes(name)).sort(), kept.map(({ column }) => column).sort());
  const list = kept.map(
    ({ column }) => `"${column}"::text as "${column}", pg_typeof("${column}")::text as "type ${column}"`,
  );
  const { rows } = await app.sql(
    `select ${list.join(', ')}, encode(st_asbinary(${sameWay}), 'hex') as geometry from "${table}" order by cartodb_id`,
  );
  const expected = rowsIn(layer, of);
  assert.equal(rows.length, expected.length);
  expected.forEach((row, index) => {
    const found = rows[index] ?? {};
    for (const { column, type, value, original } of kept) {
      const where = `${column} of row ${row + 1}`;
      const foundType = String(found[`type ${column}`]);
      assert.equal(shortTypes[foundType] ?? foundType, type, where);
      const written = original[row] ?? null;
      assertSameValue(found[column], value === undefined ? written : value(written), type, where);
    }
    assertSameGeometry(found.geometry, layer.geometries[row] ?? null, of, `the geometry of row ${row + 1}`);
  });
}

/** One of cells and one of objects. */
const embeddedExtensions: readonly string[] = ['.csv', '.geojson'];

/** No format knows the database: where there are two, the embedded one gets a few, and with `ALL_FORMATS` all. */
const waysOn = (engine: Engine): readonly Way[] =>
  oneEngine.includes(engine) || process.env.ALL_FORMATS !== undefined
    ? ways
    : ways.filter(({ extension }) => embeddedExtensions.includes(extension));

for (const engine of engines) {
  describe(`the reference layers in every format on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
    });
    after(() => app[Symbol.asyncDispose]());

    for (const { title, extension, write, files, losses: of, only, missing = false } of waysOn(engine)) {
      test(`${title} gives the tables of the layers`, { skip: missing }, async () => {
        const layers = referenceLayers.filter(({ name }) => only === undefined || only.includes(name));
        const alone = (layer: ReferenceLayer) => [{ name: `${layer.name}${extension}`, content: write(layer) }];
        // One import for all layers: what they cost is mostly the start of each.
        const sent: readonly (readonly [string, string | Buffer, readonly ReferenceLayer[]])[] =
          files === undefined && (isPacked(extension) || layers.length === 1)
            ? layers.map((layer) => [`${layer.name}${extension}`, write(layer), [layer]])
            : [['layers.zip', zip(layers.flatMap(files ?? alone)), layers]];
        for (const [name, content, inside] of sent) {
          const shown = await app.importFile(name, content);
          assert.deepEqual([shown.state, shown.error_code], ['complete', null], JSON.stringify(shown));
          const tables = tablesOf(shown);
          assert.equal(tables.length, inside.length);
          for (const layer of inside) {
            const table = tables.find((one) => new RegExp(`^${layer.table}(_\\d+)?$`).test(one.name));
            assert.ok(table !== undefined, `${layer.table} is among ${tables.map((one) => one.name)}`);
            await assertSameTable(app, table.name, layer, allLosses(of));
          }
        }
      });
    }

    for (const version of ['1.0', '1.1'] as const) {
      test(`GPX ${version} gives the points with their names`, async () => {
        const [layer] = referenceLayers;
        assert.ok(layer !== undefined);
        const shown = await app.importFile(`${layer.name}.gpx`, gpx(layer, version));
        assert.deepEqual([shown.state, shown.error_code], ['complete', null], JSON.stringify(shown));
        const { rows } = await app.sql(
          `select name, _desc as about, encode(st_asbinary(the_geom), 'hex') as geometry from "${shown.table_name}" order by cartodb_id`,
        );
        const of = allLosses(['waypoints']);
        assert.deepEqual(
          rows.map(({ name, about }) => [name, about]),
          rowsIn(layer, of).map((row) => [attributes[0]?.values[row] ?? null, attributes[1]?.values[row] ?? null]),
        );
        rows.forEach(({ geometry }, row) => {
          assertSameGeometry(geometry, layer.geometries[row] ?? null, of, `waypoint ${row + 1}`);
        });
      });
    }

    test('DXF by ogr2ogr gives every geometry', { skip: withoutGdal }, async () => {
      const layers = referenceLayers.slice(0, 2);
      const options = ['-f', 'DXF', '-select', '', '-where', 'whole is not null', '-skipfailures'];
      const files = layers.flatMap((layer) => filesOf(writeWithGdal(layer, folder, '.dxf', options)));
      const shown = await app.importFile('drawings.zip', zip(files));
      assert.deepEqual([shown.state, shown.error_code], ['complete', null], JSON.stringify(shown));
      for (const [index, { name }] of tablesOf(shown).entries()) {
        const { rows } = await app.sql(
          `select encode(st_asbinary(the_geom), 'hex') as geometry from "${name}" order by cartodb_id`,
        );
        const layer = layers.find(({ table }) => name.startsWith(table));
        const wanted = (layer?.geometries ?? []).filter((_, row) => row < 3);
        assert.equal(rows.length, wanted.length, `table ${index}`);
        rows.forEach(({ geometry }, row) => {
          assertSameGeometry(geometry, wanted[row] ?? null, [], `${name}, row ${row + 1}`);
        });
      }
    });
  });
}

test('every known loss is told in docs/formats.md', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/formats.md'), 'utf8').replaceAll(/\s+/g, ' ');
  for (const { line } of Object.values(losses)) assert.ok(docs.toLowerCase().includes(line.toLowerCase()), line);
});

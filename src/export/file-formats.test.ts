import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { read, utils } from '@e965/xlsx';
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { shortNames } from './dbf.ts';
import type { ExportContext, ExportFormat, ReferenceSystem, Row } from './format.ts';
import { exportFormats } from './formats.ts';

const seeded = { seed: 11, numRuns: 25 };

/** EWKB of a point in an SRID. */
function point(x: number, y: number, srid = 4326): string {
  const bytes = Buffer.alloc(25);
  bytes[0] = 1;
  bytes.writeUInt32LE(0x20000001, 1);
  bytes.writeUInt32LE(srid, 5);
  bytes.writeDoubleLE(x, 9);
  bytes.writeDoubleLE(y, 17);
  return bytes.toString('hex');
}

const columns = (...typeNames: readonly string[]) => typeNames.map((typeName, at) => ({ name: `c${at}`, typeName }));

describe('files of a result', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'landfall-export-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  async function bytesOf(
    format: ExportFormat,
    fields: readonly { name: string; typeName: string }[],
    rows: readonly Row[],
    given: Partial<ExportContext> & { readonly systems?: readonly ReferenceSystem[] } = {},
  ): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let isClosed = false;
    const result = {
      fields,
      async *batches() {
        yield rows.slice(0, 1);
        if (rows.length > 1) yield rows.slice(1);
      },
      [Symbol.asyncDispose]: async () => {
        isClosed = true;
      },
    };
    const context: ExportContext = {
      name: 'data',
      decimals: null,
      safeCells: false,
      startedMs: 0,
      maxLength: 1_000_000,
      explain: () => null,
      async openFolder() {
        const path = await mkdtemp(join(root, 'one-'));
        return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
      },
      findSystem: async (srid) => given.systems?.find((one) => one.srid === srid) ?? null,
      ...given,
    };
    try {
      for await (const piece of format.write(async () => result, context)) chunks.push(Buffer.from(piece));
    } finally {
      assert.ok(isClosed);
      assert.deepEqual(await readdir(root), []);
    }
    return Buffer.concat(chunks);
  }

  async function inSqlite<T>(bytes: Buffer, look: (database: DatabaseSync) => T): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'landfall-gpkg-'));
    try {
      await writeFile(join(folder, 'a.gpkg'), bytes);
      using database = new DatabaseSync(join(folder, 'a.gpkg'));
      return look(database);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  const cell = fc.option(fc.string({ unit: 'grapheme', minLength: 1 }), { nil: null });

  test('a workbook, a GeoPackage and a Parquet file hold any text as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 4 }), async (values) => {
        const rows = values.map((value) => [value]);
        const sheet = read(await bytesOf(exportFormats.xlsx, columns('text'), rows)).Sheets.data;
        const found = utils.sheet_to_json<unknown[]>(sheet ?? {}, {
          header: 1,
          blankrows: true,
          defval: null,
          raw: true,
        });
        // Rows without a value at the end are not in the sheet.
        assert.deepEqual(
          values.map((_, at) => found[at + 1]?.[0] ?? null),
          values,
        );
        assert.ok(found.length <= values.length + 1);

        const file = await bytesOf(exportFormats.parquet, columns('text'), rows);
        const objects = await parquetReadObjects({ file: new Uint8Array(file).buffer });
        assert.deepEqual(
          objects.map((row) => row.c0 ?? null),
          values,
        );

        const stored = await inSqlite(await bytesOf(exportFormats.gpkg, columns('text'), rows), (database) =>
          database.prepare('select c0 from data order by fid').all(),
        );
        assert.deepEqual(
          stored.map((row) => row.c0),
          values,
        );
      }),
      seeded,
    );
  });

  test('columns may be called anything', async () => {
    const names = ['a.b', 'x"y', "o'clock", '__proto__', 'constructor', ' ', 'é', 'select', '<&>', 'A', 'a', '=1'];
    const fields = names.map((name) => ({ name, typeName: 'text' }));
    const row = names.map((_, at) => `value ${at}`);
    const distinct = names.map((name) => (name === 'a' ? 'a_2' : name));

    const file = new Uint8Array(await bytesOf(exportFormats.parquet, fields, [row])).buffer;
    const elements = parquetMetadata(file).schema.slice(1);
    assert.deepEqual(
      elements.map(({ name }) => name),
      distinct,
    );
    const [values] = await parquetReadObjects({ file, rowFormat: 'object' });
    assert.equal(values?.['x"y'], 'value 1');

    const stored = await inSqlite(await bytesOf(exportFormats.gpkg, fields, [row]), (database) => {
      const statement = database.prepare('select * from data');
      statement.setReturnArrays(true);
      return [statement.columns().map(({ name }) => name), statement.all()];
    });
    assert.deepEqual(stored, [['fid', ...distinct], [[1, ...row]]]);

    const sheet = read(await bytesOf(exportFormats.xlsx, fields, [row])).Sheets.data ?? {};
    assert.deepEqual(utils.sheet_to_json(sheet, { header: 1 }), [distinct, row]);
    for (const name of ['shp', 'kml', 'flatgeobuf'] as const) {
      assert.ok((await bytesOf(exportFormats[name], fields, [row])).length > 0);
    }
  });

  test('an empty text is no NULL where the format can tell', async () => {
    const rows = [[''], [null]];
    const stored = await inSqlite(await bytesOf(exportFormats.gpkg, columns('text'), rows), (database) =>
      database.prepare('select c0 from data order by fid').all(),
    );
    assert.deepEqual(
      stored.map((row) => row.c0),
      ['', null],
    );
    const file = await bytesOf(exportFormats.parquet, columns('text'), rows);
    const objects = await parquetReadObjects({ file: new Uint8Array(file).buffer });
    assert.deepEqual(
      objects.map((row) => row.c0 ?? null),
      ['', null],
    );
  });

  test('text that looks like a formula is text in a workbook, with an apostrophe where that is asked for', async () => {
    const rows = [['=1+1'], ['@SUM(A1)'], ['_x0041_'], ['\u0001']];
    for (const [safeCells, wanted] of [
      [false, ['=1+1', '@SUM(A1)', '_x0041_', '\u0001']],
      [true, ["'=1+1", "'@SUM(A1)", '_x0041_', '\u0001']],
    ] as const) {
      const sheet = read(await bytesOf(exportFormats.xlsx, columns('text'), rows, { safeCells })).Sheets.data ?? {};
      const cells = [2, 3, 4, 5].map((line) => sheet[`A${line}`]);
      assert.deepEqual(
        cells.map(({ t, f, v }) => [t, f, v]),
        wanted.map((text) => ['s', undefined, text]),
      );
    }
  });

  test('numbers that a spreadsheet would round are text in the whole column', async () => {
    const rows = [
      ['1234567890123456', '1.5', '0.1234567890123456', 'NaN'],
      ['7', '-2', '1', '1'],
    ];
    const bytes = await bytesOf(exportFormats.xlsx, columns('int8', 'numeric', 'numeric', 'float8'), rows);
    const sheet = read(bytes).Sheets.data ?? {};
    assert.deepEqual(
      ['A2', 'A3', 'B2', 'B3', 'C2', 'C3', 'D2', 'D3'].map((place) => sheet[place].v),
      ['1234567890123456', '7', 1.5, -2, '0.1234567890123456', '1', 'NaN', '1'],
    );
  });

  test('a GeoPackage takes cartodb_id for its key only where the values are distinct', async () => {
    const fields = [{ name: 'cartodb_id', typeName: 'int8' }];
    const look = (rows: readonly Row[]) =>
      bytesOf(exportFormats.gpkg, fields, rows).then((bytes) =>
        inSqlite(bytes, (database) => ({
          names: database
            .prepare("select name, pk from pragma_table_info('data')")
            .all()
            .map((row) => ({ ...row })),
          values: database
            .prepare('select cartodb_id from data')
            .all()
            .map((row) => row.cartodb_id),
        })),
      );
    assert.deepEqual(await look([['5'], ['3']]), { names: [{ name: 'cartodb_id', pk: 1 }], values: [3, 5] });
    assert.deepEqual(await look([['5'], ['5']]), {
      names: [
        { name: 'fid', pk: 1 },
        { name: 'cartodb_id', pk: 0 },
      ],
      values: [5, 5],
    });
    assert.deepEqual((await look([['5'], [null]])).values, [5, null]);
  });

  test('a GeoPackage with an unknown system has its definition', async () => {
    const fields = [{ name: 'the_geom', typeName: 'geometry' }];
    const systems = [{ srid: 910_000, authority: null, code: 910_000, wkt: 'LOCAL_CS["mine"]' }];
    const bytes = await bytesOf(exportFormats.gpkg, fields, [[point(1, 2, 910_000)], [null]], { systems });
    const found = await inSqlite(bytes, (database) =>
      database
        .prepare('select srs_name, organization, definition from gpkg_spatial_ref_sys where srs_id = 910000')
        .all()
        .map((row) => ({ ...row })),
    );
    assert.deepEqual(found, [{ srs_name: 'mine', organization: 'NONE', definition: 'LOCAL_CS["mine"]' }]);
    await assert.rejects(bytesOf(exportFormats.gpkg, fields, [[point(1, 2, 77)]]), /does not know .* 77.*ST_Transform/);
  });

  test('GeoParquet says where its geometry is and of which system', async () => {
    const fields = [
      { name: 'shape', typeName: 'geometry' },
      { name: 'n', typeName: 'numeric' },
    ];
    const rows = [
      [point(1, 2, 3857), '12345678901234567890.25'],
      [null, '-0.5'],
    ];
    const bytes = await bytesOf(exportFormats.parquet, fields, rows);
    const metadata = parquetMetadata(new Uint8Array(bytes).buffer);
    const geo = JSON.parse(metadata.key_value_metadata?.find(({ key }) => key === 'geo')?.value ?? '');
    assert.equal(geo.version, '1.1.0');
    assert.equal(geo.primary_column, 'shape');
    assert.deepEqual(geo.columns.shape.geometry_types, ['Point']);
    assert.deepEqual(geo.columns.shape.bbox, [1, 2, 1, 2]);
    assert.deepEqual(geo.columns.shape.crs.id, { authority: 'EPSG', code: 3857 });
    const decimal = metadata.schema.find(({ name }) => name === 'n');
    assert.deepEqual([decimal?.converted_type, decimal?.precision, decimal?.scale], ['DECIMAL', 22, 2]);
    await assert.rejects(
      bytesOf(exportFormats.parquet, fields, [[point(1, 2, 25830), '1']]),
      /not 25830.*ST_Transform/,
    );
  });

  test('what a format cannot hold is refused before the first byte, with what to do', async () => {
    const refused: readonly (readonly [ExportFormat, string, string, RegExp])[] = [
      [exportFormats.shp, 'text', 'x'.repeat(255), /at most 254 bytes.*"c0" has 255.*skipfields=c0/],
      [exportFormats.xlsx, 'text', 'x'.repeat(32_768), /at most 32767 characters.*"c0"/],
      [exportFormats.kml, 'text', 'a\u0001b', /control characters/],
      [exportFormats.kml, 'geometry', point(1, 2, 3857), /EPSG:4326, not 3857/],
      [exportFormats.svg, 'text', 'x', /needs a geometry column/],
      [exportFormats.shp, 'geometry', '010700000000000000', /no geometry collections/],
      [exportFormats.gpkg, 'geometry', '010800000000000000', /ST_CurveToLine/],
    ];
    for (const [format, typeName, value, message] of refused) {
      await assert.rejects(bytesOf(format, columns(typeName), [[value]]), message);
    }
    const fields = columns('geometry');
    await assert.rejects(
      bytesOf(exportFormats.shp, fields, [[point(1, 2)], [point(1, 2, 3857)]]),
      /one reference system/,
    );
    await assert.rejects(
      bytesOf(exportFormats.gpkg, columns('text'), [['x'.repeat(20)]], { maxLength: 10 }),
      /larger than 10 characters/,
    );
  });

  test('every format writes a result without rows, without columns and with two columns of one name', async () => {
    const twice = [...columns('text'), ...columns('text')];
    for (const [name, format] of Object.entries(exportFormats)) {
      const needsGeometry = name === 'geojson' || name === 'svg';
      const shape = needsGeometry ? [{ name: 'the_geom', typeName: 'geometry' }] : [];
      for (const [fields, rows] of [
        [shape, []],
        [[...shape, ...columns('int8', 'geometry')], []],
        [[...shape, ...twice], [[...shape.map(() => null), 'a', 'b']]],
      ] as const) {
        assert.ok((await bytesOf(format, fields, rows)).length > 0 || name === 'ndjson', name);
      }
    }
  });

  test('the picture fills its frame as that of CARTO does', async () => {
    // A line from (10, 10) to (1034, 778).
    const line = Buffer.alloc(41);
    line.set([1, 2, 0, 0, 0, 2, 0, 0, 0]);
    [10, 10, 1034, 778].forEach((value, at) => {
      line.writeDoubleLE(value, 9 + 8 * at);
    });
    const fields = [{ name: 'the_geom', typeName: 'geometry' }];
    const text = String(await bytesOf(exportFormats.svg, fields, [[line.toString('hex')]]));
    assert.match(text, /<svg viewBox="-6 -6 1036 780" /);
    assert.match(text, /<path d="M 0 768 L 1024 0" \/>/);
    const dots = String(await bytesOf(exportFormats.svg, fields, [[point(-10, 5)]]));
    assert.match(dots, /<circle r="5" cx="0" cy="0" \/>/);
  });

  test('names of fields are short, ASCII and distinct', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 30 }), (names) => {
        const short = shortNames(names);
        for (const name of short) assert.match(name, /^[A-Za-z0-9_]{1,10}$/);
        assert.equal(new Set(short.map((name) => name.toLowerCase())).size, names.length);
      }),
      { seed: 3, numRuns: 200 },
    );
    assert.deepEqual(shortNames(['description', 'Description_2', 'Straße']), ['descriptio', 'Descript_1', 'Strasse']);
  });
});

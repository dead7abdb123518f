import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileNameOfDisposition } from './content-disposition.ts';
import { resolveFileName } from './file-name.ts';

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

const nameOf = (url: string, contentType: string | null = null, disposition: string | null = null, answered = url) =>
  resolveFileName({
    requested: new URL(url),
    answered: new URL(answered),
    contentType,
    contentDisposition: disposition,
  });

test('every spelling of Content-Disposition gives its file name', () => {
  for (const [header, name] of [
    ['attachment; filename=a.csv', 'a.csv'],
    ['attachment; filename="a b;c.csv"; size=3', 'a b;c.csv'],
    ['attachment;filename="a\\"b.csv"', 'a"b.csv'],
    ['ATTACHMENT; FILENAME="A.CSV"', 'A.CSV'],
    ['inline ; filename = "a.csv"', 'a.csv'],
    ['filename=a.csv', 'a.csv'],
    [`attachment; filename="x.csv"; filename*=UTF-8''caf%C3%A9%20%E2%82%AC.csv`, 'café €.csv'],
    [`attachment; filename*=utf-8'en'a%2Fb.csv; filename=x.csv`, 'a/b.csv'],
    [`attachment; filename*=ISO-8859-1''caf%E9.csv`, 'café.csv'],
    [`attachment; filename*=UTF-8''caf%E9.csv; filename=plain.csv`, 'plain.csv'],
    [`attachment; filename*=klingon''a.csv; filename=plain.csv`, 'plain.csv'],
    [latin1('attachment; filename="médiathèque.csv"'), 'médiathèque.csv'],
    ['attachment; filename="caf\u00e9.csv"', 'café.csv'],
    ['attachment; filename="caf%C3%A9%20x.csv"', 'café x.csv'],
    ['attachment; filename="100%.csv"', '100%.csv'],
    ['attachment; filename=first.csv; filename=second.csv', 'first.csv'],
    ['attachment; notfilename=a.csv', null],
    ['attachment', null],
    ['attachment; filename=""', null],
    ['', null],
  ] as const) {
    assert.equal(fileNameOfDisposition(header), name, header);
  }
});

test('a header of any text takes no time and breaks nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const name = fileNameOfDisposition(`attachment; filename="${text}"; filename*=UTF-8''${text}`);
      assert.ok(name === null || name.length > 0);
    }),
    { numRuns: 500, seed: 20 },
  );
  const started = performance.now();
  fileNameOfDisposition(`attachment; ${'filename="\\'.repeat(20_000)}`);
  fileNameOfDisposition(`attachment; filename=${' '.repeat(20_000)}`);
  assert.ok(performance.now() - started < 200);
});

test('the name comes from the header, then the address asked for, then the one that answered', () => {
  const url = 'http://example.org/a/data.csv';
  assert.equal(nameOf(url, null, 'attachment; filename=other.geojson'), 'other.geojson');
  assert.equal(nameOf(url), 'data.csv');
  assert.equal(nameOf('http://short.example/xyz', null, null, 'http://example.org/real.gpkg?sig=1'), 'real.gpkg');
  assert.equal(nameOf('http://example.org/caf%C3%A9%20data.CSV'), 'café data.CSV');
  assert.equal(nameOf('http://example.org/a.csv/'), 'a.csv');
});

test('a file name anywhere in the address counts, with the longest extension', () => {
  assert.equal(nameOf('http://example.org/get?format=csv&filename=foo.csv'), 'foo.csv');
  assert.equal(nameOf('http://example.org/get?file=%2Fdata%2Ffoo.geojson&x=1'), 'foo.geojson');
  assert.equal(nameOf('http://example.org/foo.csv/download'), 'foo.csv');
  assert.equal(nameOf('http://example.org/get?f=foo.csv.gz'), 'foo.csv.gz');
  assert.equal(nameOf('http://example.org/get?f=daten-für_2024.csv'), 'daten-für_2024.csv');
  assert.equal(nameOf('http://data.csv.example.org/export'), 'export', 'the host is no file');
});

test('a name without a known extension gets the one of the media type, or of the query', () => {
  assert.equal(nameOf('http://example.org/export', 'text/csv; charset=utf-8'), 'export.csv');
  assert.equal(nameOf('http://example.org/export.php', 'text/csv'), 'export.csv');
  assert.equal(nameOf('http://example.org/v1.2', 'application/geo+json'), 'v1.2.geojson');
  assert.equal(nameOf('http://example.org/', 'application/json'), 'example.org.json');
  assert.equal(nameOf('http://example.org/export?format=CSV', 'application/octet-stream'), 'export.csv');
  assert.equal(nameOf('http://example.org/query?f=geojson', 'text/plain'), 'query.geojson');
  assert.equal(nameOf('http://example.org/notes', 'text/plain'), 'notes.txt');
  assert.equal(nameOf('http://example.org/all', 'application/zip'), 'all.zip');
  assert.equal(nameOf('http://example.org/export', 'application/octet-stream'), 'export');
  assert.equal(nameOf('http://example.org/export'), 'export');
});

test('a media type that contradicts the extension wins, as in the wire contract', () => {
  assert.equal(nameOf('http://example.org/a.json', 'application/vnd.geo+json'), 'a.json');
  assert.equal(nameOf('http://example.org/a.xml', 'application/vnd.google-earth.kml+xml'), 'a.kml');
  assert.equal(nameOf('http://example.org/a.csv', 'application/json'), 'a.json');
  assert.equal(nameOf('http://example.org/a.xml', 'application/osm3s+xml'), 'a.osm');
  assert.equal(
    nameOf('http://example.org/a.xls', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'),
    'a.xlsx',
  );
});

test('careless media types do no harm', () => {
  for (const [name, type] of [
    ['a.zip', 'text/plain'],
    ['a.zip', 'text/csv'],
    ['a.csv', 'text/plain'],
    ['a.csv', 'application/vnd.ms-excel'],
    ['a.tsv', 'text/csv'],
    ['a.xlsx', 'application/vnd.ms-excel'],
    ['a.geojson', 'application/json'],
    ['a.geojson', 'text/plain'],
    ['a.kml', 'text/plain'],
    ['a.kmz', 'application/vnd.google-earth.kml+xml'],
    ['a.csv.gz', 'text/csv'],
    ['a.tgz', 'application/x-gzip'],
    ['a.shp', 'application/octet-stream'],
    ['a.gpkg', 'text/html'],
    ['a.csv', ''],
  ] as const) {
    assert.equal(nameOf(`http://example.org/${name}`, type), name, type);
  }
});

test('a name is never a path, whatever the server says', () => {
  for (const [hostile, name] of [
    ['../../etc/passwd', 'passwd'],
    ['/etc/cron.d/x.csv', 'x.csv'],
    ['C:\\windows\\a.csv', 'a.csv'],
    ['..', 'data.csv'],
    ['a/..', 'data.csv'],
    ['a\u0000b.csv', 'ab.csv'],
    ['a/', 'data.csv'],
  ] as const) {
    assert.equal(
      nameOf('http://example.org/data.csv', null, `attachment; filename="${hostile.replaceAll('\\', '\\\\')}"`),
      name,
    );
  }
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.webUrl({ withQueryParameters: true }),
      (text, url) => {
        for (const name of [nameOf(url), nameOf(url, 'text/csv', `attachment; filename="${text}"`)]) {
          assert.ok(name.length > 0 && name.length <= 270 && !/[/\\\u0000-\u001f]/.test(name) && !/^\.\.?$/.test(name));
        }
      },
    ),
    { numRuns: 500, seed: 20 },
  );
});

/** Files that people really send, and files that somebody made to hurt: each with the only endings that are right. */

export interface BadFile {
  readonly title: string;
  readonly name: string;
  readonly content: () => string | Uint8Array;
  /** Codes the import may fail with; empty: it must complete. */
  readonly codes: readonly number[];
  /** Rows of the table where it completes. */
  readonly rows?: number;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const ascii = (text: string): number[] => [...Buffer.from(text)];

/** Deterministic bytes without structure. */
function noise(length: number, seed = 7): Uint8Array {
  const out = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (state * 1664525 + 1013904223) >>> 0;
    out[index] = state >>> 24;
  }
  return out;
}

const point = '{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[1,2]}}';
const collection = (features: string): string => `{"type":"FeatureCollection","features":[${features}]}`;
const polygon = (rings: string): string =>
  `{"type":"Feature","properties":{"a":1},"geometry":{"type":"Polygon","coordinates":${rings}}}`;

const fails = (title: string, name: string, codes: readonly number[], content: () => string | Uint8Array): BadFile => ({
  title,
  name,
  codes,
  content,
});
const loads = (title: string, name: string, rows: number, content: () => string | Uint8Array): BadFile => ({
  title,
  name,
  codes: [],
  rows,
  content,
});

export const badFiles: readonly BadFile[] = [
  fails('an empty file', 'empty.csv', [1005], () => ''),
  fails('a file of blank lines', 'blank.csv', [1005], () => '\n\n\r\n\n'),
  fails('a file of spaces', 'spaces.csv', [1005], () => '     '),
  fails('nothing but a byte order mark', 'bom.csv', [1005], () => bytes(0xef, 0xbb, 0xbf)),
  loads('a header without rows', 'header.csv', 0, () => 'a,b,c\n'),
  loads('a header without a line end', 'header_only.csv', 0, () => 'a,b,c'),
  fails('binary rubbish named csv', 'noise.csv', [1002], () => noise(20_000)),
  fails('binary rubbish named geojson', 'noise.geojson', [1002, 2006, 3007], () => noise(20_000)),
  fails('a picture named csv', 'picture.csv', [1002], () =>
    bytes(0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a, 0, 0, 0, 13, ...ascii('IHDR'), ...noise(500)),
  ),
  fails('a picture under its own name', 'picture.png', [1002], () =>
    bytes(0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a, 0, 0, 0, 13, ...ascii('IHDR'), ...noise(500)),
  ),
  fails('a file of zero bytes only', 'zeros.csv', [1002], () => new Uint8Array(10_000)),
  fails('an executable', 'program.exe', [1002], () => bytes(...ascii('MZ'), 0x90, 0, 3, 0, 0, 0, ...noise(4000))),
  fails('a quote that never closes', 'unclosed.csv', [2003], () => `a,b\n1,"${'x,y\n'.repeat(5_000_000)}`),
  loads('a quote that closes at the end of the file', 'late_quote.csv', 1, () => 'a,b\n1,"x\ny\n"'),
  loads('quotes inside plain cells', 'inner_quotes.csv', 2, () => 'a,b\n1,5" pipe\n2,"3"" pipe"\n'),
  loads('text behind a closing quote', 'after_quote.csv', 2, () => 'a,b\n1,"x"y\n2,z\n'),
  fails('ten thousand columns', 'wide.csv', [2004], () => {
    const row = Array.from({ length: 10_000 }, (_, index) => `c${index}`).join(',');
    return `${row}\n${row}\n`;
  }),
  loads('a thousand columns', 'wide_ok.csv', 1, () => {
    const names = Array.from({ length: 1000 }, (_, index) => `c${index}`).join(',');
    return `${names}\n${Array.from({ length: 1000 }, (_, index) => index).join(',')}\n`;
  }),
  fails('fifteen hundred numbers, which no page of the database holds', 'wide_page.csv', [2004], () => {
    const names = Array.from({ length: 1500 }, (_, index) => `c${index}`).join(',');
    return `${names}\n${Array.from({ length: 1500 }, (_, index) => index).join(',')}\n`;
  }),
  fails('one line of 50 MB', 'long_line.csv', [2003], () => `a\n${'x'.repeat(50_000_000)}\n`),
  fails('one line of 50 MB without a header', 'long_first_line.csv', [2003], () => 'x'.repeat(50_000_000)),
  loads('a cell of one megabyte', 'big_cell.csv', 1, () => `a,b\n1,${'x'.repeat(1_000_000)}\n`),
  loads('rows shorter than the header', 'short.csv', 2, () => 'a,b,c\n1\n2,3\n'),
  loads('rows longer than the header', 'long.csv', 2, () => 'a,b\n1,2,3,4\n5,6\n'),
  loads('a header of 300 bytes', 'long_header.csv', 1, () => `${'n'.repeat(300)},b\n1,2\n`),
  loads('two headers alike in their first 300 bytes', 'long_headers.csv', 1, () => {
    const name = 'n'.repeat(300);
    return `${name}1,${name}2\n1,2\n`;
  }),
  loads('a header of 300 bytes that are not ASCII', 'greek_header.csv', 1, () => `${'ω'.repeat(150)},b\n1,2\n`),
  loads('the header __proto__', 'proto.csv', 1, () => '__proto__,constructor,toString,hasOwnProperty\n1,2,3,4\n'),
  loads('headers that are system columns', 'system.csv', 1, () => 'xmin,ctid,tableoid,oid,cmax\n1,2,3,4,5\n'),
  loads('headers that are all empty', 'nameless.csv', 1, () => ',,\n1,2,3\n'),
  loads('headers that are all the same', 'same.csv', 1, () => 'a,a,A,a\n1,2,3,4\n'),
  loads('a header with quotes and semicolons', 'sql.csv', 1, () => '"a""; drop table x; --",b\n1,2\n'),
  loads('a header in Chinese', 'chinese.csv', 1, () => '名稱,值\n一,二\n'),
  loads('headers named like our own columns', 'own.csv', 1, () => 'the_geom,the_geom_webmercator,a\nx,y,1\n'),
  fails('a cartodb_id that repeats', 'repeat_id.csv', [2011], () => 'cartodb_id,a\n1,x\n1,y\n'),
  fails('a cartodb_id that is no number', 'text_id.csv', [2011], () => 'cartodb_id,a\n1,x\ntwo,y\n'),
  fails('a cartodb_id that is missing', 'null_id.csv', [2011], () => 'cartodb_id,a\n1,x\n,y\n'),
  loads('NUL bytes in text', 'nul.csv', 2, () => 'a,b\n1,x\0y\n2,plain text behind it\n'),
  loads('invalid UTF-8', 'invalid_utf8.csv', 2, () => bytes(...ascii('a,b\n1,caf'), 0xe9, ...ascii('\n2,plain\n'))),
  loads('invalid UTF-8 far behind a million good bytes', 'late_utf8.csv', 100_001, () =>
    Buffer.concat([Buffer.from(`a,b\n${'1,plain text\n'.repeat(100_000)}2,caf`), bytes(0xe9, 10)]),
  ),
  loads('UTF-16 with a byte order mark', 'utf16.csv', 1, () =>
    Buffer.concat([bytes(0xff, 0xfe), Buffer.from('a,b\n1,é\n', 'utf16le')]),
  ),
  loads('old Macintosh line ends', 'mac.csv', 2, () => 'a,b\r1,2\r3,4\r'),
  loads('mixed line ends', 'mixed.csv', 3, () => 'a,b\n1,2\r\n3,4\n5,6\r\n'),
  loads(
    'a number that surprises in the last row',
    'surprise.csv',
    20_001,
    () => `a,b\n${'1,2\n'.repeat(20_000)}n/a,2\n`,
  ),
  loads('integers beyond 64 bits', 'huge_ids.csv', 2, () => 'id,v\n123456789012345678901234,1\n9,2\n'),
  loads('numbers beyond double precision', 'huge_numbers.csv', 2, () => 'v,w\n1e999,1\n1.5e308,2\n'),
  loads('dates that do not exist', 'dates.csv', 2, () => 'd,e\n2021-02-30,1\n2021-02-28,2\n'),
  loads('coordinates out of range', 'range.csv', 3, () => 'lon,lat\n1,2\n999,2\n3,-95\n'),
  loads('coordinates that are words', 'words.csv', 2, () => 'longitude,latitude\neast,north\n1,2\n'),
  loads(
    'geometries of which one is broken',
    'broken_wkt.csv',
    3,
    () => 'id,wkt\n1,POINT(1 2)\n2,"POLYGON((0 0,1 1"\n3,POINT(3 4)\n',
  ),
  loads(
    'rings that are not closed',
    'open_rings.csv',
    2,
    () => 'id,wkt\n1,"POLYGON((0 0,1 0,1 1,0 0))"\n2,"POLYGON((0 0,1 0,1 1))"\n',
  ),
  loads('a geometry with NaN', 'nan.csv', 2, () => 'id,wkt\n1,POINT(NaN 2)\n2,POINT(1 2)\n'),
  fails('truncated GeoJSON', 'cut.geojson', [3007], () => collection(`${point},${point}`).slice(0, 120)),
  fails('GeoJSON cut in a string', 'cut_string.geojson', [3007], () => '{"type":"FeatureColl'),
  fails('a million opening brackets', 'deep.geojson', [3007], () => '['.repeat(1_000_000)),
  fails('a million nested objects', 'deep_objects.json', [3007], () => '{"a":'.repeat(1_000_000)),
  fails('coordinates nested a million deep', 'deep_coordinates.geojson', [3007], () =>
    collection(polygon('['.repeat(1_000_000))),
  ),
  fails('JSON that is no GeoJSON', 'other.geojson', [3007], () => '{"hello":"world"}'),
  fails('a JSON number', 'number.json', [3007, 1002], () => '42'),
  loads('a collection without features', 'none.geojson', 0, () => collection('')),
  loads('a feature without geometry', 'null.geojson', 1, () =>
    collection('{"type":"Feature","properties":{"a":1},"geometry":null}'),
  ),
  loads('a feature without properties', 'bare.geojson', 1, () =>
    collection('{"type":"Feature","properties":null,"geometry":{"type":"Point","coordinates":[1,2]}}'),
  ),
  loads('a polygon whose ring is open', 'open.geojson', 2, () =>
    collection(`${point},${polygon('[[[0,0],[1,0],[1,1]]]')}`),
  ),
  loads('coordinates that are strings', 'strings.geojson', 2, () =>
    collection(`${point},{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":["1","2"]}}`),
  ),
  loads('coordinates beyond the world', 'beyond.geojson', 2, () =>
    collection(`${point},{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[500,95]}}`),
  ),
  loads('a key twice in one feature', 'twice.geojson', 1, () =>
    collection('{"type":"Feature","properties":{"a":1,"a":2},"geometry":null}'),
  ),
  loads('the property __proto__', 'proto.geojson', 1, () =>
    collection('{"type":"Feature","properties":{"__proto__":{"x":1},"constructor":2},"geometry":null}'),
  ),
  loads('NUL in a JSON string', 'nul.geojson', 1, () =>
    collection('{"type":"Feature","properties":{"a":"x\\u0000y"},"geometry":null}'),
  ),
  loads('half a surrogate pair', 'surrogate.geojson', 1, () =>
    collection('{"type":"Feature","properties":{"a":"\\ud800"},"geometry":null}'),
  ),
  loads('newline-delimited features', 'lines.geojson', 2, () => `${point}\n${point}\n`),
  fails(
    'a reference system that nobody knows',
    'crs.geojson',
    [3008],
    () =>
      `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::99999999"}},"features":[${point}]}`,
  ),
  loads('GeoJSON under the name csv', 'really_json.csv', 1, () => collection(point)),
  fails('CSV under the name geojson', 'really_csv.geojson', [3007], () => 'a,b\n1,2\n'),
  loads('CSV under a name without extension', 'noextension', 1, () => 'a,b\n1,2\n'),
  loads('a name of 300 bytes', `${'n'.repeat(296)}.csv`, 1, () => 'a,b\n1,2\n'),
  loads('a name of dots', '....csv', 1, () => 'a,b\n1,2\n'),
  loads('a name with a path in it', '../../etc/passwd.csv', 1, () => 'a,b\n1,2\n'),
  loads('a name in Arabic', 'بيانات.csv', 1, () => 'a,b\n1,2\n'),
  loads('a name that is a reserved word', 'select.csv', 1, () => 'a,b\n1,2\n'),
];

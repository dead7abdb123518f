import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv } from '../../test/support/read-csv.ts';

/** Files as offices of statistics, portals and spreadsheets give them: columns with types, the first row, and how many. */
const files: readonly (readonly [
  what: string,
  content: string | Buffer,
  types: string,
  first: readonly (string | null)[],
  rows: number,
])[] = [
  [
    'a German office: titles, a header of dates, units below it, a source behind',
    'Tabelle: 12411-0010\nStand;;;\nLand;31.12.2019;31.12.2020\n;Anzahl;Anzahl\nBayern;13124737;13140183\nBerlin;3669491;3664088\nHessen;6288080;6293154\nSaarland;986887;983991\n__________\nQuelle: Amt\n',
    'land text, _31_12_2019_anzahl bigint, _31_12_2020_anzahl bigint',
    ['Bayern', '13124737', '13140183'],
    6,
  ],
  [
    'a header whose names stand above several columns each',
    ';2019;;2020;\nRegion;Männer;Frauen;Männer;Frauen\nNord;1;2;3;4\nSüd;5;6;7;8\nOst;9;8;7;6\n',
    'region text, _2019_manner bigint, _2019_frauen bigint, _2020_manner bigint, _2020_frauen bigint',
    ['Nord', '1', '2', '3', '4'],
    3,
  ],
  [
    'a header with units below it',
    'Station,Temp,Wind\n,°C,m/s\nA1,12.5,3.2\nA2,13.1,2.8\nA3,11.9,4.1\n',
    'station text, temp_c double precision, wind_m_s double precision',
    ['A1', '12.5', '3.2'],
    3,
  ],
  [
    'a French office: codes with zeros and letters, narrow blanks in numbers, percent',
    'CODE;Région;Population;Part\n01001;Île-de-France;12\u202f278\u202f210;18,3\u202f%\n2A004;Corse;344\u202f679;0,5\u202f%\n',
    'code text, region text, population bigint, part text',
    ['01001', 'Île-de-France', '12278210', '18,3\u202f%'],
    2,
  ],
  [
    'a Brazilian office: points in thousands, money',
    'Município;População;PIB\nSão Paulo;12.325.232;R$ 763.805,61\nBorá;838;R$ 25.431,10\n',
    'municipio text, populacao bigint, pib text',
    ['São Paulo', '12325232', 'R$ 763.805,61'],
    2,
  ],
  [
    'a Polish office: blanks in thousands, decimal commas, codes',
    'Kod;Nazwa;ogółem [osoba];saldo\n0200000;DOLNOŚLĄSKIE;2900163;1 234,56\n0400000;LUBELSKIE;2072373;-987,10\n',
    'kod text, nazwa text, ogolem_osoba bigint, saldo double precision',
    ['0200000', 'DOLNOŚLĄSKIE', '2900163', '1234.56'],
    2,
  ],
  [
    'a Polish file in ISO-8859-2',
    Buffer.from('4e617a77613b570aa3f364bc3b312c350a476461f1736b3b332c390a', 'hex'),
    'nazwa text, w double precision',
    ['Łódź', '1.5'],
    2,
  ],
  [
    'a Swiss office: typographic apostrophes in thousands',
    'Kanton;Einwohner\nZürich;1’553’423\nUri;36’819\n',
    'kanton text, einwohner bigint',
    ['Zürich', '1553423'],
    2,
  ],
  ['Excel: sep=; above', 'sep=;\r\nid;v\r\n1;1,5\r\n2;2,5\r\n', 'id bigint, v double precision', ['1', '1.5'], 2],
  ['Excel: sep=, above two columns', 'sep=,\r\nid,name\r\n1,"x,y"\r\n2,z\r\n', 'id bigint, name text', ['1', 'x,y'], 2],
  ['Excel: sep=TAB in quotes', '"sep=\t"\r\nid\tname\r\n1\tx\r\n', 'id bigint, name text', ['1', 'x'], 1],
  ['sep= of another program', 'sep=;\na,b\n1,2\n', 'a bigint, b bigint', ['1', '2'], 1],
  [
    'columns of which one has a name',
    ',name,\n1,a,x\n2,b,y\n',
    'field_1 bigint, name text, field_3 text',
    ['1', 'a', 'x'],
    2,
  ],
  [
    'what looks like numbers and is none',
    'phone,zip,id,hex,iban,version,pct,money\n+493012345,02108,1E10,0x1F,DE89370400440532013000,1.10.0,12%,$1.50\n+33123456,10001,2E05,0x00,FR1420041010050500013M02606,1.9.2,0%,($3.25)\n',
    'phone text, zip text, id text, hex text, iban text, version text, pct text, money text',
    ['+493012345', '02108', '1E10', '0x1F', 'DE89370400440532013000', '1.10.0', '12%', '$1.50'],
    2,
  ],
  [
    'truth in other words, and times that no clock has',
    'a;b;c;d;e\nja;oui;x;24:00;2020-01-01 24:00:00\nnein;non;;23:00;2020-01-01 23:00:00\n',
    'a text, b text, c text, d text, e text',
    ['ja', 'oui', 'x', '24:00', '2020-01-01 24:00:00'],
    2,
  ],
  [
    'dates with names of months in other languages, and of other calendars',
    'fr;de;es;pl;ja\n1 janvier 2020;1. Januar 2020;1 de enero de 2020;1 stycznia 2020;2020年12月31日\n',
    'fr text, de text, es text, pl text, ja text',
    ['1 janvier 2020', '1. Januar 2020', '1 de enero de 2020', '1 stycznia 2020', '2020年12月31日'],
    1,
  ],
  [
    'times that were twice or never in local time',
    't,u\n2021-03-28 02:30:00,2021-10-31T02:30:00+02:00\n2021-10-31 02:30:00,2021-03-28T02:30:00+01:00\n',
    't timestamp, u timestamptz',
    ['2021-03-28 02:30:00', '2021-10-31 00:30:00+00'],
    2,
  ],
  [
    'shapes of one form, not quoted, between semicolons',
    'id;geom;name\n1;POLYGON((0 0,0 1,1 1,1 0,0.5 0.2,0.3 0.3,0.2 0.4,0 0));a\n2;POLYGON((2 0,0 1,1 1,1 0,0.5 0.2,0.3 0.3,0.2 0.4,2 0));b\n',
    'id bigint, name text',
    ['1', 'a'],
    2,
  ],
  [
    'GeoJSON of a hundred points, not quoted, between tabs',
    `id\tgeom\tv\n${[1, 2, 3].map((id) => `${id}\t{"type":"LineString","coordinates":[${'[1.5,2.5],'.repeat(100)}[${id},1]]}\t${id}\n`).join('')}`,
    'id bigint, v bigint',
    ['1', '1'],
    3,
  ],
];

for (const [what, content, types, first, rows] of files) {
  test(`a file of ${what} is read as a careful person reads it`, async () => {
    const read = await readCsv(content);
    assert.equal(read.types.join(', '), types);
    assert.deepEqual(read.decoded[0]?.values, first);
    assert.equal(read.rows, rows);
  });
}

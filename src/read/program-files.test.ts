import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv } from '../../test/support/read-csv.ts';

const rows = (count: number, row: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => row(at)).join('');

/** Files as programs write them: columns with types, the first row, how many rows, and lines told to be none. */
const files: readonly (readonly [
  what: string,
  content: string | Buffer,
  types: string,
  first: readonly (string | null)[],
  rows: number,
  left?: readonly string[],
])[] = [
  [
    'R: write.table, whose header has no name above those of the rows',
    '"mpg" "cyl" "name"\n"Mazda RX4" 21 6 "a"\n"Datsun 710" 22.8 4 "b"\n"Hornet 4" 21.4 6 "c"\n',
    'field_1 text, mpg double precision, cyl bigint, name text',
    ['Mazda RX4', '21', '6', 'a'],
    3,
  ],
  [
    'rows that end with a delimiter, below names that do not',
    '"name","value"\n"a",1,\n"b",2,\n"c",3,\n',
    'name text, value bigint, field_3 text',
    ['a', '1', null],
    3,
  ],
  [
    'values that look as the formats of columns do',
    'code,size\n5s,20d\n6s,14n\n7d,1n\n',
    'code text, size text',
    ['5s', '20d'],
    3,
  ],
  [
    'a header that lacks its last name',
    `id,name\n${rows(9, (at) => `${at},a${at},x\n`)}`,
    'id bigint, name text, field_3 text',
    ['0', 'a0', 'x'],
    9,
  ],
  [
    'pandas: several levels of columns, and the names of the index below them',
    `,,value,value\n,,mean,std\nregion,year,,\n${rows(12, (at) => `north,${2000 + at},${at}.5,0.${at}\n`)}`,
    'region text, year bigint, value_mean double precision, value_std double precision',
    ['north', '2000', '0.5', '0'],
    12,
  ],
  [
    'psql: aligned',
    ` id | name  | val\n----+-------+------\n${rows(9, (at) => `  ${at} | name${at} |  1.${at}\n`)}(9 rows)\n\n`,
    'id text, name text, val text',
    ['  0', 'name0', ' 1.0'],
    9,
    ['(9 rows)'],
  ],
  [
    'psql: unaligned',
    'id|name|val\n1|alpha|1.5\n2|beta|\n3|gamma|-2.5\n(3 rows)\n',
    'id bigint, name text, val double precision',
    ['1', 'alpha', '1.5'],
    3,
    ['(3 rows)'],
  ],
  [
    'mysql: a table drawn with lines',
    `+----+-----+\n| id | val |\n+----+-----+\n${rows(9, (at) => `| k${at} | 1.5 |\n`)}+----+-----+\n9 rows in set (0.00 sec)\n`,
    'field_1 text, id text, val text, field_4 text',
    [null, ' k0 ', ' 1.5 ', null],
    9,
    ['+----+-----+', '+----+-----+', '9 rows in set (0.00 sec)'],
  ],
  [
    'sqlcmd: a line under the names, and how many rows there were',
    `id,name,val\n--,----,---\n${rows(9, (at) => `${at},alpha,1.5\n`)}\n(9 row(s) affected)\n`,
    'id bigint, name text, val double precision',
    ['0', 'alpha', '1.5'],
    9,
    ['(9 row(s) affected)'],
  ],
  [
    'SAP: a list drawn with lines, whose hyphens are no quotes',
    `01.02.2020      Liste      1\n\n-------------------------\n|Material |  Menge|Datum     |\n-------------------------\n${rows(12, (at) => `|00000${100 + at}|1.234,50|31.01.2020|\n`)}-------------------------\n`,
    'field_1 text, material text, menge double precision, datum date, field_5 text',
    [null, '00000100', '1234.5', '2020-01-31', null],
    12,
    ['01.02.2020      Liste      1', '-------------------------', '-------------------------'],
  ],
  [
    'a terminal of stock prices: what was asked for, a gap, then the table',
    `Security,IBM US Equity,\nStart Date,1/1/2020,\n,,\nDate,PX_LAST,PX_VOLUME\n${rows(12, (at) => `1/${at + 2}/2020,135.4${at},3148\n`)}`,
    'date date, px_last double precision, px_volume bigint',
    ['2020-01-02', '135.4', '3148'],
    12,
    ['Security,IBM US Equity,', 'Start Date,1/1/2020,', ',,'],
  ],
  [
    'the USGS: remarks above, widths and types of columns below the names',
    '# WARNING\n# Provisional\nagency_cd\tsite_no\tdatetime\t1_00060\n5s\t15s\t20d\t14n\nUSGS\t01646500\t2020-01-01 00:00\t12300\nUSGS\t01646500\t2020-01-01 00:15\t12400\nUSGS\t01646500\t2020-01-01 00:30\t12500\n',
    'agency_cd text, site_no text, datetime timestamp, _1_00060 bigint',
    ['USGS', '01646500', '2020-01-01 00:00:00', '12300'],
    3,
    ['# WARNING', '# Provisional'],
  ],
  [
    'a web server: names and remarks behind #, blanks between',
    `#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status\n${rows(60, (at) => `2020-01-01 00:00:${at % 60 < 10 ? 0 : ''}${at % 60} 10.0.0.1 GET /a${at} 200\n`)}`,
    'date date, time time, c_ip text, cs_method text, cs_uri_stem text, sc_status bigint',
    ['2020-01-01', '00:00:00', '10.0.0.1', 'GET', '/a0', '200'],
    60,
    ['#Version: 1.0', '#Fields: date time c-ip cs-method cs-uri-stem sc-status'],
  ],
  [
    'Eurostat: years with blanks behind them above values with flags',
    `freq,geo\\TIME_PERIOD\t2018 \t2019 \n${rows(12, (at) => `A,A${at}\t88222${at} \t${at % 5 === 0 ? ': c' : `${at}.5 b`}\n`)}`,
    'freq_geo_time_period text, _2018 text, _2019 text',
    ['A,A0', '882220 ', ': c'],
    12,
  ],
  [
    'PowerShell: a line of its type above',
    '#TYPE System.Diagnostics.Process\r\n"Name","Id","CPU"\r\n"svchost","1234","1,5"\r\n"idle","0",\r\n',
    'name text, id bigint, cpu double precision',
    ['svchost', '1234', '1.5'],
    2,
    ['#TYPE System.Diagnostics.Process'],
  ],
  [
    'DATEV: a line about the file, names, Windows-1252',
    Buffer.from(
      '"EXTF";700;21;"Buchungsstapel";12;20200131;"RE"\r\nUmsatz;Soll/Haben;Konto;Beleg;Text\r\n1190,00;"S";10000;"RE-001";"Erlös Müller"\r\n59,50;"H";4930;"4711";"Büro"\r\n',
      'latin1',
    ),
    'umsatz double precision, soll_haben text, konto bigint, beleg text, text text',
    ['1190', 'S', '10000', 'RE-001', 'Erlös Müller'],
    2,
    ['EXTF;700;21;Buchungsstapel;12;20200131;RE'],
  ],
  [
    'Excel: Unicode text, that is UTF-16 with tabs',
    Buffer.from('\ufeffName\tBetrag\r\nMüller\t1.234,56\r\n"Groß ""X"""\t-5,00\r\n', 'utf16le'),
    'name text, betrag double precision',
    ['Müller', '1234.56'],
    2,
  ],
  [
    'hyphens for no value, which are neither a line under names nor quotes',
    'a,b\n--,--\n1,2\n3,4\n',
    'a text, b text',
    ['--', '--'],
    3,
  ],
];

/** The lines of a file that are told to be none of the table. */
const toldOf = (warnings: Readonly<Record<string, unknown>>): readonly unknown[] =>
  ['skipped_lines', 'footer_lines'].flatMap((key) => {
    const { first = [] } = (warnings[key] ?? {}) as { first?: readonly { value: string }[] };
    return first.map(({ value }) => value);
  });

for (const [what, content, types, first, count, left = []] of files) {
  test(`a file of ${what} is read as a careful person reads it`, async () => {
    const { types: found, decoded, rows: read, warnings } = await readCsv(content);
    assert.equal(found.join(', '), types);
    assert.deepEqual(decoded[0]?.values, first);
    assert.equal(read, count);
    assert.deepEqual(toldOf(warnings), left);
  });
}

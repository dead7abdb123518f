import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv } from '../../../test/support/read-csv.ts';

/** The kinds of files of csv-spectrum (Max Ogden), written anew: a text, and the rows that it means. */
const files: readonly (readonly [title: string, text: string, rows: readonly Readonly<Record<string, string>>[]])[] = [
  [
    'a comma in quotes',
    'first,last,address,city,zip\nJohn,Doe,120 any st.,"Anytown, WW",08123\n',
    [{ first: 'John', last: 'Doe', address: '120 any st.', city: 'Anytown, WW', zip: '08123' }],
  ],
  [
    'empty cells',
    'a,b,c\n1,"",""\n2,3,4\n',
    [
      { a: '1', b: '', c: '' },
      { a: '2', b: '3', c: '4' },
    ],
  ],
  [
    'empty cells and CRLF',
    'a,b,c\r\n1,"",""\r\n2,3,4\r\n',
    [
      { a: '1', b: '', c: '' },
      { a: '2', b: '3', c: '4' },
    ],
  ],
  [
    'doubled quotes',
    'a,b\n1,"ha ""ha"" ha"\n3,4\n',
    [
      { a: '1', b: 'ha "ha" ha' },
      { a: '3', b: '4' },
    ],
  ],
  [
    'JSON in a cell',
    'key,val\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
    [{ key: '1', val: '{"type": "Point", "coordinates": [102.0, 0.5]}' }],
  ],
  [
    'line ends in quotes',
    'a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n',
    [
      { a: '1', b: '2', c: '3' },
      { a: 'Once upon \na time', b: '5', c: '6' },
      { a: '7', b: '8', c: '9' },
    ],
  ],
  [
    'CRLF in quotes',
    'a,b,c\r\n1,2,3\r\n"Once upon \r\na time",5,6\r\n7,8,9\r\n',
    [
      { a: '1', b: '2', c: '3' },
      { a: 'Once upon \r\na time', b: '5', c: '6' },
      { a: '7', b: '8', c: '9' },
    ],
  ],
  [
    'quotes and line ends',
    'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
    [
      { a: '1', b: 'ha \n"ha" \nha' },
      { a: '3', b: '4' },
    ],
  ],
  ['one row', 'a,b,c\n1,2,3\n', [{ a: '1', b: '2', c: '3' }]],
  ['one row and CRLF', 'a,b,c\r\n1,2,3\r\n', [{ a: '1', b: '2', c: '3' }]],
  [
    'characters beyond ASCII',
    'a,b,c\n1,2,3\n4,5,ʤ\n',
    [
      { a: '1', b: '2', c: '3' },
      { a: '4', b: '5', c: 'ʤ' },
    ],
  ],
  ['no line end at the end', 'lat,lng\n-33.8,151.2', [{ lat: '-33.8', lng: '151.2' }]],
];

for (const typeGuessing of [true, false]) {
  for (const [title, text, expected] of files) {
    test(`${title}, type guessing ${typeGuessing ? 'on' : 'off'}`, async () => {
      const { decoded, schema } = await readCsv(text, { typeGuessing });
      const names = schema.columns.map(({ source }) => source);
      const rows = decoded.map(({ values }) => Object.fromEntries(names.map((name, at) => [name, values[at] ?? ''])));
      assert.deepEqual(rows, expected);
    });
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correctionsOfCsv, textOfBody } from './corrections.ts';
import { WireError } from './wire-error.ts';

for (const [text, said] of [
  ['', 'The corrections have no line of names'],
  ['hello', 'The corrections name no rows: among hello is neither row nor cartodb_id'],
  ['column,raw\na,1\n', 'The corrections name no rows: among column, raw is neither row nor cartodb_id'],
  ['row,column,raw\nx,a,1\n', 'Record 1 names no row: it needs a whole number as row, or as cartodb_id'],
  ['row,column,raw\n0x10,a,1\n', 'Record 1 names no row: it needs a whole number as row, or as cartodb_id'],
  ['row,column,raw\n1.5,a,1\n', 'Record 1 names no row: it needs a whole number as row, or as cartodb_id'],
  ['row,column,value,value\n1,a,1,2\n', 'The corrections name the column value twice'],
  [
    'row,column,value\n1,a,1\n2,a,12,5\n',
    'Record 2 has 4 cells, and there are 3 names: a value that holds the character between cells must stand in quotes',
  ],
  [
    'cartodb_id,a,b\n1,a\n',
    'Record 1 has 2 cells, and there are 3 names: a value that holds the character between cells must stand in quotes',
  ],
] as const) {
  test(`corrections such as ${JSON.stringify(text)} are refused in words`, () => {
    assert.throws(
      () => correctionsOfCsv(text),
      (error) =>
        error instanceof WireError && assert.deepEqual(error.body, { errors: { imports: said } }) === undefined,
    );
  });
}

test('corrections as spreadsheets save them are the same corrections', () => {
  const expected = correctionsOfCsv('layer,row,column,corrected\nt,3,price,"1,5"\nt,4,price,ü\n');
  for (const text of [
    '\ufeffrow;layer;corrected;column\r\n3;t;1,5;price\r\n4;t;ü;price\r\n',
    'sep=;\r\nlayer;row;column;raw;corrected;\r\nt;3;price;x;1,5;\r\nt;4;price;x;ü;;\r\nt;5;price;x\r\n',
    'column\trow\tlayer\tcorrected\nprice\t3\tt\t"1,5"\nprice\t 4\tt\tü\n',
    'table,row,column,corrected,rule\nt,3,price,"1,5",type\nt,4,price,ü,type\n',
  ]) {
    for (const body of [Buffer.from(text), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
      assert.deepEqual(correctionsOfCsv(textOfBody(body)), expected, text);
    }
  }
  assert.throws(() => textOfBody(Buffer.from('row,column,value\n1,a,\xfc\n', 'latin1')), WireError);
});

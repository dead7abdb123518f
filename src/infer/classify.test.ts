import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyText } from './classify.ts';
import { classifyNumber } from './classify-number.ts';
import { Kind } from './value-kinds.ts';

const names = new Map<number, string>(Object.entries(Kind).map(([name, bit]) => [bit, name]));
const kindOf = (value: string): string | undefined => {
  const bytes = Buffer.from(`x${value}x`);
  return names.get(classifyText(bytes, 1, bytes.length - 1));
};

/** `double` is not seen in text: it is what a source declares. */
const cases: Readonly<Record<Exclude<keyof typeof Kind, 'double'>, string>> = {
  text: `yes no t f 1,000 $5 5% 0x10 NaN Infinity -Infinity +5 .5 5. - -. 1.2.3 1-2 007 -01 00.5 00 -00 1e5 3E2 12E3
    1.5e 1.5e+ 1.e5 1.5e400 1.5e-400 1.5e00010 tRue TRue trueX tru fals FALSe truefalse 03/04/2020 2020-1-2 2020-13-01
    2021-02-29 1900-02-29 2020-04-31 0000-01-01 10000-01-01 2020-01-01T 2020-01-01T10 2020-01-01T24:00
    2020-01-01T10:60 2020-01-01T10:10:60 2020-01-01T10:10:10. 2020-01-01T10:10:10.1234567 2020-01-01_10:10
    2020-01-01T10:10:10z 2020-01-01T10:10+1 2020-01-01T10:10+16 2020-01-01T10:10+01:60 2020-01-01T10:10+01:0
    0001-01-01T00:00:00+01 9999-12-31T23:59:59-01 2020-01-01T10:10:10.5Zx 24:00 10:60 1:30 10:3 10:10: 25:30
    123E4567-E89B-12D3-A456-426614174000 123e4567e89b12d3a456426614174000 123e4567-e89b-12d3-a456-42661417400g
    ${'9'.repeat(1001)} 1.${'1'.repeat(1000)} 1234567890123456e-30`,
  boolLower: 'true false',
  boolUpper: 'TRUE FALSE',
  boolTitle: 'True False',
  int15: '0 1 -1 42 999999999999999 -999999999999999',
  int64: '1000000000000000 9223372036854775807 -9223372036854775808 -1234567890123456',
  intBig: `9223372036854775808 -9223372036854775809 99999999999999999999 ${'9'.repeat(1000)}`,
  dec15: '0.0 0.5 -0.5 1.0 123.456 1.50000000000000000000000 0.000000000000123456789012345 0.00 123456789012345.0',
  decLong: `0.1234567890123456 123456789012345.6 1234567890123456.0 0.${'0'.repeat(400)}1 -3.14159265358979323846`,
  exp15: '1.5e10 2.0E-3 -1.25E+10 0.0e5 1.7e307 2.3e-307 0.001e-300 1.0e0001',
  expLong: '1.0e23 -11412535.520866e11 1.2345678901234567e-05 1234567890123456.5E3',
  expSigned: '1e-05 1E+20 -5e-3 0e+0',
  minusZero: '-0 -0.0 -0.00 -0.0e5',
  date: '2020-01-01 0001-01-01 9999-12-31 2020-02-29 2000-02-29 1600-02-29',
  timestamp: `2020-01-01T10:10 2020-01-01T10:10:10 2020-01-01T10:10:10.5 2020-01-01T10:10:10.123456 0001-01-01T00:00
    9999-12-31T23:59:59.999999`,
  timestamptz: `2020-01-01T10:10Z 2020-01-01T10:10:10Z 2020-01-01T10:10:10.5+02 2020-01-01T10:10:10-05:30
    2020-01-01T10:10:10+0530 2020-01-01T10:10+15:59`,
  time: '00:00 23:59 23:59:59 10:10:10.1 10:10:10.123456',
  uuid: '123e4567-e89b-12d3-a456-426614174000 abcdefab-e89b-12d3-a456-426614174000 00000000-0000-0000-0000-000000000000',
  json: '',
};

for (const [kind, values] of Object.entries(cases)) {
  test(`what is of kind ${kind} and of no other`, () => {
    const found = values.split(/\s+/).filter((value) => value !== '');
    for (const value of found) assert.equal(kindOf(value), kind, value);
  });
}

test('blanks make a value text', () => {
  for (const value of [' 1', '1 ', ' true', '2020-01-01 ', '1 000', '2020-01-01  10:10', '2020-01-01 10:10 Z', ' ']) {
    assert.equal(kindOf(value), 'text', JSON.stringify(value));
  }
  assert.equal(kindOf('2020-01-01 10:10'), 'timestamp');
});

test('in JSON an exponent needs no point', () => {
  for (const [value, kind] of [
    ['1e5', Kind.exp15],
    ['1E-5', Kind.exp15],
    ['1e400', Kind.text],
    ['-0', Kind.minusZero],
    ['12345678901234567e1', Kind.expLong],
  ] as const) {
    assert.equal(classifyNumber(Buffer.from(value), 0, value.length, true), kind, value);
  }
});

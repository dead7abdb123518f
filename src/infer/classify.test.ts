import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyText } from './classify.ts';
import { classifyNumber } from './classify-number.ts';
import { Kind } from './value-kinds.ts';

const names = new Map<number, string>(Object.entries(Kind).map(([name, bit]) => [bit, name]));
const kindOf = (value: string): string | undefined => {
  const bytes = Buffer.from(`x${value}x`);
  return names.get(classifyText(bytes, 1, bytes.length - 1) & ~Kind.ungrouped);
};

/** `double` is not seen in text: it is what a source declares. `ungrouped` comes with other kinds. */
const cases: Readonly<Record<Exclude<keyof typeof Kind, 'double' | 'ungrouped'>, string>> = {
  text: `yes no t f 01,000 1,00,000 1,0e5 ,5 5, 10.100.200.250 -0,0 $5 5% 0x10 NaN Infinity -Infinity +5 .5 5. - -. 1.2.3 1-2 007 -01 00.5 00 -00 1e5 3E2 12E3
    1.5e 1.5e+ 1.e5 1.5e400 1.5e-400 1.5e00010 tRue TRue trueX tru fals FALSe truefalse 31.02.2021 13/13/2020 1/2/2020x 2020-1-NA 9:05 2020-13-01
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
  dec15:
    '0.0 0.5 -0.5 1.0 0.123 1234.567 12.3456 1.50000000000000000000000 0.000000000000123456789012345 0.00 123456789012345.0',
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
  dec3: '1.234 12.345 -123.456 1.000',
  regionalNumber: `12,5 1,234 1,234.5 1.234,5 1.234.567 -1,234,567 0,5 1234,5 1'234 1'234.50 1\u202f234,5
    1\u00a0234 300.100.200.250`,
  regionalTime: `03/04/2020 3.4.2020 31-12-1999 2020/1/2 2020-1-2 12/31/2020 31.12.99 29/02/00 3-Mar-2021 03-MAR-21
    2021-W05-3 2021W053 20210305T101500 20210305T101500Z 03.04.2020T10:00`,
};

for (const [kind, values] of Object.entries(cases)) {
  test(`what is of kind ${kind} and of no other`, () => {
    const found = values.split(/[ \n]+/).filter((value) => value !== '');
    for (const value of found) assert.equal(kindOf(value), kind, value);
  });
}

test('blanks make a value text', () => {
  for (const value of [' 1', '1 ', ' true', '2020-01-01 ', '1 00', '1  000', '2020-01-01   10:10', ' ']) {
    assert.equal(kindOf(value), 'text', JSON.stringify(value));
  }
  assert.equal(kindOf('2020-01-01 10:10'), 'timestamp');
});

test('dates and numbers of a region may have blanks in them', () => {
  for (const value of [
    '1 234',
    '1 234,50',
    '3 Mar 2021',
    '3. March 2021',
    'March 3, 2021',
    'Sept 30 2021 10:00',
    '2021 Mar 3',
    'Wed, 3 Mar 2021 10:00:00 +0100',
    'Wednesday, March 3, 2021 10:00 PM',
    '03/04/2020 9:05',
    '03/04/2020, 12:30:15.123456 a.m.',
    '2020-01-01 10:10:10 UTC',
    '2020-01-01 10:10 Z',
    '10:30 PM',
    '1:05:09am',
  ]) {
    assert.match(kindOf(value) ?? '', /^regional/, value);
  }
  for (const value of [
    'Tue, 3 Mar 2021',
    'March 32, 2021',
    'Marchy 3, 2021',
    '3 Mar 2021 25:00',
    '13:00 PM',
    '0:30 AM',
    '3 Mar 2021 10:00 CET',
    '3 Mar 2021 10:00 +16:00',
    'May contain 3 nuts',
    'March 2021',
    '01.01.0001 00:00 +01:00',
  ]) {
    assert.equal(kindOf(value), 'text', value);
  }
});

test('four digits without anything between them are told', () => {
  for (const [value, isUngrouped] of [
    ['999', false],
    ['1000', true],
    ['-1000', true],
    ['999.5', false],
    ['1000.25', true],
    ['9007199254740993', true],
    ['1000.123456789012345678', true],
  ] as const) {
    const kind = classifyText(Buffer.from(value), 0, value.length);
    assert.equal((kind & Kind.ungrouped) !== 0, isUngrouped, value);
  }
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

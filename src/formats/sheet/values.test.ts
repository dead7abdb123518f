import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { columnLetters, columnOfReference } from './cell-name.ts';
import { kindOfBuiltIn, kindOfCode, NumberKind } from './number-format.ts';
import { isPlainNumber, numberText } from './number-text.ts';
import { serialText } from './serial-date.ts';

suite('numbers', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0.1 + 0.2, '0.3'],
    [1 / 3, '0.333333333333333'],
    [9007199254740991, '9007199254740991'],
    [1.5e-5, '0.000015'],
    [-2e-7, '-0.0000002'],
    [1e21, '1e+21'],
    [1e-300, '1e-300'],
    [-0, '0'],
    [1234567.25, '1234567.25'],
  ];
  for (const [value, text] of cases) test(`${value} is ${text}`, () => assert.equal(numberText(value), text));

  test('every number is written within half a unit of its 15th digit', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = numberText(value);
        assert.ok(Math.abs(Number(text) - value) <= Math.abs(value) * 5.1e-15, text);
      }),
      { seed: 5 },
    );
  });

  const plain: readonly (readonly [string, boolean])[] = [
    ['0', true],
    ['-12.50', true],
    ['12345678901234567890', true],
    ['0.30000000000000004', false],
    ['0.000000000000000000001', true],
    ['1E3', false],
    ['1.', false],
    ['-', false],
    ['.5', false],
    ['1.2.3', false],
  ];
  for (const [text, expected] of plain) {
    test(`${text} ${expected ? 'can' : 'cannot'} stand as it is`, () =>
      assert.equal(isPlainNumber(Buffer.from(text), 0, text.length), expected));
  }
});

suite('number formats', () => {
  const { number, date, time, dateTime, duration } = NumberKind;
  const cases: readonly (readonly [string, NumberKind])[] = [
    ['General', number],
    ['#,##0.00', number],
    ['0%', number],
    ['0.00E+00', number],
    ['[$€-407]#,##0.00;[Red]-[$€-407]#,##0.00', number],
    ['#,##0" days"', number],
    ['\\d0', number],
    ['_-* #,##0.00 _d_-', number],
    ['yyyy-mm-dd', date],
    ['d. mmmm yyyy;@', date],
    ['[$-F800]dddd, mmmm dd, yyyy', date],
    ['mmm', date],
    ['h:mm AM/PM', time],
    ['mm:ss.0', time],
    ['yyyy-mm-dd hh:mm:ss', dateTime],
    ['[h]:mm:ss', duration],
    ['[mm]:ss', duration],
  ];
  for (const [code, kind] of cases) test(`${code} is of kind ${kind}`, () => assert.equal(kindOfCode(code), kind));

  test('numbers of formats without a code are known', () => {
    assert.deepEqual([0, 14, 20, 22, 46, 58, 164].map(kindOfBuiltIn), [
      number,
      date,
      time,
      dateTime,
      duration,
      date,
      number,
    ]);
  });
});

suite('serial dates', () => {
  const { date, time, dateTime, duration } = NumberKind;
  const cases: readonly (readonly [number, NumberKind, boolean, string | null])[] = [
    [1, date, false, '1900-01-01'],
    [59, date, false, '1900-02-28'],
    [60, date, false, null],
    [61, date, false, '1900-03-01'],
    [45293, date, false, '2024-01-02'],
    [45293.12783564815, dateTime, false, '2024-01-02 03:04:05'],
    [45293.5, date, false, '2024-01-02 12:00:00'],
    [45293, dateTime, false, '2024-01-02 00:00:00'],
    [45292.999999999993, dateTime, false, '2024-01-02 00:00:00'],
    [45293.000005787, dateTime, false, '2024-01-02 00:00:00.500'],
    [0, date, false, null],
    [0, time, false, '00:00:00'],
    [0.75, time, false, '18:00:00'],
    [0.5, dateTime, false, '12:00:00'],
    [-1, date, false, null],
    [2958465, date, false, '9999-12-31'],
    [2958466, date, false, null],
    [1e300, date, false, null],
    [0, date, true, '1904-01-01'],
    [43831, date, true, '2024-01-02'],
    [0.25, time, true, '06:00:00'],
    [30.25, duration, false, '726:00:00'],
    [-0.5, duration, false, '-12:00:00'],
  ];
  for (const [value, kind, is1904, text] of cases) {
    test(`${value} of kind ${kind} from ${is1904 ? 1904 : 1900} on is ${text}`, () =>
      assert.equal(serialText(value, kind, is1904), text));
  }
});

suite('references of cells', () => {
  test('every column is found under its letters', () => {
    for (let column = 0; column < 16384; column++) {
      const name = Buffer.from(`${columnLetters(column)}7`);
      assert.equal(columnOfReference(name, 0, name.length), column);
    }
    assert.equal(columnLetters(16383), 'XFD');
  });
  for (const name of ['XFE1', '__proto__', 'A', '7', '', 'A1B', 'A-1', 'AAAAAAAAAAAAAAAA1']) {
    test(`${JSON.stringify(name)} is none`, () =>
      assert.equal(columnOfReference(Buffer.from(name), 0, name.length), -1));
  }
});

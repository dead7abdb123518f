import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fieldType } from './column-kind.ts';
import { isoTime, jsonValue } from './json-value.ts';
import { type ArrayText, parseArray } from './parse-array.ts';

const options = { seed: 7, numRuns: 500 };

/** As PostgreSQL writes it, with every element in quotes. */
const arrayText = (elements: ArrayText): string =>
  `{${elements
    .map((element) => {
      if (element === null) return 'NULL';
      if (typeof element !== 'string') return arrayText(element);
      return `"${element.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
    })
    .join(',')}}`;

describe('values of a result', () => {
  test('an array that is written is read again', () => {
    const flat = fc.array(fc.option(fc.string(), { nil: null }));
    const nested = fc.array(
      flat.filter((inner) => inner.length > 0),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(fc.oneof(flat, nested), (elements) => assert.deepEqual(parseArray(arrayText(elements)), elements)),
      options,
    );
    assert.deepEqual(parseArray('[0:1]={7,8}'), ['7', '8']);
    assert.deepEqual(parseArray('{0101:0102}', ':'), ['0101', '0102']);
  });

  test('every integer and decimal stays what it was, digit for digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (number) =>
        assert.equal(jsonValue(String(number), 'numeric'), String(number)),
      ),
      options,
    );
    for (const text of ['1e+20', '-1.5e-07', '0.10', '-0']) assert.equal(jsonValue(text, 'float8'), text);
    for (const text of ['NaN', 'Infinity', '-Infinity']) assert.equal(jsonValue(text, 'numeric'), `"${text}"`);
  });

  test('times are ISO 8601, with a Z only where the column has a zone', () => {
    assert.equal(isoTime('2026-02-01'), '2026-02-01');
    assert.equal(isoTime('2026-02-01 10:00:00.25'), '2026-02-01T10:00:00.25');
    assert.equal(isoTime('2026-02-01 10:00:00+00'), '2026-02-01T10:00:00Z');
    assert.equal(isoTime('infinity'), 'infinity');
    assert.equal(isoTime('0044-03-15 00:00:00+00 BC'), '0044-03-15 00:00:00+00 BC');
  });

  test('types are called as CARTO calls them', () => {
    assert.deepEqual(['int8', '_numeric', 'timestamptz', 'geometry', 'jsonb', 'uuid', 'bool', '_text'].map(fieldType), [
      'number',
      'number[]',
      'date',
      'geometry',
      'object',
      'string',
      'boolean',
      'string[]',
    ]);
  });
});

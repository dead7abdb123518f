import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fieldType } from './column-kind.ts';
import { ewkbToGeoJson } from './ewkb-to-geojson.ts';
import { isResultFormat, resultFormats } from './formats.ts';
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

describe('formats of a result', () => {
  const cell = fc.option(fc.string({ unit: 'binary' }), { nil: null });
  const rowsOf = (text: string): unknown => JSON.parse(text).rows;

  test('JSON of any text reads back as that text, whatever the columns are called', () => {
    fc.assert(
      fc.property(fc.string(), cell, cell, (name, first, second) => {
        const writer = resultFormats.json.open([{ name, typeName: 'text' }]);
        const end = writer.end({ rows: 2, seconds: 0.5, error: null }) ?? '';
        const body = writer.start + writer.row([first]) + writer.separator + writer.row([second]) + end;
        assert.deepEqual(
          JSON.stringify(rowsOf(body)),
          `[${[first, second].map((value) => `{${JSON.stringify(name)}:${JSON.stringify(value)}}`).join()}]`,
        );
      }),
      options,
    );
  });

  test('of two columns with one name JSON has the last, CSV both', () => {
    const fields = [
      { name: 'a', typeName: 'int4' },
      { name: 'a', typeName: 'text' },
    ];
    assert.equal(resultFormats.json.open(fields).row(['1', 'x']), '{"a":"x"}');
    assert.equal(resultFormats.csv.open(fields).row(['1', 'x']), '1,x\r\n');
  });

  test('CSV of any text reads back as that text, and no value is not an empty text', () => {
    const unquote = (field: string): string | null => {
      if (field === '') return null;
      return field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
    };
    fc.assert(
      fc.property(cell, (value) => {
        const text = resultFormats.csv.open([{ name: 'a', typeName: 'text' }]).row([value]);
        assert.ok(text.endsWith('\r\n'));
        const field = text.slice(0, -2);
        assert.equal(unquote(field), value);
        if (!field.startsWith('"')) assert.ok(!/[",\r\n]/.test(field));
      }),
      options,
    );
  });

  test('an error after the first rows is said in JSON and GeoJSON, not in CSV', () => {
    const fields = [{ name: 'the_geom', typeName: 'geometry' }];
    const ending = { rows: 1, seconds: 1, error: 'gone' };
    assert.match(resultFormats.json.open(fields).end(ending) ?? '', /"error":\["gone"\]\}$/);
    assert.equal(resultFormats.geojson.open(fields).end(ending), '],"error":["gone"]}');
    assert.equal(resultFormats.csv.open(fields).end(ending), null);
  });

  test('names that every object has are no formats', () => {
    assert.deepEqual(['json', 'csv', 'geojson', 'constructor', '__proto__', ''].map(isResultFormat), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test('curves and other reference systems are refused with what to do', () => {
    assert.throws(
      () => ewkbToGeoJson('0108000000020000000000000000000000000000000000000000000000000000000000'),
      /ST_CurveToLine/,
    );
    assert.throws(() => ewkbToGeoJson('0101000020110F000000000000000000000000000000000000'), /3857.*ST_Transform/);
    assert.equal(ewkbToGeoJson('00000000013FF00000000000004000000000000000'), '{"type":"Point","coordinates":[1,2]}');
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CellKind } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import { RecordWriter } from './record-writer.ts';

const cell = ({ record }: RecordWriter, column = 0): string =>
  record.bytes.toString('utf8', record.starts[column], record.ends[column]);

function write(fill: (writer: RecordWriter) => void): RecordWriter {
  const writer = new RecordWriter(1);
  writer.begin();
  fill(writer);
  return writer;
}

test('text comes back as it was written, NUL characters left out and counted', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { minLength: 1, maxLength: 5 }), (values) => {
      const writer = new RecordWriter(values.length);
      writer.begin();
      values.forEach((value, i) => {
        writer.text(i, value);
      });
      values.forEach((value, i) => {
        assert.equal(cell(writer, i), value.replaceAll('\0', '').toWellFormed());
      });
      assert.equal(writer.nulCharacters, values.join('').split('\0').length - 1);
    }),
  );
});

test('UTF-8 is copied as it stands, NUL characters left out and counted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (value) => {
      const source = Buffer.from(`<${value}>`);
      const writer = write((w) => assert.ok(w.utf8(0, source, 1, source.length - 1)));
      assert.equal(cell(writer), value.replaceAll('\0', '').toWellFormed());
      assert.equal(writer.nulCharacters, value.split('\0').length - 1);
    }),
  );
});

test('bytes that are not UTF-8 are no text, be they short or long', () => {
  for (const source of [Buffer.from([0x61, 0xe9]), Buffer.concat([Buffer.alloc(100, 0x61), Buffer.from([0xe9])])]) {
    const writer = write((w) => assert.equal(w.utf8(0, source, 0, source.length), false));
    assert.equal(writer.record.kinds[0], CellKind.null);
  }
});

test('a number is read back as the same double', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      assert.ok(Object.is(Number(cell(write((w) => w.number(0, value)))), value));
    }),
  );
});

test('times are written as ISO 8601 has them, before 1970 too', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const seconds = Math.floor(date.getTime() / 1000);
      const micros = (date.getTime() - seconds * 1000) * 1000;
      const written = cell(write((w) => w.timestamp(0, seconds, micros, 'Z')));
      assert.equal(new Date(written).toISOString(), date.toISOString());
      const day = cell(write((w) => w.date(0, Math.floor(date.getTime() / 86400000))));
      assert.equal(day, date.toISOString().slice(0, 10));
    }),
  );
  assert.equal(cell(write((w) => w.timestamp(0, -1, 999999, ''))), '1969-12-31T23:59:59.999999');
  assert.equal(cell(write((w) => w.time(0, 86399999999))), '23:59:59.999999');
  assert.equal(cell(write((w) => w.date(0, 3000000))), '+10183-09-21');
  assert.equal(cell(write((w) => w.date(0, -719529))), '-0001-12-31');
});

test('a record that was begun anew has neither the cells nor the geometry of the one before', () => {
  const writer = write((w) => {
    w.text(0, 'a');
    w.wkb(Buffer.from('<wkb>'), 1, 4);
  });
  const { record } = writer;
  assert.equal(record.bytes.toString('latin1', record.geometryStart, record.geometryEnd), 'wkb');
  writer.begin();
  assert.deepEqual([record.kinds[0], record.geometryKind, record.row], [CellKind.null, 0, 2]);
});

test('a record larger than any that is meant ends with 6666 before the memory is taken', () => {
  assert.throws(
    () => write((w) => w.reserve(2 ** 31)),
    (error) => error instanceof ImportError && error.code === 6666,
  );
});

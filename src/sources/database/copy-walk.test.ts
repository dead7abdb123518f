import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { CellKind, GeometryKind } from '../../domain/layer.ts';
import type { RowsHeader } from '../../domain/rows-file.ts';
import { openRows } from '../../formats/rows/layer.ts';
import { RowsWriter } from '../rows-writer.ts';
import { CopyMalformed, CopyWalk } from './copy-walk.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-copy-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'rows');

type Row = readonly (Uint8Array | null)[];

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

const head = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), int32(0), int32(0)]);

/** A COPY in binary format, as PostgreSQL's manual has it. */
const copyOf = (rows: readonly Row[]): Buffer =>
  Buffer.concat([
    head,
    ...rows.flatMap((row) => [
      int16(row.length),
      ...row.flatMap((value) => (value === null ? [int32(-1)] : [int32(value.length), value])),
    ]),
    int16(-1),
  ]);

const header: RowsHeader = {
  name: 'people',
  columns: [
    { name: 'name', type: 'text' },
    { name: 'facts', type: 'jsonb' },
    { name: 'photo', type: 'bytea' },
  ],
  hasGeometry: true,
  srid: 4326,
  tuples: ['geometry', 'text', 'json', 'binary'],
};

/** The parts of `bytes` between these places. */
const cut = (bytes: Buffer, places: readonly number[]): readonly Buffer[] => {
  const ends = [...new Set(places.map((place) => place % bytes.length)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
};

test('tuples come back as they were sent, in whatever parts they came', async () => {
  const value = fc.option(fc.uint8Array({ maxLength: 30 }));
  const row = fc.tuple(value, value, value, value);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), fc.array(fc.nat()), async (rows, places) => {
      using writer = new RowsWriter(path, header, 1e9);
      const walk = new CopyWalk(4);
      for (const part of cut(copyOf(rows), places)) writer.tuples(part, walk.push(part));
      walk.finish();
      assert.equal(writer.rows, rows.length);
      const read: Row[] = [];
      const kinds: number[] = [];
      await openRows(writer.finish()).read((record) => {
        const at = (start: number, end: number) => Uint8Array.from(record.bytes.subarray(start, end));
        const cells = [0, 1, 2].map((column) => {
          if (record.kinds[column] === CellKind.null) return null;
          return at(record.starts[column] ?? 0, record.ends[column] ?? 0);
        });
        const { geometryKind, geometryStart, geometryEnd } = record;
        read.push([geometryKind === GeometryKind.none ? null : at(geometryStart, geometryEnd), ...cells]);
        kinds.push(record.kinds[1] ?? -1);
      });
      assert.deepEqual(read, rows);
      const isJson = (bytes: Uint8Array | null | undefined) => bytes?.[0] === 123 || bytes?.[0] === 91;
      assert.deepEqual(
        kinds,
        rows.map((one) => (one[2] === null ? CellKind.null : isJson(one[2]) ? CellKind.json : CellKind.plain)),
      );
    }),
    { numRuns: 150, seed: 61 },
  );
});

test('values larger than what is read at once come back whole', async () => {
  const rows: Row[] = [1, 3_000_000, 2, 1_048_560, 5_000_000].map((length) => [
    null,
    Buffer.alloc(length, 'x'),
    null,
    Buffer.alloc(length),
  ]);
  using writer = new RowsWriter(path, header, 1e9);
  const bytes = copyOf(rows);
  writer.tuples(bytes, new CopyWalk(4).push(bytes));
  const lengths: number[] = [];
  await openRows(writer.finish()).read((record) => void lengths.push((record.ends[0] ?? 0) - (record.starts[0] ?? 0)));
  assert.deepEqual(
    lengths,
    rows.map((row) => row[1]?.length),
  );
});

test('a COPY that ends early is an error, on its way and in its file', async () => {
  const bytes = copyOf([[null, Buffer.from('one'), null, null]]);
  for (let length = 0; length < bytes.length; length++) {
    const walk = new CopyWalk(4);
    walk.push(bytes.subarray(0, length));
    assert.throws(() => walk.finish(), CopyMalformed);
  }
  using writer = new RowsWriter(path, header, 1e9);
  writer.tuples(bytes, 1);
  const file = writer.finish();
  for (const missing of [1, 2, 3, 10]) {
    truncateSync(path, file.sizeBytes - missing);
    await assert.rejects(
      openRows(file).read(() => undefined),
      { kind: 'loadFailed' },
    );
  }
});

test('lengths that are not possible end the transfer', () => {
  const refused = [
    Buffer.from('HTTP/1.1 400 Bad Request'),
    Buffer.concat([head.subarray(0, 15), int32(4)]),
    Buffer.concat([head, int16(3)]),
    Buffer.concat([head, int16(-2)]),
    Buffer.concat([head, int16(4), int32(-2)]),
    Buffer.concat([head, int16(4), int32(0x7fffffff)]),
    Buffer.concat([head, int16(-1), int16(-1)]),
  ];
  for (const bytes of refused) {
    assert.throws(() => new CopyWalk(4).push(bytes), CopyMalformed, bytes.toString('hex'));
    const walk = new CopyWalk(4);
    assert.throws(() => {
      for (const byte of bytes) walk.push(Buffer.from([byte]));
    }, CopyMalformed);
  }
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { CellKind, GeometryKind } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { RowsWriter } from '../../sources/rows-writer.ts';
import { openRows } from './layer.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-rows-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'rows');

const header = {
  name: 'people',
  columns: [
    { name: 'name', type: 'text' },
    { name: 'photo', type: 'bytea' },
  ],
  hasGeometry: true,
  srid: 4326,
} as const;

type Row = readonly [geometry: Uint8Array | null, name: string | null, photo: Uint8Array | null];

function write(rows: readonly Row[]): ReturnType<RowsWriter['finish']> {
  using writer = new RowsWriter(path, header, 1e9);
  for (const [geometry, name, photo] of rows) {
    writer.begin();
    if (geometry !== null) writer.geometry(GeometryKind.wkb, geometry);
    if (name === null) writer.null();
    else writer.text(name);
    if (photo === null) writer.null();
    else writer.binary(photo);
  }
  return writer.finish();
}

async function readBack(rows: readonly Row[]): Promise<readonly Row[]> {
  const layer = openRows(write(rows));
  const read: Row[] = [];
  await layer.read((record) => {
    const bytes = (start: number, end: number): Uint8Array => Uint8Array.from(record.bytes.subarray(start, end));
    const cell = (column: number): Uint8Array | null =>
      record.kinds[column] === CellKind.null ? null : bytes(record.starts[column] ?? 0, record.ends[column] ?? 0);
    const name = cell(0);
    read.push([
      record.geometryKind === GeometryKind.none ? null : bytes(record.geometryStart, record.geometryEnd),
      name === null ? null : Buffer.from(name).toString(),
      cell(1),
    ]);
  });
  return read;
}

test('rows come back as they were written', async () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 40 }));
  const row = fc.tuple(bytes, fc.option(fc.string({ unit: 'grapheme' })), bytes);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
      assert.deepEqual(await readBack(rows), rows);
    }),
    { numRuns: 100, seed: 6 },
  );
});

test('records larger than what is read at once come back whole', async () => {
  const rows: Row[] = [1, 3_000_000, 2, 1_048_560, 5_000_000].map((length) => [null, 'x'.repeat(length), null]);
  assert.deepEqual(await readBack(rows), rows);
});

test('a file that was cut off is an error, wherever it was cut', async () => {
  const file = write([[Uint8Array.of(1, 2, 3), 'one', null]]);
  for (const size of [file.sizeBytes - 1, file.sizeBytes - 20, 10]) {
    write([[Uint8Array.of(1, 2, 3), 'one', null]]);
    truncateSync(path, size);
    await assert.rejects(
      async () => openRows({ ...file, sizeBytes: size }).read(() => undefined),
      (error) => error instanceof ImportError && error.kind === 'loadFailed',
    );
  }
});

test('more bytes than allowed end the writing', () => {
  using writer = new RowsWriter(path, header, 2_000_000);
  assert.throws(
    () => {
      for (;;) {
        writer.begin();
        writer.text('x'.repeat(100_000));
        writer.null();
      }
    },
    { kind: 'fileTooBig' },
  );
});

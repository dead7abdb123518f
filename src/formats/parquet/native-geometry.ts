import type { RecordWriter } from '../record-writer.ts';

/** Codes of well-known binary, and how deep the lists around the coordinates of each native encoding are. */
const encodings: ReadonlyMap<string, { readonly code: number; readonly part: string }> = new Map([
  ['point', { code: 1, part: '' }],
  ['linestring', { code: 2, part: '' }],
  ['polygon', { code: 3, part: '' }],
  ['multipoint', { code: 4, part: 'point' }],
  ['multilinestring', { code: 5, part: 'linestring' }],
  ['multipolygon', { code: 6, part: 'polygon' }],
]);

/** Whether an encoding of GeoParquet's metadata is one that `writeNative` writes. */
export const isNativeEncoding = (encoding: string): boolean => encodings.has(encoding);

/** Coordinates are structures `{x, y[, z][, m]}`; the number of members is the same in the whole column. */
const ordinates = (value: unknown): readonly number[] => {
  const members = new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  return ['x', 'y', 'z', 'm'].flatMap((name) => (members.has(name) ? [Number(members.get(name) ?? Number.NaN)] : []));
};

const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Writes a geometry in one of GeoParquet's native encodings, as the library gives it, as the record's geometry. */
export function writeNative(writer: RecordWriter, encoding: string, value: unknown, members: readonly string[]): void {
  const dimension = (members.includes('z') ? 1000 : 0) + (members.includes('m') ? 2000 : 0);
  const start = writer.reserve(0);
  const uint32 = (number: number): void => {
    const at = writer.reserve(4);
    writer.view.setUint32(at, number, true);
  };
  const vertices = (list: readonly unknown[]): void => {
    for (const vertex of list) {
      for (const ordinate of ordinates(vertex)) {
        const at = writer.reserve(8);
        writer.view.setFloat64(at, ordinate, true);
      }
    }
  };
  const geometry = (name: string, item: unknown): void => {
    const { code, part } = encodings.get(name) ?? { code: 0, part: '' };
    const at = writer.reserve(1);
    writer.bytes[at] = 1;
    uint32(code + dimension);
    if (name === 'point') {
      vertices([item]);
      return;
    }
    uint32(items(item).length);
    if (name === 'linestring') vertices(items(item));
    else parts(part, items(item));
  };
  const parts = (part: string, list: readonly unknown[]): void => {
    for (const child of list) {
      if (part !== '') geometry(part, child);
      else {
        uint32(items(child).length);
        vertices(items(child));
      }
    }
  };
  geometry(encoding, value);
  writer.wkbFrom(start);
}

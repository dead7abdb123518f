/**
 * Names of the files in a 7z archive. The library is compiled for a system that knows ASCII alone, and gives a star for
 * every other letter; the table of contents has them as they are (7zFormat.txt of the LZMA SDK).
 */
import { crc32 } from 'node:zlib';

/** Properties of the format that are met here. */
const Id = {
  end: 0,
  header: 1,
  streams: 4,
  files: 5,
  pack: 6,
  subStreams: 8,
  size: 9,
  name: 0x11,
  encoded: 0x17,
} as const;

const MARK = Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]);
const START_BYTES = 32;

/** A table of contents that is larger is not looked at: the archive has more entries than it may have. */
const MOST_HEADER_BYTES = 8 << 20;

/** A number: as many leading ones in the first byte as bytes follow, lowest first. */
function numberAt(bytes: Buffer, at: number): readonly [value: number, after: number] {
  const first = bytes[at] ?? 0;
  let value = 0;
  let more = 0;
  for (let mask = 0x80; mask > 0 && (first & mask) !== 0; mask >>= 1)
    value += (bytes[at + 1 + more] ?? 0) * 2 ** (8 * more++);
  const high = more >= 7 ? 0 : first & ((1 << (7 - more)) - 1);
  return [value + high * 2 ** (8 * more), at + 1 + more];
}

/** A number of four bytes. */
const number = (value: number): readonly number[] => [
  0xe0 | Math.floor(value / 2 ** 24),
  value & 0xff,
  (value >>> 8) & 0xff,
  (value >>> 16) & 0xff,
];

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

/** An archive of one file: what the table of contents of another is compressed into. null: it is in several streams. */
function archiveOf(encoded: Buffer, read: (at: number, length: number) => Buffer): Buffer | null {
  const [packedAt, streamsAt] = numberAt(encoded, 2);
  const [streams, sizeAt] = numberAt(encoded, streamsAt);
  if (encoded[1] !== Id.pack || streams !== 1 || encoded[sizeAt] !== Id.size) return null;
  const [packedBytes, after] = numberAt(encoded, sizeAt + 1);
  if (packedBytes > MOST_HEADER_BYTES || encoded[after] !== Id.end || encoded.at(-1) !== Id.end) return null;
  const packed = read(START_BYTES + packedAt, packedBytes);
  const table = Buffer.from([
    ...[Id.header, Id.streams, Id.pack, 0, 1, Id.size, ...number(packed.length), Id.end],
    ...encoded.subarray(after + 1, -1),
    ...[Id.subStreams, Id.end, Id.end],
    ...[Id.files, 1, Id.name, 5, 0, 0x61, 0, 0, 0, Id.end, Id.end],
  ]);
  const start = Buffer.concat([
    uint32(packed.length),
    uint32(0),
    uint32(table.length),
    uint32(0),
    uint32(crc32(table)),
  ]);
  return Buffer.concat([MARK, uint32(crc32(start)), start, packed, table]);
}

/** The lists of texts in a table of contents that have the form of one of names. */
function* namesIn(table: Buffer): Generator<readonly string[]> {
  for (let at = table.indexOf(Id.name); at >= 0; at = table.indexOf(Id.name, at + 1)) {
    const [bytes, listAt] = numberAt(table, at + 1);
    const end = listAt + bytes;
    // The byte before the names says that they stand here.
    if (bytes < 5 || bytes % 2 === 0 || end > table.length || table[listAt] !== 0 || table.readUInt16LE(end - 2) !== 0)
      continue;
    yield table.toString('utf16le', listAt + 1, end - 2).split('\0');
  }
}

/**
 * The lists of names that a 7z archive may hold, in the order of its files; whoever takes one compares it with what else
 * is known of the names. `read` gives bytes of the archive, `unpackFirst` what the first file of an archive holds.
 */
export function sevenZipNames(
  read: (at: number, length: number) => Buffer,
  unpackFirst: (archive: Buffer, mostBytes: number) => Buffer | null,
): readonly (readonly string[])[] {
  const start = read(0, START_BYTES);
  if (start.length < START_BYTES || !start.subarray(0, 6).equals(MARK.subarray(0, 6))) return [];
  const length = Number(start.readBigUInt64LE(20));
  if (length > MOST_HEADER_BYTES) return [];
  let table: Buffer | null = read(START_BYTES + Number(start.readBigUInt64LE(12)), length);
  if (table[0] === Id.encoded) {
    const archive = archiveOf(table, read);
    table = archive === null ? null : unpackFirst(archive, MOST_HEADER_BYTES);
  }
  return table?.[0] === Id.header ? [...namesIn(table)] : [];
}

/** Whether a name may be the one of which only this was left: the same, with a star for every letter beyond ASCII. */
export const isNameOf = (name: string, left: string): boolean =>
  [...name.replaceAll('\\', '/')].map((letter) => (letter < '\x80' ? letter : '*')).join('') ===
  left.replaceAll('\\', '/');

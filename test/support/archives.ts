/** Archives made byte by byte, honest ones and those that no honest program makes. */
import { crc32, deflateRawSync } from 'node:zlib';

type Content = string | Buffer;

/** A file of a zip archive, with what may be wrong about it. */
export interface ZipFile {
  readonly name: string | Buffer;
  readonly content?: Content;
  readonly isStored?: boolean;
  /** General purpose flags; 0x800 says that the name is UTF-8. */
  readonly flags?: number;
  readonly method?: number;
  /** Mode of Unix in the upper half; makes the entry one of Unix. */
  readonly attributes?: number;
  /** Another name in the header before the file than in the table of contents. */
  readonly localName?: string;
  /** The size that the table of contents claims. */
  readonly claimedSize?: number;
  /** Takes the bytes of the file of this number instead of its own. */
  readonly sharesBytesOf?: number;
  readonly extra?: Buffer;
}

function fields(...values: readonly (readonly [bytes: 1 | 2 | 4, value: number])[]): Buffer {
  const buffer = Buffer.alloc(values.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of values) {
    buffer.writeUIntLE(value, at, bytes);
    at += bytes;
  }
  return buffer;
}

/** A zip archive; `zip64` writes the end of the table of contents in the form for large archives. */
export function zip(files: readonly ZipFile[], { zip64 = false }: { readonly zip64?: boolean } = {}): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  const offsets: number[] = [];
  let position = 0;
  for (const file of files) {
    const name = Buffer.from(file.name);
    const content = Buffer.from(file.content ?? '');
    const isStored = file.isStored === true || content.length === 0;
    const packed = isStored ? content : deflateRawSync(content);
    const flags = file.flags ?? (typeof file.name === 'string' ? 0x800 : 0);
    const method = file.method ?? (isStored ? 0 : 8);
    const size = file.claimedSize ?? content.length;
    const common = (extra: number, nameBytes: number) =>
      fields(
        [2, 20],
        [2, flags],
        [2, method],
        [4, 0],
        [4, crc32(content)],
        [4, packed.length],
        [4, size],
        [2, nameBytes],
        [2, extra],
      );
    const localName = Buffer.from(file.localName ?? name);
    const offset = file.sharesBytesOf === undefined ? position : (offsets[file.sharesBytesOf] ?? 0);
    offsets.push(offset);
    if (file.sharesBytesOf === undefined) {
      const local = Buffer.concat([fields([4, 0x04034b50]), common(0, localName.length), localName, packed]);
      parts.push(local);
      position += local.length;
    }
    const extra = file.extra ?? Buffer.alloc(0);
    const madeBy = file.attributes === undefined ? 20 : (3 << 8) | 20;
    central.push(
      fields([4, 0x02014b50], [2, madeBy]),
      common(extra.length, name.length),
      fields([2, 0], [2, 0], [2, 0], [4, file.attributes ?? 0], [4, offset]),
      name,
      extra,
    );
  }
  const table = Buffer.concat(central);
  const end64 = Buffer.alloc(56 + 20);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(45, 12);
  end64.writeUInt16LE(45, 14);
  end64.writeBigUInt64LE(BigInt(files.length), 24);
  end64.writeBigUInt64LE(BigInt(files.length), 32);
  end64.writeBigUInt64LE(BigInt(table.length), 40);
  end64.writeBigUInt64LE(BigInt(position), 48);
  end64.writeUInt32LE(0x07064b50, 56);
  end64.writeBigUInt64LE(BigInt(position + table.length), 64);
  end64.writeUInt32LE(1, 72);
  const count = zip64 ? 0xffff : Math.min(files.length, 0xffff);
  const end = fields(
    [4, 0x06054b50],
    [4, 0],
    [2, count],
    [2, count],
    [4, table.length],
    [4, zip64 ? 0xffffffff : position],
    [2, 0],
  );
  return Buffer.concat([...parts, table, zip64 ? end64 : Buffer.alloc(0), end]);
}

/** A file, link or device of a tar archive. */
export interface TarFile {
  readonly name: string | Buffer;
  readonly content?: Content;
  /** `0` file, `1` hard link, `2` symbolic link, `3` device, `5` folder, `6` pipe. */
  readonly type?: string;
  readonly link?: string;
  /** The size that the header claims. */
  readonly claimedSize?: number;
}

/** A tar archive in the POSIX form. */
export function tar(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap((file) => {
    const content = Buffer.from(file.content ?? '');
    const header = Buffer.alloc(512);
    Buffer.from(file.name).copy(header, 0, 0, 100);
    header.write(`0000644\0${'0000000\0'.repeat(2)}`, 100, 'latin1');
    header.write((file.claimedSize ?? content.length).toString(8).padStart(11, '0'), 124, 'latin1');
    header.write('00000000000', 136, 'latin1');
    header.write('        ', 148, 'latin1');
    header.write(file.type ?? '0', 156, 'latin1');
    header.write(file.link ?? '', 157, 'latin1');
    header.write('ustar\x0000', 257, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A RAR archive of version 4, nothing compressed; `flags` 4 says that a file is encrypted. */
export function rar4(
  files: readonly { name: string | Buffer; content: Content; flags?: number; attributes?: number }[],
): Buffer {
  const block = (header: Buffer): Buffer => Buffer.concat([fields([2, crc32(header) & 0xffff]), header]);
  const blocks = files.map((file) => {
    const content = Buffer.from(file.content);
    const name = Buffer.from(file.name);
    const header = Buffer.concat([
      fields(
        [1, 0x74],
        [2, 0x8000 | (file.flags ?? 0)],
        [2, 32 + name.length],
        [4, content.length],
        [4, content.length],
      ),
      fields(
        [1, 3],
        [4, crc32(content)],
        [4, 0],
        [1, 20],
        [1, 0x30],
        [2, name.length],
        [4, file.attributes ?? 0o100644],
      ),
      name,
    ]);
    return Buffer.concat([block(header), content]);
  });
  const main = block(fields([1, 0x73], [2, 0], [2, 13], [2, 0], [4, 0]));
  return Buffer.concat([
    Buffer.from('Rar!\x1a\x07\x00', 'latin1'),
    main,
    ...blocks,
    block(fields([1, 0x7b], [2, 0x4000], [2, 7])),
  ]);
}

/** A number as RAR 5 writes it, seven bits a byte, the lowest first. */
const vint = (value: number): Buffer =>
  value < 0x80 ? Buffer.from([value]) : Buffer.concat([Buffer.from([0x80 | (value & 0x7f)]), vint(value >>> 7)]);

/** A RAR archive of version 5, nothing compressed. */
export function rar5(files: readonly { name: string; content: Content }[]): Buffer {
  const block = (...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const counted = Buffer.concat([vint(body.length), body]);
    return Buffer.concat([fields([4, crc32(counted)]), counted]);
  };
  const blocks = files.map((file) => {
    const content = Buffer.from(file.content);
    const name = Buffer.from(file.name);
    const crc = fields([4, crc32(content)]);
    const numbers = [2, 2, content.length, 4, content.length, 0o100644].map(vint);
    return Buffer.concat([block(...numbers, crc, vint(0), vint(1), vint(name.length), name), content]);
  });
  const mark = Buffer.from('Rar!\x1a\x07\x01\x00', 'latin1');
  return Buffer.concat([mark, block(vint(1), vint(0), vint(0)), ...blocks, block(vint(5), vint(0), vint(0))]);
}

/** A 7z archive of one file, not compressed. */
export function sevenZip(name: string, content: Content): Buffer {
  const bytes = Buffer.from(content);
  // A number of four bytes: three bits that announce three more, lowest first (7zFormat.txt, REAL_UINT64).
  const number = (value: number): number[] => [
    0xe0 | (value >>> 24),
    value & 0xff,
    (value >>> 8) & 0xff,
    (value >>> 16) & 0xff,
  ];
  const names = Buffer.from(`${name}\0`, 'utf16le');
  const crc = fields([4, crc32(bytes)]);
  const table = Buffer.from([
    ...[0x01, 0x04, 0x06, 0, 1, 0x09, ...number(bytes.length), 0],
    ...[0x07, 0x0b, 1, 0, 1, 0x01, 0x00, 0x0c, ...number(bytes.length), 0x0a, 1, ...crc, 0, 0x08, 0, 0],
    ...[0x05, 1, 0x11, ...number(names.length + 1), 0, ...names, 0, 0],
  ]);
  const start = fields([4, bytes.length], [4, 0], [4, table.length], [4, 0], [4, crc32(table)]);
  const mark = Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]);
  return Buffer.concat([mark, fields([4, crc32(start)]), start, bytes, table]);
}

const decoded = (base64: string): Buffer => Buffer.from(base64, 'base64');

/** Archives that only their own programs make. Both 7z hold `a.csv` and `d/b.csv`; xz and bzip2 hold `a\n1\n`. */
export const made = {
  /** LZMA, with its table of contents compressed. */
  sevenZip: decoded(
    'N3q8ryccAATqOw7ihwAAAAAAAAAhAAAAAAAAACW2SBsBABhpZCxuYW1lCjEs0L7QtNC40L0KeAoxCjIKAAAAgTMHrg/P2W+8D+vqnL82Pf53Qe42TVMlTjA5l0Ge7ifHuBNryzuQg/FkF6wYx2Lv9w5wjVlt1WbAD+Wtc3VjjxrW8mWaT552+wSbZEMRsKDnc+3AxOm+9ZTT+Nb4HNn72AuW3QAAAAAXBh0BCWoABwsBAAEjAwEBBV0AEAAADICCCgEhCOQtAAA=',
  ),
  /** Names beyond ASCII, `ñandú.csv` and `ż/日本.csv`, in a table of contents that is compressed. */
  sevenZipNames: decoded(
    'N3q8ryccAARYlm9GbgAAAAAAAAAgAAAAAAAAACIboksBAAdhCjEKYQoyCgAAAIEzB64PzpwGxQkqrtOqhSYoExi7AyVnHGgzJv8w2fnOoFU+CE8QKZnzoY5cmMYC8hlIGgFUF8TK0Dz+ywtUKEgJONmElJwjIctRR9/RVyXgZvLiKyC00G3UHQTd4AAAABcGDAEJYgAHCwEAASMDAQEFXQAQAAAMbgoBYluncQAA',
  ),
  /** The content encrypted, the names not. */
  sevenZipLocked: decoded(
    'N3q8ryccAARp/DMnpQAAAAAAAAAiAAAAAAAAALy4PQXpykC/9HyXIPJAyzAaS94kUX+3aeYOBySheIrvGPtDvwAAgTMHrg/QDrA8nzkQnJ+m1TPasi6wZQkTtmW0lZ9Gfl8Kayem3KOSLEdSZoR5M7hpXhF5lxnyAHbGDCvsKMZLNeep+zLZ83CIbkDsRgOQyb3RfeaLK4ndLGWJYkGqLwNOOLf1k+V6xOK1xawIx2j41yIiPBafE+sB14HemaFbIYAAAAAXBiABCYCFAAcLAQABIwMBAQVdABAAAAyAogoB4n+a8QAA',
  ),
  /** The names encrypted as well. */
  sevenZipHidden: decoded(
    'N3q8ryccAATaJbtWsAAAAAAAAAA+AAAAAAAAAA61wG8DiVQm/h0O87kRcn9lgafUxCYVmIa326NOwn7PQoWKagxW6jUI4dCo2sDvqSdweLZ9+Y6Kbdogub61rNzLOGYM/uP+vzfbiATWLIf/+bSgtVPvHgkqPYhPGAuNo2RRPOXEoq0AfEwgRv42ZG+YIaOSmTpzkx3HMxau6xnvwHrZVMvHj31yeOFuASIamwkXz6hfFBKLS5A40hjJ9SFGS1mvI40PLgVkeS3g4dCTrsYBMhcGIAEJgJAABwsBAAIkBvEHARJTD8CCeNGmBsrC9+EBJjhssGUjAwEBBV0AEAAAAQAMgIWAogoBMH0B4gAA',
  ),
  xz: decoded('/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQADYQoxCgClldvDt76j8AABHARvLJzBH7bzfQEAAAAABFla'),
  bzip2: decoded('QlpoOTFBWSZTWR956Z4AAAHJAAAQIAAgACAAMMwMeoJxdyRThQkB956Z4A=='),
  /** 60 MiB of zeros. */
  bzip2Bomb: decoded(
    'QlpoOTFBWSZTWQ4J4t8BX45AAMAAAAggADCATUZCoCWpCoCXMUFZJlNZmh/5QACCU0AIwAAAAIAIIAAwzAUpplEiBsVEiB4u5IpwoSEMGHn8',
  ),
};

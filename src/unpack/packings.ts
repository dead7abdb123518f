/** The ways in which files are packed, told by their first bytes alone. */

export type PackingId = 'zip' | 'tar' | 'gzip' | 'bzip2' | 'xz' | 'zstd' | '7z' | 'rar';

/** One way of packing: facts for the documentation, and how it is recognised. */
export interface Packing {
  readonly id: PackingId;
  readonly title: string;
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  readonly mediaTypes: readonly string[];
  matches(head: Buffer): boolean;
}

const startsWith =
  (...bytes: readonly number[]) =>
  (head: Buffer): boolean =>
    bytes.every((byte, index) => head[index] === byte);

const isZip = (head: Buffer): boolean =>
  // A file, an archive without files, or a mark that some programs put before the first file.
  ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08PK\x03\x04', 'PK00PK\x03\x04'].some((mark) =>
    head.toString('latin1', 0, 8).startsWith(mark),
  );

const TAR_HEADER_BYTES = 512;

/** The sum of a tar header's bytes stands in it as octal digits, counted as if it were blanks there. */
function isTar(head: Buffer): boolean {
  if (head.length < TAR_HEADER_BYTES) return false;
  const written = head
    .toString('latin1', 148, 156)
    .replace(/[\0 ]+$/, '')
    .trim();
  if (!/^[0-7]{1,7}$/.test(written)) return false;
  let sum = 8 * 0x20;
  for (let i = 0; i < TAR_HEADER_BYTES; i++) if (i < 148 || i >= 156) sum += head[i] ?? 0;
  return sum === Number.parseInt(written, 8);
}

/** Every packing, in the order in which they are asked. */
export const packings: readonly Packing[] = [
  {
    id: 'zip',
    title: 'Zip, also KMZ and CARTO exports',
    extensions: ['.zip', '.kmz', '.carto'],
    mediaTypes: ['application/zip', 'application/x-zip-compressed', 'application/vnd.google-earth.kmz'],
    matches: isZip,
  },
  {
    id: 'tar',
    title: 'Tar, also inside gzip, bzip2, xz or Zstandard',
    extensions: ['.tar', '.tgz', '.tar.gz', '.tar.bz2', '.tar.xz', '.tar.zst'],
    mediaTypes: ['application/x-tar', 'application/x-gtar'],
    matches: isTar,
  },
  {
    id: 'gzip',
    title: 'Gzip',
    extensions: ['.gz'],
    mediaTypes: ['application/gzip', 'application/x-gzip'],
    matches: startsWith(0x1f, 0x8b, 0x08),
  },
  {
    id: 'bzip2',
    title: 'Bzip2',
    extensions: ['.bz2'],
    mediaTypes: ['application/x-bzip2'],
    matches: (head) => /^BZh[1-9](1AY&SY|\x17rE8P\x90)/.test(head.toString('latin1', 0, 10)),
  },
  {
    id: 'xz',
    title: 'XZ',
    extensions: ['.xz'],
    mediaTypes: ['application/x-xz'],
    matches: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00),
  },
  {
    id: 'zstd',
    title: 'Zstandard',
    extensions: ['.zst'],
    mediaTypes: ['application/zstd'],
    matches: startsWith(0x28, 0xb5, 0x2f, 0xfd),
  },
  {
    id: '7z',
    title: '7-Zip',
    extensions: ['.7z'],
    mediaTypes: ['application/x-7z-compressed'],
    matches: startsWith(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c),
  },
  {
    id: 'rar',
    title: 'RAR, versions 4 and 5',
    extensions: ['.rar'],
    mediaTypes: ['application/vnd.rar', 'application/x-rar-compressed'],
    matches: startsWith(0x52, 0x61, 0x72, 0x21, 0x1a, 0x07),
  },
];

/** How a file is packed, by its first 512 bytes; null where it is not packed. */
export const packingOf = (head: Buffer): Packing | null => packings.find(({ matches }) => matches(head)) ?? null;

/** The packing that a name promises by its extension, whatever the content is; null where it promises none. */
export const packingOfName = (name: string): Packing | null =>
  packings.find(({ extensions }) => extensions.some((extension) => name.toLowerCase().endsWith(extension))) ?? null;

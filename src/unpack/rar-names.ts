/**
 * Names of the files in a RAR archive of version 4. The library loses letters beyond ASCII (see seven-zip-names.ts); the
 * headers have them (technote.txt of RAR 4).
 */
import { legacyNameDecoder } from './legacy-names.ts';

const MARK = Buffer.from('Rar!\x1a\x07\x00', 'latin1');
const HEAD_BYTES = 32;

/** Types of blocks, and flags of theirs. */
const Block = { main: 0x73, file: 0x74, end: 0x7b } as const;
const Flag = { lockedHeaders: 0x80, large: 0x100, unicode: 0x200, more: 0x8000 } as const;

/**
 * Decodes the second form of a name: two bits a letter say whether it is a byte, a byte of the page `page`, two bytes, or
 * several letters as they stand in the first form, `plain`, moved to that page where a difference follows.
 */
function decodeUnicode(plain: Buffer, packed: Buffer): string {
  const page = (packed[0] ?? 0) << 8;
  const letters: number[] = [];
  const same = (count: number, ofPage: number, difference: number): void => {
    for (let n = 0; n < count && letters.length < plain.length; n++)
      letters.push((((plain[letters.length] ?? 0) + difference) & 0xff) | ofPage);
  };
  let flags = 0;
  let bits = 0;
  for (let at = 1; at < packed.length; ) {
    if (bits === 0) {
      flags = packed[at++] ?? 0;
      bits = 8;
    }
    bits -= 2;
    const first = packed[at++] ?? 0;
    switch ((flags >> bits) & 3) {
      case 0:
        letters.push(first);
        break;
      case 1:
        letters.push(first | page);
        break;
      case 2:
        letters.push(first | ((packed[at++] ?? 0) << 8));
        break;
      default:
        if (first >= 0x80) same((first & 0x7f) + 2, page, packed[at++] ?? 0);
        else same(first + 2, 0, 0);
    }
  }
  return String.fromCharCode(...letters);
}

/** The names in the order of the files; those up to the first header that is encrypted or damaged. */
export function rarNames(read: (at: number, length: number) => Buffer, mostNames: number): readonly string[] {
  if (!read(0, MARK.length).equals(MARK)) return [];
  const names: (string | Buffer)[] = [];
  for (let at = MARK.length, blocks = 0; names.length < mostNames && blocks < 10 * mostNames; blocks++) {
    const head = read(at, HEAD_BYTES + 8);
    if (head.length < 7) break;
    const [type, flags, size] = [head[2], head.readUInt16LE(3), head.readUInt16LE(5)];
    if (size < 7 || type === Block.end || (type === Block.main && (flags & Flag.lockedHeaders) !== 0)) break;
    const isFile = type === Block.file && head.length >= HEAD_BYTES;
    const hasMore = type === Block.file || (flags & Flag.more) !== 0;
    const isLarge = isFile && (flags & Flag.large) !== 0 && head.length >= HEAD_BYTES + 8;
    const more =
      hasMore && head.length >= 11 ? head.readUInt32LE(7) + (isLarge ? head.readUInt32LE(HEAD_BYTES) * 2 ** 32 : 0) : 0;
    if (isFile) {
      const name = read(at + HEAD_BYTES + (isLarge ? 8 : 0), head.readUInt16LE(26));
      const end = name.indexOf(0);
      const isUnicode = (flags & Flag.unicode) !== 0 && end >= 0;
      names.push(isUnicode ? decodeUnicode(name.subarray(0, end), name.subarray(end + 1)) : name);
    }
    at += size + more;
  }
  const decode = legacyNameDecoder(names.filter((name) => typeof name !== 'string'));
  return names.map((name) => (typeof name === 'string' ? name : decode(name)));
}

import { candidates } from './candidates.ts';
import type { Evidence } from './evidence.ts';
import { scoreOf } from './score.ts';
import { wideEncoding } from './wide.ts';

/** What an encoding was found to be. */
export interface EncodingGuess {
  readonly encoding: string;
  /** Length of the mark at the beginning that tells it; 0 where there is none. */
  readonly markBytes: number;
  /** What else it might have been, best first. */
  readonly others: readonly string[];
}

/** Encodings that are told besides the one that is taken. */
const shownOthers = 3;

const marks: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-32le', [0xff, 0xfe, 0, 0]],
  ['utf-32be', [0, 0, 0xfe, 0xff]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
  ['gb18030', [0x84, 0x31, 0x95, 0x33]],
];

/** The encoding that the mark at the beginning of a file names; null where there is none. */
export function encodingOfMark(head: Uint8Array): { readonly encoding: string; readonly markBytes: number } | null {
  const found = marks.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte));
  return found === undefined ? null : { encoding: found[0], markBytes: found[1].length };
}

/** ISO-2022-JP is ASCII with escape sequences that choose the set of characters. */
const isIso2022Jp = (head: Buffer): boolean =>
  head.includes('\x1b$B') || head.includes('\x1b$@') || head.includes('\x1b(J');

/**
 * The encoding of a text: by its mark, by the zeros of UTF-16 and UTF-32, UTF-8 where more bytes above 127 are valid in
 * it than are not, else the encoding and language in which the text is likeliest. `evidence` holds what was seen of the
 * text beyond ASCII, from all of the file or places spread over it.
 */
export function detectEncoding(head: Buffer, evidence: Evidence): EncodingGuess {
  const marked = encodingOfMark(head);
  if (marked !== null) return { ...marked, others: [] };
  const wide = wideEncoding(head);
  if (wide !== null) return { encoding: wide, markBytes: 0, others: [] };
  if (isIso2022Jp(head)) return { encoding: 'iso-2022-jp', markBytes: 0, others: [] };
  return { ...detectOfBytes(evidence), markBytes: 0 };
}

/** The same for text that has neither mark nor zeros. */
export function detectOfBytes(evidence: Evidence): Omit<EncodingGuess, 'markBytes'> {
  const { valid, invalid } = evidence.utf8;
  if (invalid === 0 || valid > invalid) return { encoding: 'utf-8', others: [] };
  const [best, ...others] = rankEncodings(evidence.bytes);
  return { encoding: best ?? 'windows-1252', others: others.slice(0, shownOthers) };
}

/** The encodings in which text that is not UTF-8 may be, likeliest first. */
export function rankEncodings(bytes: Buffer): readonly string[] {
  const score = scoreOf(bytes);
  return candidates
    .map((candidate) => ({ encoding: candidate.encoding, cost: score(candidate) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ encoding }) => encoding);
}

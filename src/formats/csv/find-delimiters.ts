import type { Effort } from './effort.ts';

/** In order of preference where a text is equally consistent under several. */
const common = [',', ';', '\t', '|', ' ', ':', '^', '~'];

/** Seen in exports of old systems: they count only where they are there at all. */
const rare = ['\x1f', '\x1e', '\x01', '#', '&', '!', '*', '@'];
const rareOfTwoBytes = ['¦', '§', '¬'];

/** Characters that delimiters of several characters are made of. */
const ofSeveral = [...'|:;,~^#*&$@%!', '\t'];

/** Longer runs of a character are lines drawn with it. */
const maxRun = 5;

/** Part of the runs of a character that are made of its doubling. */
const nearlyAll = 0.9;

/** Fewer than this of a kind are no structure of the text. */
const leastOccurrences = 2;

/** Bytes looked at for neighbours and doubling. */
const lookedAt = 192 << 10;

/**
 * What may stand between the cells of a text: single characters that are there, doubled ones, characters that always
 * have the same neighbours (`|~|`, ` | `), a backslash and a `t`; last nothing, for a text of one column.
 */
export function findDelimiters(bytes: Buffer, effort: Effort): readonly string[] {
  const looked = bytes.subarray(0, lookedAt);
  effort.spend(looked.length);
  const present = presentIn(bytes);
  const isThere = (one: string): boolean => present[one.charCodeAt(0)] === 1;
  const single = [
    ...[...common, ...rare].filter(isThere),
    ...rareOfTwoBytes.filter((one) => present[Buffer.from(one)[0] ?? 0] === 1 && bytes.includes(one)),
  ];
  const several = new Set(runsOf(looked).flatMap(severalOf));
  if (isThere('\\') && !looked.includes('\t') && looked.includes('\\t')) several.add('\\t');
  return [...single, ...several, ''];
}

/** 1 for each byte that stands in a text. */
function presentIn(bytes: Uint8Array): Uint8Array {
  const present = new Uint8Array(256);
  for (let i = 0; i < bytes.length; i++) present[bytes[i]!] = 1;
  return present;
}

/** How a character stands in a text. */
interface Runs {
  readonly character: string;
  occurrences: number;
  runs: number;
  /** How many runs have a length, by the length. */
  readonly lengths: Map<number, number>;
  /** The byte that stands before every occurrence, and behind; -1 where it differs or none does. */
  before: number;
  after: number;
}

const noRuns = 255;
const indexOfSeveral = new Uint8Array(256).fill(noRuns);
for (const [index, one] of ofSeveral.entries()) indexOfSeveral[one.charCodeAt(0)] = index;

/** Looks once at all characters that delimiters of several are made of. */
function runsOf(bytes: Uint8Array): readonly Runs[] {
  const all = ofSeveral.map(
    (character): Runs => ({ character, occurrences: 0, runs: 0, lengths: new Map(), before: -1, after: -1 }),
  );
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i]!;
    const index = indexOfSeveral[byte]!;
    if (index === noRuns) {
      i++;
      continue;
    }
    let end = i + 1;
    while (end < bytes.length && bytes[end] === byte) end++;
    const length = end - i;
    const one = all[index]!;
    const before = i > 0 && length === 1 ? bytes[i - 1]! : -1;
    const after = end < bytes.length && length === 1 ? bytes[end]! : -1;
    if (one.runs === 0) {
      one.before = before;
      one.after = after;
    } else {
      if (one.before !== before) one.before = -1;
      if (one.after !== after) one.after = -1;
    }
    one.runs++;
    one.occurrences += length;
    one.lengths.set(length, (one.lengths.get(length) ?? 0) + 1);
    i = end;
  }
  return all;
}

function severalOf({ character, occurrences, runs, lengths, before, after }: Runs): readonly string[] {
  if (occurrences < leastOccurrences) return [];
  const run = usualRun(lengths, runs);
  if (run > 1) return [character.repeat(run)];
  const left = neighbour(before);
  const right = neighbour(after);
  const isOfBlanks = left === ' ' || right === ' ';
  const hasNeighbours = isOfBlanks ? character === '|' && left === right : left + right !== '';
  return hasNeighbours ? [left + character + right] : [];
}

/**
 * The length that most runs of a character have, or else one of which nearly all are multiples: where cells are empty, two
 * delimiters stand together. 1 where there is none.
 */
function usualRun(lengths: ReadonlyMap<number, number>, runs: number): number {
  let fitting = [0, 0, 0];
  for (const [length, count] of lengths) {
    if (count * 2 > runs) return length < maxRun ? length : 1;
    fitting = fitting.map((sum, at) => (length % (at + 2) === 0 ? sum + count : sum));
  }
  return [4, 3, 2].find((length) => (fitting[length - 2] ?? 0) >= runs * nearlyAll) ?? 1;
}

/** A byte that may be part of a delimiter: punctuation or a blank; else empty. */
function neighbour(byte: number): string {
  const character = byte < 0 ? '' : String.fromCharCode(byte);
  return character === ' ' || !/[\w\s"'.\x80-\xff-]/.test(character) ? character : '';
}

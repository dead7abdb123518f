import type { Candidate } from './candidates.ts';
import { decodeAll } from './decoder.ts';
import { type Language, letters } from './languages.ts';

/**
 * What the characters of a text cost in a language: the less likely, the more, about in bits. Only the order of sums
 * matters; the figures were chosen so that the wrong reading of a word of any language costs more than the right one.
 */
const costs = {
  frequentLetter: 2,
  /** Each place further back in the list of letters. */
  rank: 0.09,
  rankOfMany: 0.012,
  upperCase: 0.6,
  /** Quotation marks, dashes, the euro: in every language. */
  typography: 3.5,
  otherLetter: 7,
  ideograph: 6,
  rareIdeograph: 9,
  symbol: 8,
  halfWidth: 8,
  /** Control characters above ASCII: seen in old texts, as line feeds of their kind. */
  control: 8,
  /** Bytes that are no character. */
  impossible: 22,
  /** A capital behind a small letter, other signs between letters, two scripts in a word. */
  caseChange: 4,
  signInWord: 5,
  /** Signs of money, fractions and sums beside a letter. */
  signBesideLetter: 4,
  mixedScript: 5,
} as const;

const typography = new Set('“”„‘’‚–—…«»€°§·№©®™•¿¡ºª²³½¼¾±×£´`\u00a0\u00ad、。・「」『』（），！？：；《》“”ー～％');
const isLetter = /^\p{L}$/u;
const isMark = /^\p{M}$/u;
const isLower = /^\p{Ll}$/u;
const isUpper = /^\p{Lu}$/u;
const isIdeograph = /^\p{Unified_Ideograph}$/u;

/** By code point. */
const models = new Map<Language, ReadonlyMap<number, number>>();

function modelOf(language: Language): ReadonlyMap<number, number> {
  let model = models.get(language);
  if (model !== undefined) return model;
  const all = [...letters[language]];
  const rank = all.length > 100 ? costs.rankOfMany : costs.rank;
  const made = new Map<number, number>();
  const add = (letter: string, cost: number): void => {
    const code = letter.codePointAt(0) ?? 0;
    if (!made.has(code)) made.set(code, cost);
  };
  all.forEach((letter, at) => {
    const cost = costs.frequentLetter + at * rank;
    add(letter, cost);
    const upper = letter.toUpperCase();
    if (upper !== letter && upper.length === 1) add(upper, cost + costs.upperCase);
  });
  model = made;
  models.set(language, model);
  return model;
}

/** By code unit, once asked for. */
const costsOfOthers = new Float32Array(1 << 16);

/** What a character costs where the language does not have it. */
function costOfOther(code: number): number {
  const known = costsOfOthers[code] ?? 0;
  if (known !== 0) return known;
  const cost = costOfUnit(code, String.fromCharCode(code));
  costsOfOthers[code] = cost;
  return cost;
}

function costOfUnit(code: number, character: string): number {
  if (code === 0xfffd) return costs.impossible;
  if (code < 0xa0) return costs.control;
  if (typography.has(character)) return costs.typography;
  if (code >= 0xff61 && code <= 0xff9f) return costs.halfWidth;
  // Characters of two units, private use, and what only compatibility with other standards brought in.
  if (code >= 0xd800 && code <= 0xf8ff) return costs.impossible;
  if (isIdeograph.test(character)) return code >= 0x4e00 && code <= 0x9fa5 ? costs.ideograph : costs.rareIdeograph;
  return isLetter.test(character) ? costs.otherLetter : costs.symbol;
}

/** What a character is, as far as it matters beside others; `known` tells that it was looked up. */
const Kind = { known: 1, letter: 2, lower: 4, upper: 8, latin: 16, ideograph: 32, joining: 64, apart: 128 } as const;

/** Stand within words, or between those of scripts without blanks. */
const joining = new Set("’'·\u00ad、。・「」–—-");
/** Stand beside digits and blanks. */
const apart = new Set('£¤¥¢¼½¾¬¦±¶¯');
const latin = /^[\p{Script=Latin}\p{M}]$/u;

/** By code unit; those of two units are none of these. */
const kinds = new Uint8Array(1 << 16);

function kindOf(code: number): number {
  const known = kinds[code] ?? 0;
  if (known !== 0) return known;
  const character = String.fromCharCode(code);
  let kind: number = Kind.known;
  if (isLetter.test(character)) {
    kind |= Kind.letter;
    if (isLower.test(character)) kind |= Kind.lower;
    else if (isUpper.test(character)) kind |= Kind.upper;
    else if (isIdeograph.test(character)) kind |= Kind.ideograph;
    if (latin.test(character)) kind |= Kind.latin;
  } else if (isMark.test(character)) kind |= Kind.letter | Kind.latin;
  if (joining.has(character)) kind |= Kind.joining;
  if (apart.has(character)) kind |= Kind.apart;
  kinds[code] = kind;
  return kind;
}

const is = (kind: number, what: number): boolean => (kind & what) !== 0;

/** What stands beside a character beyond ASCII but does not in words; the same for every language. */
function costOfShape(before: number, code: number, behind: number): number {
  const kind = kindOf(code);
  const left = kindOf(before);
  const right = kindOf(behind);
  let cost = 0;
  if (is(kind, Kind.upper) && is(left, Kind.lower)) cost += costs.caseChange;
  if (is(kind, Kind.lower) && is(left, Kind.upper) && is(right, Kind.upper)) cost += costs.caseChange;
  // Behind a letter beyond ASCII the change is counted there.
  if (is(kind, Kind.lower) && is(right, Kind.upper) && behind < 128) cost += costs.caseChange;
  const isInWord = is(left, Kind.letter) && is(right, Kind.letter);
  if (isInWord && code >= 0xa0 && !is(kind, Kind.letter | Kind.joining)) cost += costs.signInWord;
  else if (is(kind, Kind.apart) && is(left | right, Kind.letter)) cost += costs.signBesideLetter;
  if (is(kind, Kind.letter) && !is(kind, Kind.ideograph)) {
    const isLatin = is(kind, Kind.latin);
    if (is(left, Kind.letter) && is(left, Kind.latin) !== isLatin) cost += costs.mixedScript;
    if (is(right, Kind.letter) && is(right, Kind.latin) !== isLatin) cost += costs.mixedScript;
  }
  return cost;
}

/** What characters, by code unit with their counts, cost in the language that is likeliest. */
function costOfLetters(counts: ReadonlyMap<number, number>, languages: readonly Language[]): number {
  const ofLanguages = languages.map((language) => {
    const model = modelOf(language);
    let sum = 0;
    for (const [code, count] of counts) sum += count * (model.get(code) ?? costOfOther(code));
    return sum;
  });
  return Math.min(...ofLanguages);
}

const BLANK = 32;

/** Text in an encoding whose characters have one or more bytes; a character of two code units is one. */
function costOfText(text: string, languages: readonly Language[]): number {
  const counts = new Map<number, number>();
  let shapes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 128) continue;
    const behind = at + 1 < text.length ? text.charCodeAt(at + 1) : BLANK;
    shapes += costOfShape(at > 0 ? text.charCodeAt(at - 1) : BLANK, code, behind);
    if (code < 0xdc00 || code > 0xdfff) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return costOfLetters(counts, languages) + shapes;
}

/** What stands beside what, which is the same in all encodings of a byte a character. */
interface Surroundings {
  /** Bytes beyond ASCII between their neighbours, each once, as `before << 16 | byte << 8 | behind`. */
  readonly keys: Uint32Array;
  /** How often each of the keys stands so. */
  readonly counts: Uint32Array;
  /** How often each byte beyond ASCII stands there. */
  readonly bytes: ReadonlyMap<number, number>;
}

function surroundingsOf(evidence: Uint8Array): Surroundings {
  const found = new Map<number, number>();
  const bytes = new Map<number, number>();
  for (let at = 0; at < evidence.length; at++) {
    const byte = evidence[at] ?? 0;
    if (byte < 128) continue;
    const key = ((evidence[at - 1] ?? BLANK) << 16) | (byte << 8) | (evidence[at + 1] ?? BLANK);
    found.set(key, (found.get(key) ?? 0) + 1);
    bytes.set(byte, (bytes.get(byte) ?? 0) + 1);
  }
  return { keys: Uint32Array.from(found.keys()), counts: Uint32Array.from(found.values()), bytes };
}

/** The same cost of a text that has a byte for each character: `page` holds the characters of all bytes. */
function costOfBytes(surroundings: Surroundings, page: string, languages: readonly Language[]): number {
  const { keys, counts, bytes } = surroundings;
  let shapes = 0;
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? 0;
    const before = page.charCodeAt(key >> 16);
    const code = page.charCodeAt((key >> 8) & 0xff);
    shapes += (counts[at] ?? 0) * costOfShape(before, code, page.charCodeAt(key & 0xff));
  }
  const codes = new Map<number, number>();
  for (const [byte, count] of bytes) {
    const code = page.charCodeAt(byte);
    codes.set(code, (codes.get(code) ?? 0) + count);
  }
  return costOfLetters(codes, languages) + shapes;
}

const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** A text in which so many things stand beside one another tells as much in its first half. */
const MANY_SURROUNDINGS = 4000;

/** The first half of a text, up to the end of a line where there is one. */
function firstHalf(text: Buffer): Buffer {
  const half = text.subarray(0, text.length >> 1);
  const lineEnd = half.lastIndexOf(10);
  return lineEnd < 0 ? half : half.subarray(0, lineEnd + 1);
}

/** Tells what a text would cost if it were in an encoding, in the language that is likeliest then. */
export function scoreOf(text: Buffer): (candidate: Candidate) => number {
  const whole = surroundingsOf(text);
  const isRich = whole.keys.length > MANY_SURROUNDINGS;
  const evidence = isRich ? firstHalf(text) : text;
  const surroundings = isRich ? surroundingsOf(evidence) : whole;
  return ({ encoding, languages, rarity }) => {
    const page = decodeAll(allBytes, encoding);
    const cost =
      page.length === allBytes.length
        ? costOfBytes(surroundings, page, languages)
        : costOfText(decodeAll(evidence, encoding), languages);
    return cost + rarity;
  };
}

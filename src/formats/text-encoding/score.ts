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
  mixedScript: 5,
} as const;

const typography = new Set('“”„‘’‚–—…«»€°§·№©®™•¿¡ºª²³½¼¾±×£´`\u00a0\u00ad、。・「」『』（），！？：；《》“”ー～％');
const isLetter = /^\p{L}$/u;
const isMark = /^\p{M}$/u;
const isLower = /^\p{Ll}$/u;
const isUpper = /^\p{Lu}$/u;
const isIdeograph = /^\p{Unified_Ideograph}$/u;

const models = new Map<Language, ReadonlyMap<string, number>>();

function modelOf(language: Language): ReadonlyMap<string, number> {
  let model = models.get(language);
  if (model !== undefined) return model;
  const all = [...letters[language]];
  const rank = all.length > 100 ? costs.rankOfMany : costs.rank;
  const made = new Map<string, number>();
  all.forEach((letter, at) => {
    const cost = costs.frequentLetter + at * rank;
    if (!made.has(letter)) made.set(letter, cost);
    const upper = letter.toUpperCase();
    if (upper !== letter && upper.length === 1 && !made.has(upper)) made.set(upper, cost + costs.upperCase);
  });
  model = made;
  models.set(language, model);
  return model;
}

/** What a character costs where the language does not have it. */
function costOfOther(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0xfffd) return costs.impossible;
  if (code < 0xa0) return costs.control;
  if (typography.has(character)) return costs.typography;
  if (code >= 0xff61 && code <= 0xff9f) return costs.halfWidth;
  // Private use, and what only compatibility with other standards brought in.
  if ((code >= 0xe000 && code <= 0xf8ff) || code > 0xffff) return costs.impossible;
  if (isIdeograph.test(character)) return code >= 0x4e00 && code <= 0x9fa5 ? costs.ideograph : costs.rareIdeograph;
  return isLetter.test(character) ? costs.otherLetter : costs.symbol;
}

interface Kind {
  readonly isLetter: boolean;
  readonly isLower: boolean;
  readonly isUpper: boolean;
  /** Latin, or of a script that is not mixed with it in words. */
  readonly isLatin: boolean;
}

const kinds = new Map<string, Kind>();

function kindOf(character: string): Kind {
  let kind = kinds.get(character);
  if (kind === undefined) {
    kind = {
      isLetter: isLetter.test(character) || isMark.test(character),
      isLower: isLower.test(character),
      isUpper: isUpper.test(character),
      isLatin: /^[\p{Script=Latin}\p{M}]$/u.test(character),
    };
    kinds.set(character, kind);
  }
  return kind;
}

/** What stands beside one another but does not in words; the same for every language. */
function costOfShapes(text: string): number {
  let cost = 0;
  let before = ' ';
  const characters = [...text];
  characters.forEach((character, at) => {
    const after = characters[at + 1] ?? ' ';
    if (character > '\x7f') {
      const kind = kindOf(character);
      const left = kindOf(before);
      const right = kindOf(after);
      if (kind.isUpper && left.isLower) cost += costs.caseChange;
      if (kind.isLower && left.isUpper && right.isUpper) cost += costs.caseChange;
      if (
        !kind.isLetter &&
        character >= '\u00a0' &&
        left.isLetter &&
        right.isLetter &&
        !/[’'·\u00ad、。・「」–—-]/.test(character)
      )
        cost += costs.signInWord;
      if (kind.isLetter && !isIdeograph.test(character)) {
        if (left.isLetter && left.isLatin !== kind.isLatin) cost += costs.mixedScript;
        if (right.isLetter && right.isLatin !== kind.isLatin) cost += costs.mixedScript;
      }
    } else if (before > '\x7f' && kindOf(character).isUpper && kindOf(before).isLower) cost += costs.caseChange;
    before = character;
  });
  return cost;
}

/** What a text would cost if it were in this encoding, in the language that is likeliest then. */
export function costOf(evidence: Uint8Array, { encoding, languages, rarity }: Candidate): number {
  const text = decodeAll(evidence, encoding);
  const counts = new Map<string, number>();
  for (const character of text) {
    if (character > '\x7f') counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const shapes = costOfShapes(text);
  const ofLanguages = languages.map((language) => {
    const model = modelOf(language);
    let sum = 0;
    for (const [character, count] of counts) sum += count * (model.get(character) ?? costOfOther(character));
    return sum;
  });
  return Math.min(...ofLanguages) + shapes + rarity;
}

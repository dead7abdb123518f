/** File names of zip archives that say nothing about their encoding: the code page of the machine that packed them. */

/** The upper half of IBM code page 437, the original zip's own; the platform's decoders do not know it. */
const cp437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

const decodeCp437 = (bytes: Buffer): string =>
  Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : (cp437[byte - 0x80] ?? ''))).join('');

/** Which letters a code page is used for. Earlier ones win where two fit equally well. */
const candidates: readonly { readonly label: string; readonly letters: RegExp }[] = [
  // First, because nothing but Japanese makes sense in it: most other bytes are no letters, or not allowed.
  { label: 'shift_jis', letters: /[\p{Script=Han}\p{Script=Hiragana}\p{scx=Katakana}]/u },
  { label: 'cp437', letters: /\p{Script=Latin}/u },
  { label: 'ibm866', letters: /\p{Script=Cyrillic}/u },
  { label: 'gbk', letters: /\p{Script=Han}/u },
  { label: 'euc-kr', letters: /\p{Script=Hangul}/u },
  { label: 'windows-1252', letters: /\p{Script=Latin}/u },
  { label: 'windows-1251', letters: /\p{Script=Cyrillic}/u },
];

function decode(bytes: Buffer, label: string): string | null {
  if (label === 'cp437') return decodeCp437(bytes);
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Share of the non-ASCII characters that are letters of the code page, standing beside others of their alphabet. */
function shareOfLetters(text: string, letters: RegExp): number {
  const characters = [...text];
  let all = 0;
  let good = 0;
  for (const [index, character] of characters.entries()) {
    if (character < '\x80') continue;
    all++;
    if (!letters.test(character)) continue;
    const before = characters[index - 1] ?? '';
    const isSecond = /\p{L}/u.test(before);
    const mixesAlphabets = isSecond && !letters.test(before);
    // A capital after a small letter is what the wrong table makes of accents.
    const mixesCases = isSecond && /\p{Ll}/u.test(before) && /\p{Lu}/u.test(character);
    if (!mixesAlphabets && !mixesCases) good++;
  }
  return all === 0 ? 1 : good / all;
}

/**
 * A decoder for the names of one archive: UTF-8 where all of them are valid UTF-8, else the code page that makes
 * letters of most of their bytes, with that of the original zip program first.
 */
export function legacyNameDecoder(names: readonly Buffer[]): (name: Buffer) => string {
  const odd = names.filter((name) => name.some((byte) => byte >= 0x80));
  if (odd.every((name) => decode(name, 'utf-8') !== null)) return (name) => name.toString();
  const scores = candidates.map(({ label, letters }) => {
    const texts = odd.map((name) => decode(name, label));
    if (texts.some((text) => text === null)) return -1;
    return texts.reduce((sum, text) => sum + shareOfLetters(text ?? '', letters), 0) / odd.length;
  });
  const best = candidates[scores.indexOf(Math.max(...scores))]?.label ?? 'cp437';
  return (name) => decode(name, best) ?? decodeCp437(name);
}

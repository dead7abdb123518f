/** Letters that no decomposition turns into plain ones. */
const plain: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ß: 'ss',
};

/**
 * What is left of a name for comparing: its letters and digits, lower case and without accents; `&`, `and` and a leading
 * `the` fall away, `St.` is `Saint`. Two spellings of a name have the same key.
 */
export function nameKey(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[łøđðþæœıß]/g, (letter) => plain[letter] ?? letter)
    .replace(/^\s*the\s+/, '')
    .replace(/\band\b/g, '')
    .replace(/\bste?\b\.?/g, 'saint')
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

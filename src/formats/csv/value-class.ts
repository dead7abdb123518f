/** What the text of a cell is, as far as it tells rows of values from rows of names. */
export type ValueClass = 'empty' | 'number' | 'date' | 'time' | 'money' | 'url' | 'email' | 'uuid' | 'text';

const patterns: readonly (readonly [ValueClass, RegExp])[] = [
  // Before numbers, which have dots too.
  ['date', /^\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T]\d{1,2}:\d\d.*)?$/],
  ['number', /^[+-]?(\d[\d.,'’\u00a0\u202f ]*|[.,]\d+)(e[+-]?\d+)?\s?%?$/i],
  ['time', /^\d{1,2}:\d\d(:\d\d([.,]\d+)?)?( ?[ap]m)?$/i],
  ['money', /^[-+(]?[$€£¥₹]\s?\d[\d.,]*\)?$|^-?\d[\d.,]*\s?[$€£¥₹]$/],
  ['url', /^(https?|ftp):\/\/\S+$/i],
  ['email', /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i],
  ['uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i],
];

/** Words for no value: they say nothing of what a column holds. */
const nullWords = /^(n\/?a|null|none|nil|nan|-+|\.+|\?+|unknown|\\n|#n\/a)$/i;

/** Texts longer than this are texts. */
const maxLength = 200;

/** Begins as words do, and has nothing of addresses or identifiers. */
const word = /^[a-z][^:@-]*$/i;

/** The class of a cell's text. */
export function valueClass(text: string): ValueClass {
  if (text === '' || nullWords.test(text)) return 'empty';
  if (text.length > maxLength || word.test(text)) return 'text';
  return patterns.find(([, pattern]) => pattern.test(text))?.[0] ?? 'text';
}

/** Part of a column's values that must be of one class. */
const mostly = 0.9;

/**
 * The class of each column over rows of values; `text` where they have none in common, `empty` where there are none.
 * It does not depend on the order of the rows.
 */
export function columnClasses(rows: readonly (readonly string[])[], columns: number): readonly ValueClass[] {
  return Array.from({ length: columns }, (_, column) => {
    const counts = new Map<ValueClass, number>();
    let all = 0;
    for (const row of rows) {
      const found = valueClass(row[column] ?? '');
      if (found === 'empty') continue;
      all++;
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    if (all === 0) return 'empty';
    const [first] = [...counts].sort((a, b) => b[1] - a[1]);
    return first !== undefined && first[1] >= all * mostly ? first[0] : 'text';
  });
}

/** Whether a class is one that names of columns do not have. */
export const isSpecific = (one: ValueClass): boolean => one !== 'text' && one !== 'empty' && one !== 'number';

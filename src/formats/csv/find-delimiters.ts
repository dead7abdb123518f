/** In order of preference where a text is equally consistent under several. */
const common = [',', ';', '\t', '|', ' ', ':', '^', '~'];

/** Seen in exports of old systems: they count only where they are there at all. */
const rare = ['\x1f', '\x1e', '\x01', '#', '&', '!', '*', '@', '¦', '§', '¬'];

/** Characters that delimiters of several characters are made of. */
const ofSeveral = [...'|:;,~^#*&$@%!', '\t'];

/** Longer runs of a character are lines drawn with it. */
const maxRun = 5;

/** Part of the runs of a character that are made of its doubling. */
const nearlyAll = 0.9;

/** Fewer than this of a kind are no structure of the text. */
const leastOccurrences = 2;

/** Characters looked at for neighbours and doubling. */
const lookedAt = 192 << 10;

/**
 * What may stand between the cells of a text: single characters that are there, doubled ones, characters that always
 * have the same neighbours (`|~|`, ` | `), a backslash and a `t`; last nothing, for a text of one column.
 */
export function findDelimiters(bytes: Buffer): readonly string[] {
  const text = bytes.toString('latin1', 0, lookedAt);
  const present = [...common, ...rare].filter((one) => bytes.includes(one));
  const several = new Set(ofSeveral.flatMap((one) => severalAround(text, one)));
  if (!text.includes('\t') && text.includes('\\t')) several.add('\\t');
  return [...present, ...several, ''];
}

function severalAround(text: string, character: string): readonly string[] {
  const places = occurrences(text, character);
  if (places.length < leastOccurrences) return [];
  const run = usualRun(text, character);
  const doubled = run > 1 ? [character.repeat(run)] : [];
  const before = run === 1 ? neighbour(text, places, -1) : '';
  const after = run === 1 ? neighbour(text, places, 1) : '';
  const isOfBlanks = before === ' ' || after === ' ';
  const hasNeighbours = isOfBlanks ? character === '|' && before === after : before + after !== '';
  return [...doubled, ...(hasNeighbours ? [before + character + after] : [])];
}

function occurrences(text: string, character: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) places.push(at);
  return places;
}

/**
 * The length that most runs of a character have, or else one of which nearly all are multiples: where cells are empty, two
 * delimiters stand together. 1 where there is none.
 */
function usualRun(text: string, character: string): number {
  const counts = new Map<number, number>();
  let runs = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at)) {
    const begin = at;
    while (text[at] === character) at++;
    counts.set(at - begin, (counts.get(at - begin) ?? 0) + 1);
    runs++;
  }
  const [usual = [1, 0]] = [...counts].sort((x, y) => y[1] - x[1]);
  if (usual[1] * 2 > runs) return usual[0] < maxRun ? usual[0] : 1;
  const divides = (length: number): boolean => {
    let fitting = 0;
    for (const [run, count] of counts) if (run % length === 0) fitting += count;
    return fitting >= runs * nearlyAll;
  };
  return [4, 3, 2].find(divides) ?? 1;
}

/** The punctuation that stands beside every occurrence, on one side; empty where it differs. */
function neighbour(text: string, places: readonly number[], side: 1 | -1): string {
  const first = text[(places[0] ?? 0) + side] ?? '';
  if (first === '' || /[\w\s"'.\x80-\xff-]/.test(first.replace(' ', '|'))) return '';
  return places.every((place) => text[place + side] === first) ? first : '';
}

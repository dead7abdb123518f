/** Reads CartoCSS, as far as its rules are a selector, conditions and plain values. */

/** `[column op value]` of a selector. */
export interface Condition {
  readonly column: string;
  readonly operator: '=' | '<' | '<=' | '>' | '>=' | '!=';
  readonly value: string | number;
}

/** What holds where all conditions do. */
export interface Rule {
  readonly conditions: readonly Condition[];
  /** As they are written, the last of a name. */
  readonly properties: ReadonlyMap<string, string>;
  /** It is about a symbolizer of its own, such as `::labels`. */
  readonly isAttachment: boolean;
}

/** Characters, levels and rules: a style that a person made has a hundredth. */
const MOST_CHARACTERS = 200_000;
const DEEPEST = 20;
const MOST_RULES = 2_000;
const MOST_SELECTOR = 5_000;

/** A style sheet that is none, or too large. */
export class StyleSheetBroken extends Error {}

const conditionPattern =
  /\[\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>!\]]+))\s*(!=|<=|>=|=|<|>)\s*(?:"([^"]*)"|'([^']*)'|([^\]]*?))\s*\]/g;

function conditionsOf(selector: string): readonly Condition[] {
  return [...selector.matchAll(conditionPattern)].map(
    ([, quoted, single, plain, operator = '=', text, otherText, bare = '']): Condition => {
      const string = text ?? otherText;
      const number = Number(bare);
      return {
        column: quoted ?? single ?? plain ?? '',
        operator: operator as Condition['operator'],
        value: string ?? (bare !== '' && !Number.isNaN(number) ? number : bare),
      };
    },
  );
}

interface Block {
  readonly alternatives: readonly (readonly Condition[])[];
  readonly isAttachment: boolean;
  readonly properties: Map<string, string>;
}

/** Selectors parted by commas, each with the conditions of those around it. */
const blockOf = (head: string, outer: Block | undefined): Block => ({
  alternatives: head
    .split(/,(?![^[]*\])/)
    .flatMap((selector) => (outer?.alternatives ?? [[]]).map((before) => [...before, ...conditionsOf(selector)]))
    .slice(0, MOST_RULES),
  isAttachment: outer?.isAttachment === true || /(?<!mapnik)::/.test(head.replace(conditionPattern, '')),
  properties: new Map(),
});

/** Text between braces and semicolons outside of quotes, with what ends it. */
function* partsOf(text: string): Generator<{ readonly token: string; readonly end: string }> {
  let start = 0;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '{' || character === '}' || character === ';') {
      yield { token: text.slice(start, at), end: character };
      start = at + 1;
    }
  }
}

/** The rules of a style sheet, in their order. Throws StyleSheetBroken. */
export function readStyleSheet(text: string): readonly Rule[] {
  if (text.length > MOST_CHARACTERS) throw new StyleSheetBroken('the style is too long');
  const rules: Rule[] = [];
  const open: Block[] = [];
  const close = ({ alternatives, isAttachment, properties }: Block): void => {
    if (properties.size === 0) return;
    for (const conditions of alternatives) rules.push({ conditions, properties, isAttachment });
    if (rules.length > MOST_RULES) throw new StyleSheetBroken('the style has too many rules');
  };
  const withoutComments = text.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ').replace(/(^|[\s;{}])\/\/[^\n]*/g, '$1');
  for (const { token, end } of partsOf(withoutComments)) {
    const part = token.trim();
    const block = open.at(-1);
    if (end === '{') {
      if (part.length > MOST_SELECTOR) throw new StyleSheetBroken('a selector is too long');
      if (open.length === DEEPEST) throw new StyleSheetBroken('the style is nested too deep');
      open.push(blockOf(part, block));
      continue;
    }
    const colon = part.indexOf(':');
    if (block !== undefined && colon > 0) {
      block.properties.set(part.slice(0, colon).trim().toLowerCase(), part.slice(colon + 1).trim());
    }
    if (end === '}') {
      const ended = open.pop();
      if (ended === undefined) throw new StyleSheetBroken('the style closes what it did not open');
      close(ended);
    }
  }
  if (open.length > 0) throw new StyleSheetBroken('the style ends within a rule');
  return rules;
}

import { BadFeatureRequest } from './bad-request.ts';

/** A piece of a filter. `word` is a name without quotes, `name` one with them. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'sign' | 'wkt' | 'end';
  readonly text: string;
  /** Characters from 1. */
  readonly at: number;
}

/** Longest filter in characters. */
const MOST_LENGTH = 64 * 1024;

const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['wkt', /(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*(?:ZM?|M)?\s*(?=\()/iy],
  ['wkt', /GEOMETRYCOLLECTION\s*(?:ZM?|M)?\s*(?=\()/iy],
  ['number', /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/iy],
  ['text', /'(?:[^']|'')*'/y],
  ['name', /"(?:[^"]|"")*"/y],
  ['word', /[\p{L}_][\p{L}\p{N}_.]*/uy],
  ['sign', /<>|<=|>=|[=<>+\-*/(),]/y],
];

/** Cuts a filter into its pieces. Throws BadFeatureRequest for what is none. */
export function tokenize(filter: string): readonly Token[] {
  if (filter.length > MOST_LENGTH) throw new BadFeatureRequest(`filter: at most ${MOST_LENGTH} characters`);
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(filter.slice(at, at + 1000))?.[0].length ?? 0;
    if (at >= filter.length) break;
    const token = nextToken(filter, at);
    tokens.push({ ...token, at: at + 1 });
    at += token.length;
  }
  return [...tokens, { kind: 'end', text: '', at: filter.length + 1 }];
}

function nextToken(filter: string, at: number): { kind: Token['kind']; text: string; length: number } {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(filter)?.[0];
    if (found === undefined) continue;
    if (kind === 'wkt') {
      const text = filter.slice(at, endOfParentheses(filter, at + found.length));
      return { kind, text, length: text.length };
    }
    const quote = kind === 'text' ? "'" : '"';
    const isQuoted = kind === 'text' || kind === 'name';
    const text = isQuoted ? found.slice(1, -1).replaceAll(quote + quote, quote) : found;
    return { kind, text, length: found.length };
  }
  throw new BadFeatureRequest(`filter: "${filter.slice(at, at + 20)}" at character ${at + 1} is not understood`);
}

function endOfParentheses(filter: string, start: number): number {
  let depth = 0;
  for (let at = start; at < filter.length; at++) {
    if (filter[at] === '(') depth++;
    else if (filter[at] === ')' && --depth === 0) return at + 1;
  }
  throw new BadFeatureRequest(`filter: the geometry at character ${start + 1} has no end`);
}

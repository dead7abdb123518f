/** A node of a WKT definition: `PROJCS["name", 1, NODE[…]]`. */
export interface WktNode {
  /** Upper case. */
  readonly keyword: string;
  /** Strings, numbers and bare words among its members, in order. */
  readonly values: readonly (string | number)[];
  readonly nodes: readonly WktNode[];
}

/** Deepest nesting; the deepest definitions of EPSG have 8 levels. */
const MAX_DEPTH = 20;

const token = /\s*(?:"((?:[^"]|"")*)"|([[(])|([\])])|(,)|([^\s"[\](),]+))/y;

/** Parses the text of a reference system, WKT 1 or 2, with either kind of bracket. null: it is none. */
export function parseWkt(text: string): WktNode | null {
  token.lastIndex = 0;
  const next = (): RegExpExecArray | null => token.exec(text);

  const members = (keyword: string, depth: number): WktNode | null => {
    const values: (string | number)[] = [];
    const nodes: WktNode[] = [];
    let word: string | null = null;
    const take = (): void => {
      if (word !== null) values.push(Number.isNaN(Number(word)) ? word : Number(word));
      word = null;
    };
    for (let match = next(); match !== null; match = next()) {
      const [, quoted, opens, closes, , bare] = match;
      if (quoted !== undefined) values.push(quoted.replaceAll('""', '"'));
      else if (bare !== undefined) word = bare;
      else if (opens !== undefined) {
        if (word === null || depth >= MAX_DEPTH) return null;
        const node = members(String(word).toUpperCase(), depth + 1);
        if (node === null) return null;
        nodes.push(node);
        word = null;
      } else {
        take();
        if (closes !== undefined) return { keyword, values, nodes };
      }
    }
    return null;
  };

  const first = next();
  const opening = first?.[5] === undefined ? null : next();
  return opening?.[2] === undefined ? null : members(String(first?.[5]).toUpperCase(), 0);
}

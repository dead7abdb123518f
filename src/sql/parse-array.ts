/** An array of the engine: text elements, null, or arrays of the same. */
export type ArrayText = readonly (string | null | ArrayText)[];

/**
 * Reads PostgreSQL's text of an array (`{a,"b,c",NULL,{…}}`; manual, 8.15.6), whose elements stand apart by `delimiter`
 * (`pg_type.typdelim`). Text that is none gives `[text]`.
 */
export function parseArray(text: string, delimiter = ','): ArrayText {
  // Arrays that do not begin at 1 say where: `[0:2]={…}`.
  let at = text.startsWith('[') ? text.indexOf('=') + 1 : 0;
  if (text[at] !== '{') return [text];

  function readElement(): string | null {
    if (text[at] === '"') {
      let value = '';
      for (at++; at < text.length && text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        value += text[at] ?? '';
      }
      at++;
      return value;
    }
    const start = at;
    while (at < text.length && text[at] !== delimiter && text[at] !== '}') at++;
    const value = text.slice(start, at);
    return value === 'NULL' ? null : value;
  }
  function readArray(): ArrayText {
    const elements: (string | null | ArrayText)[] = [];
    for (at++; at < text.length && text[at] !== '}'; ) {
      elements.push(text[at] === '{' ? readArray() : readElement());
      if (text[at] === delimiter) at++;
    }
    at++;
    return elements;
  }
  return readArray();
}

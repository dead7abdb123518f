import { closeSync, openSync, readSync } from 'node:fs';

const HEAD_BYTES = 1 << 16;

/** Label of the encoding of an XML file that its first bytes give away: a byte order mark, or UTF-16 without one. */
function markedEncoding(head: Uint8Array): string | null {
  const [a, b, c] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return 'utf-16be';
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return 'utf-16le';
  return null;
}

/**
 * Label of the encoding of an XML file: by its byte order mark, by what was asked for, by its declaration, else UTF-8
 * (XML 1.0, appendix F). A declared UTF-16 that the bytes are not is taken for UTF-8, which is what such files hold.
 */
export function xmlEncoding(head: Uint8Array, asked: string | null): string {
  const marked = markedEncoding(head) ?? asked;
  if (marked !== null) return marked;
  const text = Buffer.from(head.subarray(0, 1024)).toString('latin1');
  const declared = /^\s*<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"']{1,40})["']/.exec(text)?.[1] ?? 'utf-8';
  return /^(?:utf-?16|ucs-?2|iso-10646)/i.test(declared) ? 'utf-8' : declared;
}

/**
 * Local name of the first element of an XML text, `html` for anything that begins like an HTML page, null for what is
 * no XML. Looks at the beginning only: it is a guess about the kind of a file, not a judgement.
 */
export function xmlRoot(head: Uint8Array): string | null {
  const marked = markedEncoding(head);
  const bytes = Buffer.from(head.subarray(0, HEAD_BYTES));
  const text = marked?.startsWith('utf-16') ? new TextDecoder(marked).decode(bytes) : bytes.toString('latin1');
  let at = /^(?:\xef\xbb\xbf|\ufeff)?\s*/.exec(text)?.[0].length ?? 0;
  while (text.startsWith('<?', at) || text.startsWith('<!', at)) {
    // It names the first element, which need not be looked for behind definitions of any length.
    const declared = /^<!doctype\s+(?:[\w.-]+:)?([\w.-]+)/i.exec(text.slice(at, at + 200))?.[1];
    if (declared !== undefined) return declared.toLowerCase() === 'html' ? 'html' : declared;
    const end = text.startsWith('<!--', at) ? text.indexOf('-->', at) + 3 : text.indexOf('>', at) + 1;
    if (end < 4) return null;
    at = end;
    while (/\s/.test(text.charAt(at))) at++;
  }
  const name = /^<(?:[\w.-]+:)?([\w.-]+)[\s/>]/.exec(text.slice(at, at + 200))?.[1] ?? null;
  return name?.toLowerCase() === 'html' ? 'html' : name;
}

/** The first bytes of a file, up to 64 KiB. */
export function readXmlHead(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

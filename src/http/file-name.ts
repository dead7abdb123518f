/** Longest name that common file systems and archives take, in bytes. */
const MAX_NAME_BYTES = 255;

/** What an upload without a usable name is called. */
const NAMELESS = 'upload';

/** Cuts at a character boundary, so that the result is valid UTF-8 of at most `bytes` bytes. */
function cut(text: string, bytes: number): string {
  let size = 0;
  let result = '';
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    result += character;
  }
  return result;
}

/**
 * The name of an upload as it is stored and shown (wire contract 1.3, "Upload details"): path parts dropped, spaces
 * and control characters as `_`, at most 255 bytes with the extension kept. It is data: no file is ever opened by it.
 */
export function cleanFileName(raw: string): string {
  const base = raw.slice(Math.max(raw.lastIndexOf('/'), raw.lastIndexOf('\\')) + 1);
  const name = base.toWellFormed().replace(/[\s\u0000-\u001f\u007f]/gu, '_');
  if (name === '' || name === '.' || name === '..') return NAMELESS;
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const extension = /\.[A-Za-z0-9]{1,16}$/.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - extension.length);
  return cut(stem, MAX_NAME_BYTES - extension.length) + extension;
}

/** The last path segment of a URL, percent-decoded; `''` where there is none (wire contract 1.5, `display_name`). */
export function nameInUrl(url: string): string {
  if (!URL.canParse(url)) return '';
  const segment = new URL(url).pathname.split('/').findLast((part) => part !== '') ?? '';
  try {
    return decodeURIComponent(segment).replaceAll('\0', '').toWellFormed();
  } catch {
    return segment;
  }
}

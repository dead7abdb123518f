/** What files are that cannot be imported, so that a refusal can name them. */

const signatures: readonly (readonly [RegExp, string])[] = [
  [/^\x89PNG\r\n/, 'a PNG image'],
  [/^\xff\xd8\xff/, 'a JPEG image'],
  [/^GIF8[79]a/, 'a GIF image'],
  [/^%PDF-/, 'a PDF document'],
  [/^PK\x03\x04[\s\S]*\bword\/document\.xml/, 'a Word document'],
  [/^PK\x03\x04[\s\S]*\bppt\/presentation\.xml/, 'a presentation'],
  [/^PK\x03\x04[\s\S]*\[Content_Types\]\.xml/, 'an Office document'],
  [/^PK\x03\x04[\s\S]{26}mimetypeapplication\/vnd\.oasis/, 'an OpenDocument file'],
  [/^PK\x03\x04/, 'a zip archive'],
  [/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/, 'a document of an old Office program'],
  [/^\x7fELF|^MZ[\s\S]{60}/, 'a program'],
  [/^SQLite format 3\0/, 'an SQLite database'],
  [/^PGDMP/, 'a PostgreSQL dump'],
  [/^-- (PostgreSQL database|MySQL|MariaDB) dump|^(\s*--.*\n)*\s*(CREATE|INSERT|DROP|SET) [A-Z_]+/i, 'an SQL dump'],
];

const html = /^(\xef\xbb\xbf)?\s*(<!--[\s\S]*?-->\s*)*<(!doctype\s+html|html|head|body)\b/i;

/** Whether the first bytes are those of a web page: what servers send where a file should be. */
export const isWebPage = (head: Uint8Array): boolean => html.test(textOf(head));

/** What a file is by its first bytes, as words for the user: `a PNG image`; null for what is not known. */
export function nameForeignContent(head: Uint8Array): string | null {
  const text = textOf(head);
  if (html.test(text)) return 'a web page';
  return signatures.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

const textOf = (head: Uint8Array): string => Buffer.from(head.subarray(0, 4096)).toString('latin1');

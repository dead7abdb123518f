/** What files are that cannot be imported, so that a refusal can name them. */
import { xmlRoot } from '../util/xml-head.ts';

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
  [/^CDF[\x01\x02\x05]/, 'a NetCDF file, of which a variable can be saved as GeoTIFF'],
  [/^\x89HDF\r\n/, 'an HDF5 or NetCDF file, of which a variable can be saved as GeoTIFF'],
  [/^RIFF[\s\S]{4}WEBP/, 'a WebP image'],
  [/^AC10\d\d\0/, 'an AutoCAD drawing (DWG), which is to be saved as DXF'],
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    'a pointer of Git LFS, which stands where the file itself is stored elsewhere',
  ],
  [/^PGDMP/, 'a PostgreSQL dump'],
  [/^-- (PostgreSQL database|MySQL|MariaDB) dump|^(\s*--.*\n)*\s*(CREATE|INSERT|DROP|SET) [A-Z_]+/i, 'an SQL dump'],
];

const html =
  /^(\xef\xbb\xbf)?\s*(<!--[\s\S]*?-->\s*)*<(!doctype\s+html|html|head|body|title|meta|script|div|p|h[1-6]|pre|center|table)\b[^<]*>/i;

/** Extensions of files that belong to others and are nothing by themselves, and of programs; what they are. */
const byExtension: ReadonlyMap<string, string> = new Map([
  ...['.prj', '.cpg', '.sbn', '.sbx', '.shp.xml'].map(
    (extension) => [extension, `a part of a shapefile (${extension}), which is nothing without its .shp file`] as const,
  ),
  ['.sql', 'an SQL dump'],
  ['.qgs', 'a project of QGIS, which only names the files that it shows'],
  ['.qgz', 'a project of QGIS, which only names the files that it shows'],
  ['.mxd', 'a project of ArcMap, which only names the files that it shows'],
  ['.lyr', 'a layer of ArcMap, which only names the file that it shows'],
  ['.sld', 'a style without data'],
  ['.qml', 'a style without data'],
]);

/** What a file is by its name, where its bytes say nothing, as words for the user; null for what is not known. */
export const nameForeignExtension = (name: string): string | null =>
  byExtension.get(/\.[^.]*$/.exec(name)?.[0].toLowerCase() ?? '') ?? null;

/** Whether the first bytes are those of an XML document that says so. */
export const isXmlDocument = (head: Uint8Array): boolean => /^(\xef\xbb\xbf)?\s*<\?xml\s/.test(textOf(head));

/** Characters of a server's words that are shown. */
const SHOWN_CHARACTERS = 200;

/** An XML document as words for the user, with what it says where it is the answer of a server that refused. */
export function describeXml(head: Uint8Array): string {
  const root = xmlRoot(head);
  const words =
    /<(?:\w+:)?(?:Message|ExceptionText|ServiceException|faultstring|message|error)\b[^>]*>\s*([^<]+)</.exec(
      Buffer.from(head.subarray(0, 4096)).toString('utf8'),
    )?.[1];
  const said = words === undefined ? '' : `, which says: ${words.trim().slice(0, SHOWN_CHARACTERS)}`;
  return `an XML document${root === null ? '' : ` (<${root}>)`}${said}`;
}

/** Whether the first bytes are those of a web page: what servers send where a file should be. */
export const isWebPage = (head: Uint8Array): boolean => html.test(textOf(head));

/** What a file is by its first bytes, as words for the user: `a PNG image`; null for what is not known. */
export function nameForeignContent(head: Uint8Array): string | null {
  const text = textOf(head);
  if (html.test(text)) return 'a web page';
  return signatures.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

const textOf = (head: Uint8Array): string => Buffer.from(head.subarray(0, 4096)).toString('latin1');

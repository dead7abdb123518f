import { fileNameOfDisposition } from './content-disposition.ts';

/**
 * Extensions that say what is in a file, those of wire-contract 4 and of the formats added since, lower case. They only
 * guide the choice of a name: what can be read is decided on the content.
 */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set(
  (
    'csv tsv tab txt json geojson geojsonl geojsons ndjson jsonl topojson kml kmz gpx gml xml osm pbf bz2 zip gz tgz ' +
    'tar xz zst shp gpkg sqlite xls xlsx xlsb ods fgb parquet geoparquet tif tiff dxf mif tab rar 7z carto mbtiles'
  ).split(' '),
);

/** Containers: a server that calls one a text or a table is wrong about it, and its name is right. */
const CONTAINERS: ReadonlySet<string> = new Set('zip gz tgz tar bz2 xz zst rar 7z kmz'.split(' '));

/** Ends of names that say how a page was made and nothing about the file, so they give way to the media type's. */
const PAGE_EXTENSIONS: ReadonlySet<string> = new Set('php asp aspx ashx jsp do cgi pl py html htm'.split(' '));

const text = 'csv tsv tab txt';
const json = 'json geojson topojson geojsonl geojsons ndjson jsonl';

/**
 * Extensions that agree with a media type; the first is given to a name that has none or another (wire-contract 4.2).
 * Wider than the classic map, which turned a `.csv` sent as text/plain into `.txt` and one sent as Excel into `.xls`.
 */
const EXTENSIONS_OF_MEDIA_TYPE: Readonly<Record<string, string>> = {
  'text/csv': `csv tsv tab txt`,
  'application/csv': text,
  'text/tab-separated-values': 'tsv tab txt csv',
  'application/vnd.ms-excel': `xls xlsx xlsb ${text}`,
  'application/vnd.ms-excel.sheet.binary.macroenabled.12': 'xlsb',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/geo+json': json.replace('json geojson', 'geojson json'),
  'application/vnd.geo+json': json.replace('json geojson', 'geojson json'),
  'application/geo+json-seq': 'geojsonl geojsons ndjson jsonl geojson json',
  'application/json': json,
  'text/json': json,
  'text/javascript': json,
  'application/javascript': json,
  'application/x-ndjson': 'ndjson jsonl geojsonl geojsons json geojson',
  'application/vnd.google-earth.kml+xml': 'kml kmz',
  'application/vnd.google-earth.kmz': 'kmz',
  'application/gpx+xml': 'gpx',
  'application/osm3s+xml': 'osm',
  'application/geopackage+sqlite3': 'gpkg sqlite',
  'application/vnd.apache.parquet': 'parquet geoparquet',
  'application/gml+xml': 'gml xml',
};

/** Types so general that they name a nameless file and never rename one. */
const EXTENSION_OF_GENERAL_TYPE: Readonly<Record<string, string>> = {
  'text/plain': 'txt',
  'application/zip': 'zip',
  'application/x-zip-compressed': 'zip',
  'application/gzip': 'gz',
  'application/x-gzip': 'gz',
};

/** Decodes percent signs where all of them are well-formed. */
const decodePercent = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

/** Last part of something that may be a path, without what no file name holds; null where nothing is left. */
const baseName = (value: string): string | null => {
  const base = (value.split(/[/\\]/).at(-1) ?? '').replace(/[\u0000-\u001f\u007f]/g, '').trim();
  return base === '' || base === '.' || base === '..' ? null : base.slice(-255).toWellFormed();
};

const extensionOf = (name: string): string => /[^.]\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';

const isKnown = (name: string): boolean => KNOWN_EXTENSIONS.has(extensionOf(name));

const lastSegment = (url: URL): string | null =>
  baseName(decodePercent(url.pathname.split('/').findLast((part) => part !== '') ?? ''));

const longestFirst = [...KNOWN_EXTENSIONS].sort((a, b) => b.length - a.length).join('|');
const fileToken = new RegExp(`[\\p{L}\\p{N}_-]+(?:\\.[\\p{L}\\p{N}_-]+)*\\.(?:${longestFirst})(?=[.?&/#;]|$)`, 'iu');

/** A file's name out of a URL: its last segment, or else the first thing in path and query that looks like one. */
const nameOfUrl = (url: URL): string | null => {
  const last = lastSegment(url);
  if (last !== null && isKnown(last)) return last;
  return fileToken.exec(decodePercent(`${url.pathname}${url.search}`))?.[0] ?? null;
};

/** What the query asks for, as in `?format=csv` or `?f=geojson`; '' where it does not say. */
const extensionOfQuery = (url: URL): string => {
  for (const [name, value] of url.searchParams) {
    if (/^(f|format|outputformat|output|type)$/i.test(name) && KNOWN_EXTENSIONS.has(value.toLowerCase())) {
      return value.toLowerCase();
    }
  }
  return '';
};

const withExtension = (name: string, extension: string): string => {
  const present = extensionOf(name);
  const isReplaced = KNOWN_EXTENSIONS.has(present) || PAGE_EXTENSIONS.has(present);
  return `${isReplaced ? name.slice(0, -present.length - 1) : name}.${extension}`;
};

export interface NameClues {
  /** The address that was asked for, and the one that answered. */
  readonly requested: URL;
  readonly answered: URL;
  readonly contentDisposition: string | null;
  /** Content-Type with its parameters, as it came. */
  readonly contentType: string | null;
}

/** Media type without parameters, lower case; null where there is none. */
export function mediaTypeOf(contentType: string | null): string | null {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === '' ? null : type;
}

/**
 * What the user would call a downloaded file (wire-contract 4.2): Content-Disposition, then the address asked for, then
 * the one that answered; the media type gives an extension where the name has none and corrects one that contradicts
 * it. A container's name and a text's are left alone by `text/plain`. Data only, never a path.
 */
export function resolveFileName(clues: NameClues): string {
  const { requested, answered } = clues;
  const disposition = clues.contentDisposition === null ? null : fileNameOfDisposition(clues.contentDisposition);
  const name =
    (disposition === null ? null : baseName(disposition)) ??
    nameOfUrl(requested) ??
    nameOfUrl(answered) ??
    lastSegment(requested) ??
    requested.hostname;

  const type = mediaTypeOf(clues.contentType) ?? '';
  const present = extensionOf(name);
  const agreeing = EXTENSIONS_OF_MEDIA_TYPE[type]?.split(' ') ?? [];
  if (KNOWN_EXTENSIONS.has(present)) {
    const forced = agreeing[0];
    const isRight = forced === undefined || agreeing.includes(present) || CONTAINERS.has(present);
    return isRight ? name : withExtension(name, forced);
  }
  const added = agreeing[0] || extensionOfQuery(requested) || EXTENSION_OF_GENERAL_TYPE[type];
  return added === undefined ? name : withExtension(name, added);
}

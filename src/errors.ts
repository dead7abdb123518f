/** The catalogue: every error a client can see, once. Numbers, titles and sources are the wire's; texts are ours. */

interface CatalogueEntry {
  readonly code: number;
  readonly title: string;
  readonly source: 'user' | 'cartodb' | 'external';
  /** Whether trying the same again can help. */
  readonly retry: boolean;
  /** What happened and what to do, where the place that throws has nothing more exact to say. */
  readonly text: string;
}

export const catalogue = {
  ioError: { code: 1000, title: 'File I/O error', source: 'user', retry: true, text: '' },
  downloadFailed: { code: 1001, title: 'Download error', source: 'user', retry: false, text: '' },
  unsupportedFormat: {
    code: 1002,
    title: 'Unsupported/Unrecognized file type',
    source: 'user',
    retry: false,
    text: '',
  },
  unpackFailed: { code: 1003, title: 'Decompression error', source: 'user', retry: false, text: '' },
  badSpreadsheet: { code: 1004, title: 'XLS/XLSX Error', source: 'user', retry: false, text: '' },
  emptyFile: { code: 1005, title: 'Empty file', source: 'user', retry: false, text: '' },
  badShapefile: { code: 1006, title: 'Invalid SHP file', source: 'user', retry: false, text: '' },
  notAFile: { code: 1010, title: 'Not a file', source: 'user', retry: false, text: '' },
  sourceFetchFailed: {
    code: 1011,
    title: 'Error retrieving data from datasource',
    source: 'user',
    retry: false,
    text: '',
  },
  sourceUnreachable: {
    code: 1012,
    title: 'Error connecting to datasource',
    source: 'external',
    retry: false,
    text: '',
  },
  arcgisVersion: { code: 1013, title: 'Invalid ArcGIS version', source: 'user', retry: false, text: '' },
  badName: { code: 1014, title: 'Invalid name', source: 'user', retry: false, text: '' },
  noResults: { code: 1015, title: 'No results', source: 'user', retry: false, text: '' },
  archiveLocked: { code: 1018, title: 'File is password protected', source: 'user', retry: false, text: '' },
  tooManyLayers: { code: 1019, title: 'Too Many Layers', source: 'user', retry: false, text: '' },
  downloadTimeout: { code: 1020, title: 'Download timeout', source: 'user', retry: true, text: '' },
  allTablesSkipped: { code: 1022, title: 'All tables were skipped', source: 'user', retry: false, text: '' },
  arcgisMisconfigured: { code: 1023, title: 'ArcGIS server misconfiguration', source: 'user', retry: false, text: '' },
  notFound: { code: 1100, title: 'Download file not found', source: 'user', retry: false, text: '' },
  forbidden: { code: 1101, title: 'Forbidden file URL', source: 'user', retry: false, text: '' },
  unknownHost: { code: 1102, title: 'Unknown server URL', source: 'user', retry: false, text: '' },
  partialDownload: { code: 1103, title: 'Partial file error', source: 'user', retry: true, text: '' },
  connectorFailed: { code: 1500, title: 'Connector error', source: 'user', retry: false, text: '' },
  connectorsDisabled: { code: 1501, title: 'Connectors disabled', source: 'user', retry: false, text: '' },
  connectorParameters: { code: 1502, title: 'Connector invalid parameters', source: 'user', retry: false, text: '' },
  loadFailed: { code: 2001, title: 'Unable to load data', source: 'user', retry: false, text: '' },
  encodingUndetected: { code: 2002, title: 'Encoding detection error', source: 'user', retry: false, text: '' },
  malformedCsv: { code: 2003, title: 'Malformed CSV', source: 'user', retry: false, text: '' },
  tooManyColumns: { code: 2004, title: 'Too many columns', source: 'user', retry: false, text: '' },
  duplicatedColumn: { code: 2005, title: 'Duplicated column', source: 'user', retry: false, text: '' },
  badEncoding: { code: 2006, title: 'Encoding error', source: 'user', retry: false, text: '' },
  badCartodbId: { code: 2011, title: 'Invalid cartodb_id column', source: 'user', retry: false, text: '' },
  incompatibleSchemas: { code: 2012, title: 'Incompatible schemas', source: 'user', retry: false, text: '' },
  cannotOverwrite: { code: 2013, title: 'Cannot overwrite table', source: 'user', retry: false, text: '' },
  badGeometries: { code: 2014, title: 'Invalid geometries', source: 'user', retry: false, text: '' },
  badGeoJson: { code: 3007, title: 'JSON may not be valid GeoJSON', source: 'user', retry: false, text: '' },
  unknownSrid: { code: 3008, title: 'Unknown SRID', source: 'user', retry: false, text: '' },
  fileTooBig: { code: 6666, title: 'Dataset too big', source: 'user', retry: false, text: '' },
  importTimeout: { code: 6667, title: 'Import timed out', source: 'cartodb', retry: false, text: '' },
  tooManyRows: { code: 6668, title: 'Too many table rows', source: 'user', retry: false, text: '' },
  tooManyImports: { code: 6669, title: 'Too many concurrent imports', source: 'user', retry: true, text: '' },
  stuck: { code: 6671, title: 'Stuck import job', source: 'cartodb', retry: true, text: '' },
  overStorage: {
    code: 8001,
    title: 'Over account storage limit, please upgrade',
    source: 'user',
    retry: false,
    text: '',
  },
  unknown: { code: 99999, title: 'Unknown', source: 'cartodb', retry: false, text: '' },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorKind = keyof typeof catalogue;

/** A failure that the user is told about: a kind of the catalogue, what happened where, and what to do. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  /** Status of the origin's answer, where a download was refused. */
  readonly httpStatus: number | undefined;
  constructor(kind: ErrorKind, options: { detail?: string; hint?: string; cause?: unknown; httpStatus?: number } = {}) {
    super(options.detail ?? catalogue[kind].title, { cause: options.cause });
    this.kind = kind;
    this.hint = options.hint;
    this.httpStatus = options.httpStatus;
  }
  get code(): number {
    return catalogue[this.kind].code;
  }
}

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
  ioError: {
    code: 1000,
    title: 'File I/O error',
    source: 'user',
    retry: true,
    text: "The file could not be written to or read from the server's disk. Try again later; if it stays so, tell the operator.",
  },
  downloadFailed: {
    code: 1001,
    title: 'Download error',
    source: 'user',
    retry: false,
    text: 'The file could not be downloaded from the given address. Open the address in a browser to see whether it still works, or download the file yourself and upload it.',
  },
  unsupportedFormat: {
    code: 1002,
    title: 'Unsupported/Unrecognized file type',
    source: 'user',
    retry: false,
    text: 'The file is of a kind that cannot be imported. Convert it to CSV or GeoJSON, or check that its name ends with the right extension.',
  },
  unpackFailed: {
    code: 1003,
    title: 'Decompression error',
    source: 'user',
    retry: false,
    text: 'The archive is damaged or of a kind that cannot be unpacked. Pack the files again, for example as a zip file.',
  },
  badSpreadsheet: {
    code: 1004,
    title: 'XLS/XLSX Error',
    source: 'user',
    retry: false,
    text: 'The spreadsheet could not be read. Open it in a spreadsheet program, save it again as XLSX or CSV, and import that.',
  },
  emptyFile: {
    code: 1005,
    title: 'Empty file',
    source: 'user',
    retry: false,
    text: 'The file holds no data: no bytes, or no row that could be a header. Check that the right file was sent.',
  },
  badShapefile: {
    code: 1006,
    title: 'Invalid SHP file',
    source: 'user',
    retry: false,
    text: 'A part of the shapefile is missing. Pack the .shp, .shx and .dbf files, and the .prj file if there is one, together in one zip file.',
  },
  tooManyNodes: {
    code: 1007,
    title: 'Too many nodes',
    source: 'user',
    retry: false,
    text: 'The part of the map is too large for the server of OpenStreetMap. Zoom in, or download the data yourself and upload it.',
  },
  gdriveForbidden: {
    code: 1008,
    title: 'GDrive access forbidden',
    source: 'user',
    retry: false,
    text: 'Google Drive does not let this server read the file: a policy of your organisation forbids it, or the connected account may not read it. Ask its administrator, or download the file and upload it.',
  },
  notAFile: {
    code: 1010,
    title: 'Not a file',
    source: 'user',
    retry: false,
    text: 'The request named nothing to import. Send a file as the multipart part "file", or the address of one as "url".',
  },
  sourceFetchFailed: {
    code: 1011,
    title: 'Error retrieving data from datasource',
    source: 'user',
    retry: false,
    text: 'The data source answered in a way that cannot be understood, or stopped in the middle. Check that its address leads to data, and try again.',
  },
  sourceUnreachable: {
    code: 1012,
    title: 'Error connecting to datasource',
    source: 'external',
    retry: false,
    text: 'The data source could not be reached, or refused the request. Check its address and that it is open to this server.',
  },
  arcgisVersion: {
    code: 1013,
    title: 'Invalid ArcGIS version',
    source: 'user',
    retry: false,
    text: 'The ArcGIS server is older than version 10.1. Ask its operator for a newer one, or export the layer to a file and import that.',
  },
  badName: {
    code: 1014,
    title: 'Invalid name',
    source: 'user',
    retry: false,
    text: 'No free name could be found for the table. Rename the file and import it again.',
  },
  noResults: {
    code: 1015,
    title: 'No results',
    source: 'user',
    retry: false,
    text: 'The data source has no records for this request. Check what was asked for.',
  },
  dropboxRevoked: {
    code: 1016,
    title: 'Dropbox permission revoked',
    source: 'user',
    retry: false,
    text: 'Dropbox does not let this server read the file any more. Connect Dropbox again, with an account that may read it.',
  },
  driveFileGone: {
    code: 1017,
    title: 'GDrive file was deleted',
    source: 'user',
    retry: false,
    text: 'The file is not at the service any more. If it was moved or made anew, choose it again.',
  },
  archiveLocked: {
    code: 1018,
    title: 'File is password protected',
    source: 'user',
    retry: false,
    text: 'The archive is protected by a password. Pack it again without one.',
  },
  tooManyLayers: {
    code: 1019,
    title: 'Too Many Layers',
    source: 'user',
    retry: false,
    text: 'The file has more layers than one import may have. Split it into several files.',
  },
  downloadTimeout: {
    code: 1020,
    title: 'Download timeout',
    source: 'user',
    retry: true,
    text: 'The download took too long, or its server stopped sending. Try again later, or download the file yourself and upload it.',
  },
  boxRevoked: {
    code: 1021,
    title: 'Box permission revoked',
    source: 'user',
    retry: false,
    text: 'Box does not let this server read the file any more. Connect Box again, with an account that may read it.',
  },
  allTablesSkipped: {
    code: 1022,
    title: 'All tables were skipped',
    source: 'user',
    retry: false,
    text: 'Every table of this import exists already, and collision_strategy=skip asked to leave those alone. Import without it, or with collision_strategy=overwrite.',
  },
  arcgisMisconfigured: {
    code: 1023,
    title: 'ArcGIS server misconfiguration',
    source: 'user',
    retry: false,
    text: 'The ArcGIS layer does not allow queries. Ask its operator to enable the Query capability.',
  },
  notFound: {
    code: 1100,
    title: 'Download file not found',
    source: 'user',
    retry: false,
    text: 'There is no file at the given address (404). Check the spelling of the address.',
  },
  forbidden: {
    code: 1101,
    title: 'Forbidden file URL',
    source: 'user',
    retry: false,
    text: 'The server of the file wants a login (401). Make the file public, or download it yourself and upload it.',
  },
  unknownHost: {
    code: 1102,
    title: 'Unknown server URL',
    source: 'user',
    retry: false,
    text: 'The host of the address does not exist, or is not open to imports. Check the address; networks that are not public must be allowed by the operator.',
  },
  partialDownload: {
    code: 1103,
    title: 'Partial file error',
    source: 'user',
    retry: true,
    text: 'The download ended before the whole file had come. Try again.',
  },
  connectorFailed: {
    code: 1500,
    title: 'Connector error',
    source: 'user',
    retry: false,
    text: 'The remote database refused the connection or the query. Its own message says why; check server, user, password and table.',
  },
  connectorsDisabled: {
    code: 1501,
    title: 'Connectors disabled',
    source: 'user',
    retry: false,
    text: 'Imports from this kind of database are switched off here. Ask the operator, or export the table to a file and import that.',
  },
  connectorParameters: {
    code: 1502,
    title: 'Connector invalid parameters',
    source: 'user',
    retry: false,
    text: 'A parameter of the database connection is missing or unknown. Compare the request with the documentation.',
  },
  loadFailed: {
    code: 2001,
    title: 'Unable to load data',
    source: 'user',
    retry: false,
    text: 'The data could not be loaded into the table. Check that the file opens in another program, and import it again.',
  },
  encodingUndetected: {
    code: 2002,
    title: 'Encoding detection error',
    source: 'user',
    retry: false,
    text: 'The text encoding of the file could not be told. Save the file as UTF-8 and import it again.',
  },
  malformedCsv: {
    code: 2003,
    title: 'Malformed CSV',
    source: 'user',
    retry: false,
    text: 'The file cannot be read as CSV. Check its quotes and its first line, and that one character separates the columns throughout.',
  },
  tooManyColumns: {
    code: 2004,
    title: 'Too many columns',
    source: 'user',
    retry: false,
    text: 'The file has more columns than a table can have. Leave out columns, or turn columns into rows.',
  },
  duplicatedColumn: {
    code: 2005,
    title: 'Duplicated column',
    source: 'user',
    retry: false,
    text: 'Two columns end up with the same name. Rename one of them.',
  },
  badEncoding: {
    code: 2006,
    title: 'Encoding error',
    source: 'user',
    retry: false,
    text: 'The file holds bytes that are not valid text in its encoding. Save it as UTF-8 and import it again.',
  },
  malformedXls: {
    code: 2008,
    title: 'Malformed XLS',
    source: 'user',
    retry: false,
    text: 'The file is no Excel workbook, or a damaged one. Open it in a spreadsheet program, save it again as XLSX or CSV, and import that.',
  },
  badCartodbId: {
    code: 2011,
    title: 'Invalid cartodb_id column',
    source: 'user',
    retry: false,
    text: 'The column cartodb_id must hold a different whole number, zero or greater, in every row. Correct it, or rename the column.',
  },
  incompatibleSchemas: {
    code: 2012,
    title: 'Incompatible schemas',
    source: 'user',
    retry: false,
    text: 'The columns of the file do not fit the table that would be overwritten. Give them the names and types of the table, or import under another name.',
  },
  cannotOverwrite: {
    code: 2013,
    title: 'Cannot overwrite table',
    source: 'user',
    retry: false,
    text: 'The table could not be replaced, because views or other tables depend on it. Remove what depends on it, or import under another name.',
  },
  badGeometries: {
    code: 2014,
    title: 'Invalid geometries',
    source: 'user',
    retry: false,
    text: 'The file holds geometries that are not valid, such as a ring with too few points. Repair them and import the file again.',
  },
  tooManyRejects: {
    code: 2015,
    title: 'Too many rejects',
    source: 'user',
    retry: false,
    text: 'More cells or rows could not be loaded as asked than max_rejects allows. Correct them, ask for other types, or allow more.',
  },
  badColumns: {
    code: 2016,
    title: 'Columns are not as asked',
    source: 'user',
    retry: false,
    text: 'What "columns" says does not fit the file: it names a column that is not there, or a pattern of dates that cannot be read. Compare it with the columns of the file.',
  },
  badGeoJson: {
    code: 3007,
    title: 'JSON may not be valid GeoJSON',
    source: 'user',
    retry: false,
    text: 'The file is not valid JSON, or not GeoJSON. Check it with a GeoJSON validator, and that it was not cut off.',
  },
  unknownSrid: {
    code: 3008,
    title: 'Unknown SRID',
    source: 'user',
    retry: false,
    text: 'The coordinate system of the data is not known. Transform the data to WGS 84 (EPSG:4326) and import it again.',
  },
  missingProjection: {
    code: 3101,
    title: 'Missing projection (.prj) file',
    source: 'user',
    retry: false,
    text: 'The coordinates are no longitudes and latitudes, and the file does not say in which system they are. Add the .prj file, or name the system with source_srid, and import again.',
  },
  onlyLinks: {
    code: 3202,
    title: 'Empty KML',
    source: 'user',
    retry: false,
    text: 'The KML file holds no places, only links to other files, which are never followed. Open it in Google Earth, save what it links to, and import that.',
  },
  fileTooBig: {
    code: 6666,
    title: 'Dataset too big',
    source: 'user',
    retry: false,
    text: 'The file, or what it unpacks to, is larger than one import may be. Split it, or ask the operator for a higher limit.',
  },
  importTimeout: {
    code: 6667,
    title: 'Import timed out',
    source: 'cartodb',
    retry: false,
    text: 'The import took longer than one import may take. Split the file, or ask the operator for more time.',
  },
  tooManyRows: {
    code: 6668,
    title: 'Too many table rows',
    source: 'user',
    retry: false,
    text: 'The file has more rows than one import may have. Split it, or ask the operator for a higher limit.',
  },
  tooManyImports: {
    code: 6669,
    title: 'Too many concurrent imports',
    source: 'user',
    retry: true,
    text: 'The account runs as many imports as it may at once. Wait until one has ended and try again.',
  },
  stuck: {
    code: 6671,
    title: 'Stuck import job',
    source: 'cartodb',
    retry: true,
    text: 'The import was interrupted several times and was given up. Try again; if it stays so, tell the operator.',
  },
  cancelled: {
    code: 6672,
    title: 'Import cancelled',
    source: 'user',
    retry: true,
    text: 'The import was cancelled before it ended. Nothing of it was kept.',
  },
  overStorage: {
    code: 8001,
    title: 'Over account storage limit, please upgrade',
    source: 'user',
    retry: false,
    text: 'The account has no room left for this table. Delete tables that are no longer needed, or ask the operator for more room.',
  },
  overTables: {
    code: 8002,
    title: 'You have reached the limit of datasets for your plan. Upgrade your account to get unlimited datasets',
    source: 'user',
    retry: false,
    text: 'The account has as many tables as it may have. Delete tables that are no longer needed, or ask the operator for more.',
  },
  queryFailed: {
    code: 8003,
    title: 'Error creating table from SQL query',
    source: 'user',
    retry: false,
    text: 'The query that should make the table failed. Correct it and try again; /api/v2/sql tells the same error at once.',
  },
  unmatchingTypes: {
    code: 8004,
    title: 'Merge with unmatching column types',
    source: 'user',
    retry: false,
    text: 'The query compares or combines values of types that do not go together. Cast one of them, as in a.id = b.id::bigint.',
  },
  overMaps: {
    code: 8007,
    title: 'Over account maps limit, please upgrade',
    source: 'user',
    retry: false,
    text: 'The account has as many maps as it may have. Delete maps that are no longer needed, or import without create_vis.',
  },
  overPublicTables: {
    code: 8008,
    title: 'Over account datasets limit or publication is disabled in your account',
    source: 'user',
    retry: false,
    text: 'The account may not open more tables to everybody. Import with privacy=private or privacy=link, or close tables that are public.',
  },
  unknown: {
    code: 99999,
    title: 'Unknown',
    source: 'cartodb',
    retry: false,
    text: 'Something failed that this server does not know. Try again; if it stays so, tell the operator the id of the import.',
  },
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
  /** What happened and what to do, as whole sentences: a foreign message often has no full stop. */
  get text(): string {
    if (this.hint === undefined) return this.message;
    return `${this.message}${/[.!?:;]\s*$/.test(this.message) ? '' : '.'} ${this.hint}`;
  }
}

/** Another attempt has taken the import over, or it has ended: this one stops, having changed nothing, without a word. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

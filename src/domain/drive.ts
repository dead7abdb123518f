/** Cloud drives: services whose files an account imports after it has signed in there (wire contract 1.6 and 9.3). */

export const driveServices = ['gdrive', 'dropbox', 'box', 'onedrive'] as const;
export type DriveService = (typeof driveServices)[number];

/** A file of a drive. */
export interface DriveRequest {
  readonly kind: 'drive';
  readonly service: DriveService;
  /** As `list_files` names it. */
  readonly itemId: string;
}

/** What a service tells of a file. */
export interface DriveFile {
  readonly id: string;
  /** With its ending, also where the service would add that only to the download. */
  readonly name: string;
  /** null: it is known only when it is there, as with sheets that are exported. */
  readonly sizeBytes: number | null;
  /** Another one whenever the content is another. */
  readonly revision: string;
  /** Its page at the service; null where that tells none. */
  readonly url: string | null;
}

/** What is wrong between an account and its drive. */
export type DriveProblem =
  /** There is no such service here. */
  | 'unknown'
  /** The account has not signed in. */
  | 'absent'
  /** The account has signed in already. */
  | 'present'
  /** What the account allowed holds no longer: it was taken back, or has run out. */
  | 'expired'
  /** The code or the state of a sign-in is not one that is open. */
  | 'badCode'
  /** The service does not give this file to us. */
  | 'forbidden'
  /** A policy of the organisation forbids the service to answer us. */
  | 'policy'
  /** The file is not there. */
  | 'missing'
  /** The service answers in a way that cannot be understood, or not for now. */
  | 'failed';

/** Something that a drive refuses; the text is for the user. */
export class DriveRefused extends Error {
  override readonly name = 'DriveRefused';
  readonly problem: DriveProblem;
  constructor(problem: DriveProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

/** The service of that name; null where there is none. */
export const findDriveService = (name: string): DriveService | null =>
  driveServices.find((one) => one === name) ?? null;

/** What files are called that can hold a table; others are not listed. */
const listed = [
  ...['csv', 'tsv', 'txt', 'xls', 'xlsx', 'ods', 'json', 'geojson', 'topojson', 'kml', 'kmz', 'gpx', 'gml', 'osm'],
  ...[
    'zip',
    'gz',
    'tgz',
    'bz2',
    'xz',
    '7z',
    'tar',
    'rar',
    'gpkg',
    'fgb',
    'parquet',
    'geoparquet',
    'tif',
    'tiff',
    'carto',
  ],
];

/** Endings of the files to list, for the names of a `filter`; all that may be imported where it is empty. */
export function extensionsOf(filter: readonly string[]): readonly string[] {
  const asked = filter
    .map((name) => name.trim().toLowerCase().replace(/^\./, ''))
    .filter((name) => /^[a-z0-9]{1,10}$/.test(name));
  return asked.length === 0 ? listed : [...new Set(asked)];
}

/** Whether a file of this name has one of the endings. */
export const hasExtension = (name: string, extensions: readonly string[]): boolean =>
  extensions.includes(/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '');

/** Settings as data: one entry is name, type, default and meaning. `docs/configuration.md` is held against it. */

interface Setting<T> {
  readonly default: T;
  readonly doc: string;
  readonly parse: (text: string) => T;
}

const text = (value: string): string => value;
const optional = (value: string): string | null => value;
const list = (value: string): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const whole =
  (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value.trim()) || number < minimum || number > maximum) {
      throw new Error(`expected a whole number from ${minimum} to ${maximum}, got "${value}"`);
    }
    return number;
  };

const onOrOff = (value: string): boolean => {
  const word = value.trim().toLowerCase();
  if (['on', 'true', '1', 'yes'].includes(word)) return true;
  if (['off', 'false', '0', 'no'].includes(word)) return false;
  throw new Error(`expected on or off, got "${value}"`);
};

const setting = <T>(fallback: T, parse: (text: string) => T, doc: string): Setting<T> => ({
  default: fallback,
  parse,
  doc,
});

export const settings = {
  HOST: setting('127.0.0.1', text, 'Address it listens on.'),
  PORT: setting(8080, whole(0, 65535), 'Port it listens on; 0 picks a free one and prints it.'),
  DATA_DIR: setting('./data', text, 'Embedded database, spooled uploads, scratch space.'),
  DATABASE_URL: setting<string | null>(
    null,
    optional,
    'A PostgreSQL 14+ with PostGIS 3+ to use instead of the embedded database.',
  ),
  LANDFALL_ACCOUNT: setting('demo', text, 'The account made at the first start.'),
  LANDFALL_API_KEY: setting<string | null>(
    null,
    optional,
    'Its master key. Without it a random one is made at the first start, printed, and kept in `DATA_DIR/api-key`.',
  ),
  LANDFALL_SECRET: setting<string | null>(
    null,
    optional,
    'Seals stored passwords and tokens; the same on all machines. Without it one is made and kept in `DATA_DIR/secret`.',
  ),
  LANDFALL_BASE_URL: setting<string | null>(null, optional, 'How links are written; without it `http://HOST:PORT`.'),
  LANDFALL_BASE_DOMAIN: setting<string | null>(
    null,
    optional,
    'With `example.org`, the host `NAME.example.org` addresses account NAME.',
  ),
  LANDFALL_ALLOW_NETWORKS: setting<readonly string[]>(
    [],
    list,
    'Comma-separated CIDRs outside the public internet that fetches may reach; all others are refused.',
  ),
  LANDFALL_ARCGIS: setting(
    true,
    onOrOff,
    '`off`: nothing is imported from ArcGIS servers by `service_name=arcgis` or their addresses.',
  ),
  LANDFALL_MAX_FILE_BYTES: setting(10 * 1024 ** 3, whole(1), 'Largest file of one import, in bytes (error 6666).'),
  LANDFALL_MAX_ROWS: setting(100_000_000, whole(1), 'Most rows of one import (error 6668).'),
  LANDFALL_MAX_TABLES_PER_IMPORT: setting(
    26,
    whole(1, 1000),
    'Tables that one import makes; layers beyond it are left out (warning `max_tables_per_import`).',
  ),
  LANDFALL_CONCURRENT_IMPORTS: setting(3, whole(1), 'Unfinished imports an account may have before a POST gets 429.'),
  LANDFALL_MAX_TABLES: setting<number | null>(
    null,
    whole(1),
    'Tables an account may have (error 8002), where nothing else is set for it.',
  ),
  LANDFALL_MAX_STORAGE_BYTES: setting<number | null>(
    null,
    whole(1),
    'Bytes the tables of an account may take on disk, with indexes (error 8001), where nothing else is set for it.',
  ),
  LANDFALL_OPERATOR_KEY: setting<string | null>(
    null,
    optional,
    'Opens the API for accounts, `/api/v1/operator`; without it there is none.',
  ),
  LANDFALL_SYNC_MIN_INTERVAL: setting(900, whole(1), 'Shortest interval of a synchronization, in seconds.'),
  LANDFALL_SYNC_FORCE_GUARD: setting(900, whole(0), 'Seconds between two forced runs of a synchronization.'),
  LANDFALL_LIBRARY_ACCOUNT: setting<string | null>(
    null,
    optional,
    'An account whose public tables all others may add (`remote_visualization_id`); without it there is no data library.',
  ),
  LANDFALL_HISTORY_RUNS: setting(
    10,
    whole(0),
    'Runs of a synchronization whose changed rows are kept, of each table; 0 keeps none.',
  ),
  LANDFALL_HISTORY_BYTES: setting(1024 ** 3, whole(0), 'Most bytes of these rows, of each table.'),
  LANDFALL_WORKERS: setting(1, whole(0, 64), 'Imports run at once by this process; 0 serves only.'),
  STORAGE_URL: setting<string | null>(
    null,
    optional,
    'Where uploads wait for a worker: `file:///FOLDER`, or `s3://BUCKET/PREFIX?endpoint=…` for several machines ([scaling](scaling.md)); without it `file://DATA_DIR/uploads`.',
  ),
  AWS_ACCESS_KEY_ID: setting<string | null>(null, optional, 'Opens the bucket of `STORAGE_URL`.'),
  AWS_SECRET_ACCESS_KEY: setting<string | null>(null, optional, 'The secret that goes with it.'),
  AWS_SESSION_TOKEN: setting<string | null>(null, optional, 'The token that goes with keys that were lent.'),
  AWS_REGION: setting<string | null>(
    null,
    optional,
    'Region of the bucket, where `STORAGE_URL` has no `region`; without it `us-east-1`, or what the bucket answers.',
  ),
  LANDFALL_GDRIVE_CLIENT_ID: setting<string | null>(
    null,
    optional,
    'How this server is known to Google Drive; without it that service is not offered.',
  ),
  LANDFALL_GDRIVE_CLIENT_SECRET: setting<string | null>(null, optional, 'The secret that goes with it.'),
  LANDFALL_GDRIVE_URL: setting<string | null>(
    null,
    optional,
    'A server that stands for those of Google Drive, such as a gateway; without it the true ones.',
  ),
  LANDFALL_DROPBOX_CLIENT_ID: setting<string | null>(
    null,
    optional,
    'How this server is known to Dropbox; without it that service is not offered.',
  ),
  LANDFALL_DROPBOX_CLIENT_SECRET: setting<string | null>(null, optional, 'The secret that goes with it.'),
  LANDFALL_DROPBOX_URL: setting<string | null>(
    null,
    optional,
    'A server that stands for those of Dropbox, such as a gateway; without it the true ones.',
  ),
  LANDFALL_BOX_CLIENT_ID: setting<string | null>(
    null,
    optional,
    'How this server is known to Box; without it that service is not offered.',
  ),
  LANDFALL_BOX_CLIENT_SECRET: setting<string | null>(null, optional, 'The secret that goes with it.'),
  LANDFALL_BOX_URL: setting<string | null>(
    null,
    optional,
    'A server that stands for those of Box, such as a gateway; without it the true ones.',
  ),
  LANDFALL_ONEDRIVE_CLIENT_ID: setting<string | null>(
    null,
    optional,
    'How this server is known to OneDrive and SharePoint; without it that service is not offered.',
  ),
  LANDFALL_ONEDRIVE_CLIENT_SECRET: setting<string | null>(null, optional, 'The secret that goes with it.'),
  LANDFALL_ONEDRIVE_URL: setting<string | null>(
    null,
    optional,
    'A server that stands for those of OneDrive and SharePoint, such as a gateway; without it the true ones.',
  ),
  LANDFALL_IP_DATABASE: setting<string | null>(
    null,
    optional,
    'Path of an MMDB file for content_guessing; without it a bundled one, which knows countries.',
  ),
  LANDFALL_LOG_LEVEL: setting('info', text, 'fatal, error, warn, info, debug, trace or silent.'),
  LANDFALL_IMPORT_TIMEOUT: setting(3600, whole(1), 'Seconds that reading one import may take (error 6667).'),
  LANDFALL_JOB_TIMEOUT: setting(
    3600,
    whole(1, 604_800),
    'Seconds that one statement of a batch query may work; on the embedded database at most 60.',
  ),
  LANDFALL_READER_MEMORY: setting(
    512,
    whole(128),
    'Megabytes that the process which reads a file may hold (error 6666).',
  ),
} as const satisfies Record<string, Setting<unknown>>;

type Settings = typeof settings;
export type Config = { readonly [K in keyof Settings]: Settings[K] extends Setting<infer T> ? T : never };

/** Reads the settings from an environment. Throws an Error that names the variable and what it takes. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const entries = Object.entries(settings).map(([name, entry]) => {
    const value = env[name];
    if (value === undefined || value === '') return [name, entry.default];
    try {
      return [name, (entry as Setting<unknown>).parse(value)];
    } catch (cause) {
      throw new Error(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  });
  return Object.fromEntries(entries) as Config;
}

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { ApiClient, ImportParameters } from './api-client.ts';
import { type Command, parse, type Terminal, UsageError } from './command.ts';
import { connect } from './connect.ts';
import { followImport } from './follow-import.ts';
import { createProgress, formatCount } from './progress.ts';
import { readingHelp, readingOptions, toReadingParameters } from './reading-options.ts';

const options = {
  'api-key': { type: 'string' },
  privacy: { type: 'string' },
  'collision-strategy': { type: 'string' },
  ...readingOptions,
  json: { type: 'boolean' },
} as const;

/** `landfall import`: files and URLs through the API of a running server, or of one started for the occasion. */
export const importFiles: Command = {
  name: 'import',
  usage: 'import FILE_OR_URL... [options]',
  summary: 'Imports files and URLs, each into its table.',
  help: [
    '  --privacy private|link|public        who may read the table; private unless said',
    '  --collision-strategy skip|overwrite  what to do where the table exists; a new name unless said',
    ...readingHelp,
    '  --api-key KEY                        else LANDFALL_API_KEY, else DATA_DIR/api-key',
    '  --json                               one JSON object for each import',
    '',
    'Talks to the server at LANDFALL_BASE_URL, else http://HOST:PORT. Where none answers, it imports in its own',
    'process, into the database of DATABASE_URL or DATA_DIR.',
    'Exit status: 0 all complete, 1 some failed, 2 the command line is wrong.',
  ],
  async run(args, terminal) {
    const { values, positionals } = parse(() => parseArgs({ args: [...args], allowPositionals: true, options }));
    if (positionals.length === 0) throw new UsageError('FILE_OR_URL is missing');
    const parameters = toParameters(values);
    await using connection = await connect(values['api-key'], terminal);
    let status = 0;
    for (const source of positionals) {
      const complete = await importOne(source, parameters, connection.client, terminal, values.json === true);
      if (!complete) status = 1;
      if (terminal.signal.aborted) return 130;
    }
    return status;
  },
};

function toParameters(
  values: Parameters<typeof toReadingParameters>[0] & {
    readonly privacy?: string | undefined;
    readonly 'collision-strategy'?: string | undefined;
  },
): ImportParameters {
  return {
    ...oneOf('privacy', values.privacy, ['private', 'link', 'public']),
    ...oneOf('collision_strategy', values['collision-strategy'], ['skip', 'overwrite']),
    ...toReadingParameters(values),
  };
}

function oneOf(name: string, value: string | undefined, allowed: readonly string[]): ImportParameters {
  if (value === undefined) return {};
  if (!allowed.includes(value)) {
    throw new UsageError(`--${name.replace('_', '-')} takes ${allowed.join(', ')}, not "${value}"`);
  }
  return { [name]: value };
}

/** Imports one source and tells how it ended; false where it failed. Later sources are tried all the same. */
async function importOne(
  source: string,
  parameters: ImportParameters,
  client: ApiClient,
  terminal: Terminal,
  json: boolean,
): Promise<boolean> {
  const label = basename(source);
  const progress = createProgress(terminal);
  const startedAt = performance.now();
  try {
    const isUrl = /^https?:\/\//i.test(source);
    const total = isUrl ? null : await sizeOfFile(source);
    const id = isUrl
      ? await client.importUrl(source, parameters)
      : await client.upload(source, parameters, (bytes) =>
          progress.show({
            label,
            state: 'sending',
            sent: total === null ? null : { bytes, total },
            rows: null,
          }),
        );
    const report = await followImport(client, id, terminal.signal, (now) =>
      progress.show({ label, state: now.state, sent: null, rows: now.rows }),
    );
    progress.end();
    if (json) {
      terminal.out(JSON.stringify({ source, ...report.body }));
    } else if (report.error !== null) {
      const code = report.error.code === null ? '' : ` (error ${report.error.code})`;
      terminal.err(`${label}: ${report.error.title}${code}: ${report.error.text}`);
    } else {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      if (report.tables > 1 && report.madeTables.length > 0) {
        for (const { name, rows } of report.madeTables) terminal.out(`${label}: table ${name}${countOf(rows)}`);
        terminal.out(`${label}: ${report.tables} tables${countOf(report.rows)}, ${seconds} s`);
      } else {
        const tables = report.tables > 1 ? ` and ${report.tables - 1} more` : '';
        terminal.out(`${label}: table ${report.tableName}${tables}${countOf(report.rows)}, ${seconds} s`);
      }
      for (const [name, value] of Object.entries(report.warnings ?? {})) {
        terminal.err(`${label}: warning: ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
      }
    }
    return report.error === null;
  } catch (error) {
    progress.end();
    const message = error instanceof Error ? error.message : String(error);
    if (json) terminal.out(JSON.stringify({ source, success: false, error: message }));
    else terminal.err(`${label}: ${message}`);
    return false;
  }
}

const countOf = (rows: number | null): string =>
  rows === null ? '' : `, ${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}`;

async function sizeOfFile(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new Error(`there is no file ${path}`);
  if (!found.isFile()) throw new Error(`${path} is not a file`);
  return found.size;
}

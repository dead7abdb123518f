import { parseArgs } from 'node:util';
import type { ApiClient } from './api-client.ts';
import { type Command, parse, UsageError } from './command.ts';
import { connect } from './connect.ts';

const options = {
  interval: { type: 'string' },
  name: { type: 'string' },
  mode: { type: 'string' },
  key: { type: 'string' },
  'schema-policy': { type: 'string' },
  'api-key': { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Values = Readonly<Partial<Record<keyof typeof options, string | boolean>>>;
type View = Readonly<Record<string, unknown>>;

const path = (id = ''): string => `/api/v1/synchronizations${id === '' ? '' : `/${encodeURIComponent(id)}`}`;

/** What can be done; the words behind `|` mean the same. Each takes one word, or none. */
const actions: Readonly<
  Record<
    string,
    { readonly word: string; run(client: ApiClient, word: string, values: Values): Promise<readonly View[]> }
  >
> = {
  create: {
    word: 'URL',
    run: async (client, url, values) => [
      await client.call('POST', path(), {
        url,
        ...(values.interval === undefined ? {} : { interval: values.interval }),
        ...(values.name === undefined ? {} : { table_name: values.name }),
        ...(values.mode === undefined ? {} : { mode: values.mode }),
        ...(values.key === undefined ? {} : { key: values.key }),
        ...(values['schema-policy'] === undefined ? {} : { schema_policy: values['schema-policy'] }),
      }),
    ],
  },
  list: {
    word: '',
    run: async (client) => (await client.call('GET', path())).synchronizations as readonly View[],
  },
  show: { word: 'ID', run: async (client, id) => [await client.call('GET', path(id))] },
  run: {
    word: 'ID',
    async run(client, id) {
      const { enqueued } = await client.call('PUT', `${path(id)}/sync_now`);
      if (enqueued !== true) throw new Error('not now: it runs, it ran a short while ago, or too many others run');
      return [await client.call('GET', path(id))];
    },
  },
  delete: {
    word: 'ID',
    async run(client, id) {
      await client.call('DELETE', path(id));
      return [];
    },
  },
  history: {
    word: 'ID',
    run: async (client, id) => (await client.call('GET', `${path(id)}/runs`)).runs as readonly View[],
  },
};

const aliases: Readonly<Record<string, string>> = { add: 'create', remove: 'delete' };

/** `landfall sync`: tables that follow their sources, through the API of a running server. */
export const sync: Command = {
  name: 'sync',
  usage: 'sync create URL | list | show|run|delete|history ID [options]',
  summary: 'Keeps tables up to date with their sources.',
  help: [
    '  --interval SECONDS      between two runs; 3600 unless said',
    '  --name NAME             of the table, where the source is one file',
    '  --mode MODE             replace, append, upsert, update, insert_new or soft_delete',
    '  --key COLUMN,COLUMN     by which rows are found',
    '  --schema-policy POLICY  evolve, freeze or discard_columns',
    '  --api-key KEY           else LANDFALL_API_KEY, else DATA_DIR/api-key',
    '  --json                  one JSON object for each line',
    '',
    '`add` and `remove` are `create` and `delete`. Removing keeps the table.',
  ],
  async run(args, terminal) {
    const { values, positionals } = parse(() => parseArgs({ args: [...args], allowPositionals: true, options }));
    const [given = '', word = '', ...more] = positionals;
    const action = actions[aliases[given] ?? given];
    if (action === undefined)
      throw new UsageError(
        given === ''
          ? 'create, list, show, run, delete or history is missing'
          : `"${given}" is not something to do with synchronizations`,
      );
    if (action.word !== '' && word === '') throw new UsageError(`${action.word} is missing`);
    const extra = action.word === '' ? word : (more[0] ?? '');
    if (extra !== '') throw new UsageError(`"${extra}" is one word too many`);
    await using connection = await connect(values['api-key'], terminal);
    for (const view of await action.run(connection.client, word, values)) {
      terminal.out(values.json === true ? JSON.stringify(view) : lineOf(view));
    }
    return 0;
  },
};

/** A synchronization or a run on one line. */
function lineOf(view: View): string {
  const text = (name: string): string => (view[name] === null || view[name] === undefined ? '-' : String(view[name]));
  const error = view.error_code === null ? [] : [`error ${text('error_code')}: ${text('error_message')}`];
  if ('outcome' in view) {
    const rows = `+${text('rows_inserted')} ~${text('rows_updated')} -${text('rows_deleted')}`;
    return [text('id'), text('started_at'), text('trigger'), text('outcome'), rows, ...error].join('  ');
  }
  return [text('id'), text('state'), text('name'), `every ${text('interval')} s`, text('url'), ...error].join('  ');
}

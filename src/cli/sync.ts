import { parseArgs } from 'node:util';
import { type ActionCommand, fieldOf, runAction, sharedOptions, type View } from './actions.ts';
import { type Command, parse } from './command.ts';

const options = {
  interval: { type: 'string' },
  name: { type: 'string' },
  mode: { type: 'string' },
  key: { type: 'string' },
  'schema-policy': { type: 'string' },
  ...sharedOptions,
} as const;

const parsed = (args: readonly string[]) =>
  parse(() => parseArgs({ args: [...args], allowPositionals: true, options }));
type Values = ReturnType<typeof parsed>['values'];

const path = (id = ''): string => `/api/v1/synchronizations${id === '' ? '' : `/${encodeURIComponent(id)}`}`;

const actions: ActionCommand<Values>['actions'] = {
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
  list: { run: async (client) => (await client.call('GET', path())).synchronizations as readonly View[] },
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
  run: async (args, terminal) =>
    runAction({ things: 'synchronizations', actions, aliases, lineOf }, parsed(args), terminal),
};

/** A synchronization or a run on one line. */
function lineOf(view: View): string {
  const text = (name: string): string => fieldOf(view, name);
  const error = view.error_code === null ? [] : [`error ${text('error_code')}: ${text('error_message')}`];
  if ('outcome' in view) {
    const rows = `+${text('rows_inserted')} ~${text('rows_updated')} -${text('rows_deleted')}`;
    return [text('id'), text('started_at'), text('trigger'), text('outcome'), rows, ...error].join('  ');
  }
  return [text('id'), text('state'), text('name'), `every ${text('interval')} s`, text('url'), ...error].join('  ');
}

import { parseArgs } from 'node:util';
import type { ApiClient } from './api-client.ts';
import { type Command, parse, UsageError } from './command.ts';
import { connect } from './connect.ts';

const options = {
  events: { type: 'string' },
  secret: { type: 'string' },
  sync: { type: 'string' },
  'api-key': { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Values = Readonly<Partial<Record<keyof typeof options, string | boolean>>>;
type View = Readonly<Record<string, unknown>>;

const path = (id = ''): string => `/api/v1/webhooks${id === '' ? '' : `/${encodeURIComponent(id)}`}`;

const actions: Readonly<
  Record<
    string,
    { readonly word: string; run(client: ApiClient, word: string, values: Values): Promise<readonly View[]> }
  >
> = {
  list: { word: '', run: async (client) => (await client.call('GET', path())).webhooks as readonly View[] },
  create: {
    word: 'URL',
    run: async (client, url, values) => [
      await client.call('POST', path(), {
        url,
        ...(values.events === undefined ? {} : { events: values.events }),
        ...(values.secret === undefined ? {} : { secret: values.secret }),
        ...(values.sync === undefined ? {} : { synchronization_id: values.sync }),
      }),
    ],
  },
  delete: {
    word: 'ID',
    async run(client, id) {
      await client.call('DELETE', path(id));
      return [];
    },
  },
  test: { word: 'ID', run: async (client, id) => [await client.call('POST', `${path(id)}/test`)] },
  history: {
    word: 'ID',
    run: async (client, id) => (await client.call('GET', `${path(id)}/deliveries`)).deliveries as readonly View[],
  },
};

/** `landfall webhook`: who is told how runs of synchronizations end, through the API of a running server. */
export const webhook: Command = {
  name: 'webhook',
  usage: 'webhook create URL | list | delete|test|history ID [options]',
  summary: 'Has the ends of synchronizations told to a web address.',
  help: [
    '  --events EVENT,EVENT  success, failure, recovered, drift; all unless said',
    '  --sync ID             of one synchronization; of all unless said',
    '  --secret SECRET       key of the signatures; one is made and shown unless said',
    '  --api-key KEY         else LANDFALL_API_KEY, else DATA_DIR/api-key',
    '  --json                one JSON object for each line',
  ],
  async run(args, terminal) {
    const { values, positionals } = parse(() => parseArgs({ args: [...args], allowPositionals: true, options }));
    const [given = '', word = '', ...more] = positionals;
    const action = Object.hasOwn(actions, given) ? actions[given] : undefined;
    if (action === undefined) {
      throw new UsageError(
        given === ''
          ? 'create, list, delete, test or history is missing'
          : `"${given}" is not something to do with webhooks`,
      );
    }
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

/** A webhook, a delivery or a test on one line. */
function lineOf(view: View): string {
  const text = (name: string): string => (view[name] === null || view[name] === undefined ? '-' : String(view[name]));
  if ('delivery_id' in view) return `delivery ${text('delivery_id')}`;
  if ('attempts' in view) {
    const error = view.error === null ? [] : [text('error')];
    return [text('id'), text('created_at'), text('event'), text('status'), text('response_code'), ...error].join('  ');
  }
  const scope =
    view.synchronization_id === null ? 'all synchronizations' : `synchronization ${text('synchronization_id')}`;
  const secret = view.secret === undefined ? [] : [`secret ${text('secret')}`];
  return [text('id'), text('url'), text('events'), scope, ...secret].join('  ');
}

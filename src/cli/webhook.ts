import { parseArgs } from 'node:util';
import { type ActionCommand, fieldOf, runAction, sharedOptions, type View } from './actions.ts';
import { type Command, parse } from './command.ts';

const options = {
  events: { type: 'string' },
  secret: { type: 'string' },
  sync: { type: 'string' },
  ...sharedOptions,
} as const;

const parsed = (args: readonly string[]) =>
  parse(() => parseArgs({ args: [...args], allowPositionals: true, options }));
type Values = ReturnType<typeof parsed>['values'];

const path = (id = ''): string => `/api/v1/webhooks${id === '' ? '' : `/${encodeURIComponent(id)}`}`;

const actions: ActionCommand<Values>['actions'] = {
  list: { run: async (client) => (await client.call('GET', path())).webhooks as readonly View[] },
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
  run: async (args, terminal) => runAction({ things: 'webhooks', actions, lineOf }, parsed(args), terminal),
};

/** A webhook, a delivery or a test on one line. */
function lineOf(view: View): string {
  const text = (name: string): string => fieldOf(view, name);
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

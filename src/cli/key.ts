import { parseArgs } from 'node:util';
import type { ApiClient } from './api-client.ts';
import { type Command, parse, UsageError } from './command.ts';
import { connect } from './connect.ts';

const options = {
  grant: { type: 'string', multiple: true },
  'api-key': { type: 'string' },
  json: { type: 'boolean' },
} as const;

type View = Readonly<Record<string, unknown>>;

const path = (name = ''): string => `/api/v3/api_keys${name === '' ? '' : `/${encodeURIComponent(name)}`}`;

/** `towns` or `towns:select,insert` as a grant. */
function grantOf(text: string): object {
  const [name = '', verbs = 'select'] = text.split(':');
  if (name === '') throw new UsageError(`--grant takes TABLE or TABLE:select,insert, not "${text}"`);
  return { name, permissions: verbs.split(',') };
}

/** What can be done; each takes the name of a key but `list`. */
const actions: Readonly<
  Record<string, (client: ApiClient, name: string, grants: readonly string[]) => Promise<readonly View[]>>
> = {
  list: async (client) => (await client.call('GET', path())).result as readonly View[],
  create: async (client, name, grants) => {
    const tables = grants.map(grantOf);
    return [await client.call('POST', path(), { name, grants: [{ type: 'database', tables }] })];
  },
  rotate: async (client, name) => [await client.call('POST', `${path(name)}/token/regenerate`)],
  delete: async (client, name) => {
    await client.call('DELETE', path(name));
    return [];
  },
};

/** `landfall key`: restricted keys of an account, through the API of a running server. */
export const key: Command = {
  name: 'key',
  usage: 'key list | create|rotate|delete NAME [options]',
  summary: 'Makes keys that may use some tables alone.',
  help: [
    '  --grant TABLE:select,insert  what a new key may do; again for each table; TABLE alone: select',
    '  --api-key KEY                else LANDFALL_API_KEY, else DATA_DIR/api-key',
    '  --json                       one JSON object for each line',
    '',
    'The key is printed once, when it is made or rotated.',
  ],
  async run(args, terminal) {
    const { values, positionals } = parse(() => parseArgs({ args: [...args], allowPositionals: true, options }));
    const [given = '', name = '', ...more] = positionals;
    const action = Object.hasOwn(actions, given) ? actions[given] : undefined;
    if (action === undefined) throw new UsageError('list, create, rotate or delete is missing');
    if (given !== 'list' && name === '') throw new UsageError('NAME is missing');
    const extra = given === 'list' ? name : (more[0] ?? '');
    if (extra !== '') throw new UsageError(`"${extra}" is one word too many`);
    await using connection = await connect(values['api-key'], terminal);
    for (const view of await action(connection.client, name, values.grant ?? [])) {
      if (values.json === true) terminal.out(JSON.stringify(view));
      else terminal.out(given === 'list' ? lineOf(view) : String(view.token));
    }
    return 0;
  },
};

/** A key with what it may do on one line. */
function lineOf({ name, type, grants }: View): string {
  const tables = (Array.isArray(grants) ? grants : []).flatMap((grant: View) =>
    Array.isArray(grant.tables) ? grant.tables : [],
  );
  const rights = tables.map((table: View) => `${table.name}:${String(table.permissions)}`);
  return [name, type, ...rights].join('  ');
}

import { parseArgs } from 'node:util';
import { type ActionCommand, runAction, sharedOptions, type View } from './actions.ts';
import { type Command, parse, UsageError } from './command.ts';

const options = {
  grant: { type: 'string', multiple: true },
  ...sharedOptions,
} as const;

const parsed = (args: readonly string[]) =>
  parse(() => parseArgs({ args: [...args], allowPositionals: true, options }));
type Values = ReturnType<typeof parsed>['values'];

const path = (name = ''): string => `/api/v3/api_keys${name === '' ? '' : `/${encodeURIComponent(name)}`}`;

/** `towns` or `towns:select,insert` as a grant. */
function grantOf(text: string): object {
  const [name = '', verbs = 'select'] = text.split(':');
  if (name === '') throw new UsageError(`--grant takes TABLE or TABLE:select,insert, not "${text}"`);
  return { name, permissions: verbs.split(',') };
}

const actions: ActionCommand<Values>['actions'] = {
  list: { run: async (client) => (await client.call('GET', path())).result as readonly View[] },
  create: {
    word: 'NAME',
    async run(client, name, { grant = [] }) {
      const tables = grant.map(grantOf);
      return [await client.call('POST', path(), { name, grants: [{ type: 'database', tables }] })];
    },
  },
  rotate: { word: 'NAME', run: async (client, name) => [await client.call('POST', `${path(name)}/token/regenerate`)] },
  delete: {
    word: 'NAME',
    async run(client, name) {
      await client.call('DELETE', path(name));
      return [];
    },
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
  run: async (args, terminal) => runAction({ things: 'keys', actions, lineOf }, parsed(args), terminal),
};

/** A key that was made, or in the list what one is called and may do. */
function lineOf({ name, type, grants, token }: View, action: string): string {
  if (action !== 'list') return String(token);
  const tables = (Array.isArray(grants) ? grants : []).flatMap((grant: View) =>
    Array.isArray(grant.tables) ? grant.tables : [],
  );
  const rights = tables.map((table: View) => `${table.name}:${String(table.permissions)}`);
  return [name, type, ...rights].join('  ');
}

import { api, json } from './session.ts';

/** A key of the account. */
export interface Key {
  readonly name: string;
  readonly type: 'master' | 'default' | 'regular';
  /** The key itself, where it has just been made. */
  readonly token: string | null;
  /** The tables that it reads, and whether it may add rows to them. */
  readonly tables: readonly { readonly name: string; readonly isAddedTo: boolean }[];
  readonly created_at: string | null;
  readonly updated_at: string | null;
}

interface KeyAnswer extends Omit<Key, 'tables'> {
  readonly grants: readonly {
    readonly type: string;
    readonly tables?: readonly { readonly name: string; readonly permissions: readonly string[] }[];
  }[];
}

const toKey = ({ grants, ...key }: KeyAnswer): Key => ({
  ...key,
  tables: grants.flatMap(({ type, tables }) =>
    type === 'database'
      ? (tables ?? []).map(({ name, permissions }) => ({ name, isAddedTo: permissions.includes('insert') }))
      : [],
  ),
});

const keys = '/api/v3/api_keys';

/** The restricted keys of the account. */
export const listKeys = async (): Promise<readonly Key[]> =>
  (await api<{ result: readonly KeyAnswer[] }>(keys)).result.filter(({ type }) => type === 'regular').map(toKey);

/** Makes a key that reads these tables, and adds rows to them if it may; it is shown this once. */
export async function createKey(name: string, tables: readonly string[], mayAdd: boolean): Promise<Key> {
  const permissions = mayAdd ? ['select', 'insert'] : ['select'];
  const grants = [
    { type: 'apis', apis: ['sql', 'maps'] },
    { type: 'database', tables: tables.map((table) => ({ name: table, permissions })) },
  ];
  return toKey(await api<KeyAnswer>(keys, json({ name, type: 'regular', grants })));
}

/** Gives a key another secret, shown this once; the old one ends. */
export const regenerateKey = async (name: string): Promise<Key> =>
  toKey(await api<KeyAnswer>(`${keys}/${encodeURIComponent(name)}/token/regenerate`, { method: 'POST' }));

export const removeKey = async (name: string): Promise<void> => {
  await api(`${keys}/${encodeURIComponent(name)}`, { method: 'DELETE' });
};

/** Object stores whose keys may be stored as connections, and how an address gets them. */

/** What a stored connection to an object store holds. */
interface ObjectStore {
  readonly title: string;
  /** Keys of its parameters; true: required. */
  readonly connection: Readonly<Record<string, boolean>>;
  /** Parameters that are never shown. */
  readonly secrets: readonly string[];
}

/** By the scheme of their addresses. */
export const objectStores = {
  s3: {
    title: 'Amazon S3',
    connection: { access_key_id: true, secret_access_key: true, region: false, endpoint: false },
    secrets: ['secret_access_key'],
  },
  gs: {
    title: 'Google Cloud Storage',
    connection: { access_key_id: true, secret_access_key: true, endpoint: false },
    secrets: ['secret_access_key'],
  },
  az: {
    title: 'Azure Blob Storage',
    connection: { account_key: true, endpoint: false },
    secrets: ['account_key'],
  },
} as const satisfies Readonly<Record<string, ObjectStore>>;

export type ObjectStoreId = keyof typeof objectStores;

const isStoreId = (text: string): text is ObjectStoreId => Object.hasOwn(objectStores, text);

/** The store of that name in any case; null where there is none. */
export function findObjectStore(name: string | null): ObjectStoreId | null {
  const id = name?.toLowerCase() ?? '';
  return isStoreId(id) ? id : null;
}

/** The store that an address is of; null where it is of none. */
export const objectStoreOf = (url: string): ObjectStoreId | null =>
  findObjectStore(URL.parse(url)?.protocol.slice(0, -1) ?? null);

/**
 * An address with the keys of a connection in place of its own. Only the connection says which server they go to: its
 * `endpoint`, else the store's own.
 */
export function withStoredKeys(address: string, connection: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  url.username = encodeURIComponent(connection.access_key_id ?? '');
  url.password = encodeURIComponent(connection.secret_access_key ?? connection.account_key ?? '');
  url.searchParams.delete('endpoint');
  if (connection.endpoint !== undefined) url.searchParams.set('endpoint', connection.endpoint);
  if (connection.region !== undefined) url.searchParams.set('region', connection.region);
  return url.href;
}

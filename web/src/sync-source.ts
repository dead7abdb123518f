import type { Sync } from './api/syncs.ts';

/** Where a synchronization brings its rows from, for the eye. */
export function sourceText({ url, service_name: service, service_item_id: item }: Sync): string {
  if (url !== null && url !== '') return url;
  if (service !== 'connector' || item === null) return [service, item].filter((one) => one != null).join(': ');
  try {
    const { provider, connection, schema, table, sql_query: query } = JSON.parse(item) as ConnectorShown;
    const place = [schema, table].filter((one) => one !== undefined).join('.');
    return `${provider}: ${[connection?.server, connection?.database].filter((one) => one !== undefined).join('/')} ${query ?? place}`;
  } catch {
    return item;
  }
}

/** What the server shows of a connector, as JSON. */
interface ConnectorShown {
  readonly provider: string;
  readonly connection?: { readonly server?: string; readonly database?: string };
  readonly schema?: string;
  readonly table?: string;
  readonly sql_query?: string;
}

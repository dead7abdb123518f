import type { FastifyRequest } from 'fastify';
import type { NewSynchronization } from '../domain/sync.ts';
import type { HttpDeps } from './deps.ts';
import { toOptions } from './import-parameters.ts';
import { ownAddress } from './own-address.ts';
import { type Parameters, textOf } from './parameters.ts';
import { uuid } from './sync-requests.ts';
import { badImport } from './wire-error.ts';

/** Seconds between two runs of a table that follows the library: 30 days (wire contract 8.1). */
const INTERVAL = 2_592_000;

/**
 * What `remote_visualization_id` asks for: a table that follows one of the data library; null where it is not said, or
 * another source is, which then counts (wire contract 1.3). Throws 400 where the library has no such table.
 */
export async function librarySource(
  deps: HttpDeps,
  request: FastifyRequest,
  parameters: Parameters,
): Promise<NewSynchronization | null> {
  const id = textOf(parameters, 'remote_visualization_id');
  if (id === null || textOf(parameters, 'url') !== null || parameters.has('connector')) return null;
  const found = uuid.test(id) ? await deps.library.find(id.toLowerCase()) : null;
  if (found === null) throw badImport('Illegal external load');
  const { account, one } = found;
  const query = new URLSearchParams({ q: `select * from "${one.name}"`, format: 'csv', filename: one.name });
  const url = `${ownAddress(deps, request)}/user/${encodeURIComponent(account.name)}/api/v2/sql?${query}`;
  return {
    request: { kind: 'library', visualizationId: one.id, name: one.name },
    options: toOptions(parameters),
    originalUrl: url,
    displayName: one.name,
    name: textOf(parameters, 'table_name'),
    url,
    serviceName: null,
    serviceItemId: url,
    fromExternalSource: true,
    interval: INTERVAL,
    schemaPolicy: 'evolve',
    mode: 'replace',
    key: [],
  };
}

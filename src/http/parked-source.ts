import type { Account } from '../domain/import.ts';
import type { HttpDeps } from './deps.ts';
import type { ImportSource } from './import-parameters.ts';
import { type Parameters, textOf } from './parameters.ts';

/** The parked upload that `url` names; null where it names none of the account. */
export async function parkedSource(
  deps: Pick<HttpDeps, 'parked'>,
  owner: Account,
  parameters: Parameters,
): Promise<ImportSource | null> {
  const url = textOf(parameters, 'url');
  const request = url?.startsWith('/uploads/') ? await deps.parked.find(owner.id, url) : null;
  return url === null || request === null ? null : { request, originalUrl: url, displayName: request.name };
}

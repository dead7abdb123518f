import type { FastifyRequest } from 'fastify';
import type { ReadableTable } from '../store/readable-table.ts';
import type { Viewer } from '../store/viewers.ts';
import { addressedName, authenticate, findKey, hashKey, requireAddressed } from './auth.ts';
import type { HttpDeps } from './deps.ts';
import { type Parameters, textOf } from './parameters.ts';
import { notFound, unauthorized } from './wire-error.ts';

/** Somebody who reads tables of an account: the holder of its key, or anybody, who may hold the token of a link. */
export type Reading = Viewer;

/** The key that CARTO's clients send where they have none: it is nobody's. */
const publicKeyHash = hashKey('default_public');

/** The token of a link, as it is written here or as maps of CARTO write it. */
const tokenOf = (parameters: Parameters): string | null =>
  textOf(parameters, 'token') ?? textOf(parameters, 'auth_token');

/**
 * Who asks at an address of the API, where a key decides about the account unless prefix or host name it. Without a key
 * it is anybody. Throws 401 for a wrong key, that of another account, and where nothing tells the account; 404 where the
 * named one does not exist.
 */
export async function viewerOf(deps: HttpDeps, request: FastifyRequest, parameters: Parameters): Promise<Reading> {
  await requireAddressed(deps, request);
  const presented = findKey(deps, request, parameters);
  const name = addressedName(deps, request);
  const guest = presented?.keyHash ? await deps.accounts.guestByKeyHash(presented.keyHash) : null;
  if (guest !== null) {
    const { account, id } = guest;
    if ([name, presented?.name ?? null].some((one) => one !== null && one !== account.name)) throw unauthorized();
    request.accountId = account.id;
    return { account, as: 'public', key: id };
  }
  const isAnybody = presented === null || presented.keyHash?.equals(publicKeyHash) === true;
  if (!isAnybody) return { account: await authenticate(deps, request, presented), as: 'reader' };
  const account = name === null ? null : await deps.accounts.byName(name.toWellFormed());
  if (account === null) throw unauthorized();
  return { account, as: 'public', token: tokenOf(parameters) };
}

/**
 * Who reads tables of the account of this name. A key of another account reads what anybody may. Throws 401 where a key
 * is wrong, 404 where there is no such account.
 */
export async function readerOf(
  deps: HttpDeps,
  request: FastifyRequest,
  parameters: Parameters,
  name: string,
): Promise<Reading> {
  const presented = findKey(deps, request, parameters);
  const holder =
    presented === null || presented.keyHash === null ? null : await deps.accounts.byKeyHash(presented.keyHash);
  const guest = holder === null && presented?.keyHash ? await deps.accounts.guestByKeyHash(presented.keyHash) : null;
  if (guest?.account.name === name) return { account: guest.account, as: 'public', key: guest.id };
  const isAnybody = presented === null || guest !== null || presented.keyHash?.equals(publicKeyHash) === true;
  if (!isAnybody && (holder === null || (presented.name !== null && presented.name !== holder.name))) {
    throw unauthorized();
  }
  if (holder !== null) request.accountId = holder.id;
  if (holder?.name === name) return { account: holder, as: 'reader' };
  const account = name.includes('\0') ? null : await deps.accounts.byName(name.toWellFormed());
  if (account === null) throw notFound();
  return { account, as: 'public', token: tokenOf(parameters) };
}

/**
 * The table that is read. Where it is not there or may not be read: 401 for those who presented no key, 404 for others;
 * nobody learns which of both it is.
 */
export async function requireTable(
  deps: HttpDeps,
  request: FastifyRequest,
  parameters: Parameters,
  names: { readonly account: string; readonly table: string },
): Promise<ReadableTable> {
  const reading = await readerOf(deps, request, parameters, names.account);
  const table = names.table.includes('\0') ? null : await deps.tables.find(reading, names.table.toWellFormed());
  if (table !== null) return table;
  throw findKey(deps, request, parameters) === null ? unauthorized() : notFound();
}

import type { FastifyRequest } from 'fastify';
import type { Account } from '../domain/import.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import { findKey } from './auth.ts';
import type { HttpDeps } from './deps.ts';
import type { Parameters } from './parameters.ts';
import { notFound, unauthorized } from './wire-error.ts';

/** Somebody who reads tables of an account: the holder of its key, or anybody. */
export interface Reading {
  readonly account: Account;
  readonly as: 'reader' | 'public';
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
  if (presented !== null && (holder === null || (presented.name !== null && presented.name !== holder.name))) {
    throw unauthorized();
  }
  if (holder !== null) request.accountId = holder.id;
  if (holder?.name === name) return { account: holder, as: 'reader' };
  const account = name.includes('\0') ? null : await deps.accounts.byName(name.toWellFormed());
  if (account === null) throw notFound();
  return { account, as: 'public' };
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

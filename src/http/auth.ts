import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Account } from '../domain/import.ts';
import { parseAddress } from './address.ts';
import { readParameterBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import type { Parameters } from './parameters.ts';
import { notFound, unauthorized } from './wire-error.ts';

/** A key as it was presented, and the account name that came with it (HTTP Basic). */
export interface Credentials {
  readonly key: string;
  readonly name: string | null;
}

/** Longer keys are not ours: nobody makes the server hash a megabyte. */
const MAX_KEY_CHARACTERS = 512;

const broken: Credentials = { key: '', name: null };

/**
 * Finds the key: in an Authorization header of the scheme Basic or Bearer, which then is the only place looked at
 * (wire contract 1.2), or else in the parameter `api_key`. null: none was sent. The whole Base64 alphabet counts.
 */
export function findCredentials(authorization: string | undefined, parameters: Parameters): Credentials | null {
  const header = /^(basic|bearer)(?:\s+(.*))?$/is.exec(authorization?.trim() ?? '');
  if (header) {
    const token = header[2] ?? '';
    if (header[1]?.toLowerCase() === 'bearer') return { key: token, name: null };
    const pair = Buffer.from(token, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    return colon < 0 ? broken : { key: pair.slice(colon + 1), name: pair.slice(0, colon) };
  }
  const key = parameters.get('api_key');
  if (key === undefined || key === null || key === '') return null;
  return typeof key === 'string' ? { key, name: null } : broken;
}

/** SHA-256 of a key, as it is stored. Its lookup by hash leaks nothing about the key by time. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/** A key that a request presents. */
export interface Presented {
  /** SHA-256 of the key; null where what was sent can be none. */
  readonly keyHash: Buffer | null;
  /** The account name that came with it. */
  readonly name: string | null;
}

/** What credentials present. */
export const toPresented = ({ key, name }: Credentials): Presented => ({
  keyHash: key === '' || key.length > MAX_KEY_CHARACTERS ? null : hashKey(key),
  name,
});

/** The key of a request: that of its header or its parameters, else that of its browser's session; null: none yet. */
export function findKey(deps: HttpDeps, request: FastifyRequest, parameters: Parameters): Presented | null {
  const credentials = findCredentials(request.headers.authorization, parameters);
  if (credentials !== null) return toPresented(credentials);
  const keyHash = deps.sessions.find(request);
  return keyHash === null ? null : { keyHash, name: null };
}

/** The name that prefix or host address, null where the key decides. */
export const addressedName = (deps: HttpDeps, request: FastifyRequest): string | null =>
  parseAddress(request.originalUrl, request.headers.host, deps.config.LANDFALL_BASE_DOMAIN).account;

/** Throws 404 where prefix or host address an account that does not exist; asked before any key is looked at. */
export async function requireAddressed(deps: HttpDeps, request: FastifyRequest): Promise<void> {
  const name = addressedName(deps, request);
  if (name === null) return;
  if (name === '' || name.includes('\0') || (await deps.accounts.byName(name.toWellFormed())) === null) {
    throw notFound();
  }
}

/** The account of a key. Throws 401 where the key is unknown or belongs to another account than addressed. */
export async function authenticate(deps: HttpDeps, request: FastifyRequest, key: Presented | null): Promise<Account> {
  if (key === null || key.keyHash === null) throw unauthorized();
  const account = await deps.accounts.byKeyHash(key.keyHash);
  if (account === null) throw unauthorized();
  const addressed = addressedName(deps, request);
  if (addressed !== null && addressed !== account.name) throw unauthorized();
  if (key.name !== null && key.name !== account.name) throw unauthorized();
  request.accountId = account.id;
  return account;
}

/** Whether a request has a body of parameters that its route does not read: clients send keys so too (wire contract 1.2). */
const hasSpareBody = ({ method, headers }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'DELETE') &&
  headers.expect === undefined &&
  /json|x-www-form-urlencoded/i.test(headers['content-type'] ?? '') &&
  (headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0);

/**
 * What most routes want: the account that the request may act for, by header, these parameters, its session, or where
 * none of them says anything, the body of a GET or DELETE.
 */
export async function requireAccount(
  deps: HttpDeps,
  request: FastifyRequest,
  parameters: Parameters,
): Promise<Account> {
  await requireAddressed(deps, request);
  const key = findKey(deps, request, parameters);
  if (key !== null || !hasSpareBody(request)) return authenticate(deps, request, key);
  return authenticate(deps, request, findKey(deps, request, await readParameterBody(request, null)));
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the key is known; for the request log. */
    accountId: string | null;
  }
}

import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Account } from '../domain/import.ts';
import type { Onlooker, SeenMap } from '../maps/map-desk.ts';
import type { StoredMap } from '../store/maps.ts';
import { addressedName, findKey, hashKey } from './auth.ts';
import type { HttpDeps } from './deps.ts';
import { type Parameters, textOf } from './parameters.ts';
import { uuid } from './sync-requests.ts';
import { notFound, unauthorized } from './wire-error.ts';

/** The key that CARTO's clients send where they have none: it is nobody's. */
const publicKeyHash = hashKey('default_public');

/** Compares what came with what it has to be, in a time that tells nothing. */
const isSame = (sent: string, meant: string): boolean => timingSafeEqual(hashKey(sent), hashKey(meant));

/** A map of the account. Throws 404. */
export async function ownMap(deps: HttpDeps, account: Account, id: string): Promise<StoredMap> {
  const map = uuid.test(id) ? await deps.maps.find(id.toLowerCase()) : null;
  if (map === null || map.accountId !== account.id) throw notFound();
  return map;
}

/**
 * The map of a path, for everybody who may see it. Where it is not there or may not be seen: 401 for those who presented no
 * key, 404 for others; 401 for a wrong key.
 */
export async function mapFor(
  deps: HttpDeps,
  request: FastifyRequest,
  parameters: Parameters,
  id: string,
): Promise<{ readonly map: StoredMap; readonly onlooker: Onlooker }> {
  const presented = findKey(deps, request, parameters);
  const isAnybody = presented === null || presented.keyHash?.equals(publicKeyHash) === true;
  const holder = isAnybody || presented.keyHash === null ? null : await deps.accounts.byKeyHash(presented.keyHash);
  if (!isAnybody && holder === null) {
    const guest = presented.keyHash === null ? null : await deps.accounts.guestByKeyHash(presented.keyHash);
    if (guest === null) throw unauthorized();
  }
  if (holder !== null) {
    if (presented?.name && presented.name !== holder.name) throw unauthorized();
    request.accountId = holder.id;
  }
  const refused = () => (presented === null ? unauthorized() : notFound());
  const map = uuid.test(id) ? await deps.maps.find(id.toLowerCase()) : null;
  const addressed = addressedName(deps, request);
  if (map === null || (addressed !== null && addressed !== map.account)) throw refused();
  if (holder?.id === map.accountId) return { map, onlooker: 'owner' };
  const token = textOf(parameters, 'token') ?? textOf(parameters, 'auth_token');
  const isOpen = map.privacy === 'public' || (map.privacy === 'link' && token !== null && isSame(token, map.linkToken));
  if (!isOpen) throw refused();
  return { map, onlooker: 'other' };
}

/** The same with its layers. */
export async function seenMap(
  deps: HttpDeps,
  request: FastifyRequest,
  parameters: Parameters,
  id: string,
): Promise<{ readonly seen: SeenMap; readonly onlooker: Onlooker }> {
  const { map, onlooker } = await mapFor(deps, request, parameters, id);
  return { seen: await deps.maps.see(map, onlooker), onlooker };
}

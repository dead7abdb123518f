/** Tiles as answers: with what says how long they may be kept. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReadableTable } from '../store/readable-table.ts';
import { UnknownColumn } from '../tiles/tile-columns.ts';
import type { TileRequest } from '../tiles/tile-desk.ts';
import { isTile, type TileAddress } from '../tiles/tile-frame.ts';
import type { HttpDeps } from './deps.ts';
import { queryParameters } from './parameters.ts';
import { toWireError } from './sql-errors.ts';
import { WireError } from './wire-error.ts';

const decompress = promisify(gunzip);

/** A vector tile of a version may be kept by the browser so long, in seconds. */
const KEPT_SECONDS = 3600;

/** After how long MapLibre asks again for a tile of which a better one is being made, in seconds. */
const ASK_AGAIN_SECONDS = 5;

/** Where a tile lies, as a path has it. */
export interface TileDigits {
  readonly z: string;
  readonly x: string;
  readonly y: string;
}

/** 400 in the shape of these routes. */
export const badTile = (message: string): WireError => new WireError(400, { errors: [message] });

/** The whole of a tile's address in digits; throws 400 for what is no tile. */
export function addressOf({ z, x, y }: TileDigits): TileAddress {
  const number = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN);
  const address = { z: number(z), x: number(x), y: number(y) };
  if (!isTile(address)) throw badTile(`There is no tile ${z}/${x}/${y}`.slice(0, 200));
  return address;
}

/** Says what an answer is, and how long the client may keep it. */
function sayHowLong(
  request: FastifyRequest,
  reply: FastifyReply,
  table: ReadableTable,
  state: string,
  isFinal = true,
): void {
  const isPinned = queryParameters(request).get('v') === table.version;
  // No proxy may keep what its owner can make private at any time. To a map that shows it, an age says when to ask again.
  const age = isPinned ? `private, max-age=${KEPT_SECONDS}` : 'private, no-cache';
  reply.header('cache-control', isFinal ? age : `private, no-cache, max-age=${ASK_AGAIN_SECONDS}`);
  // Weak, because an answer may be compressed or not.
  reply.header('etag', `W/"${state}"`).header('vary', 'Accept-Encoding, Authorization, Cookie');
}

/** Whether the client has what it asks for in this state. */
function has(request: FastifyRequest, state: string): boolean {
  const known = (request.headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return known.includes(`"${state}"`) || known.includes('*');
}

/** Sends a vector tile; 204 where nothing lies there. Throws 400 for a column that the table does not have. */
export async function sendVectorTile(
  deps: HttpDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  wish: TileRequest,
): Promise<FastifyReply> {
  const { table, columns } = wish;
  const asked = columns === null ? '' : `-${Buffer.from(columns.join()).toString('base64url')}`;
  // Nothing is drawn, after a restart say, for a client that has what would be drawn.
  if (has(request, `${table.version}${asked}`)) {
    sayHowLong(request, reply, table, `${table.version}${asked}`);
    return reply.code(304).send();
  }
  const { tile, state, isFinal } = await deps.tiles.vector(wish).catch((error: unknown) => {
    throw error instanceof UnknownColumn ? badTile(error.message) : toWireError(error);
  });
  sayHowLong(request, reply, table, `${state}${asked}`, isFinal);
  if (has(request, `${state}${asked}`)) return reply.code(304).send();
  if (tile.length === 0) return reply.code(204).send();
  reply.type('application/vnd.mapbox-vector-tile');
  if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(request.headers['accept-encoding'] ?? '')) {
    return reply.send(await decompress(tile));
  }
  return reply.header('content-encoding', 'gzip').send(tile);
}

/** Sends a tile of a raster; 204 where it has nothing. */
export async function sendRasterTile(
  deps: HttpDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  table: ReadableTable,
  address: TileAddress,
): Promise<FastifyReply> {
  sayHowLong(request, reply, table, table.version);
  if (has(request, table.version)) return reply.code(304).send();
  const tile = await deps.tiles.raster(table, address).catch((error: unknown) => {
    throw toWireError(error);
  });
  return tile === null ? reply.code(204).send() : reply.type('image/png').send(tile);
}

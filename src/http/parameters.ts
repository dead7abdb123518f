import type { FastifyRequest } from 'fastify';
import { badImport } from './wire-error.ts';

/** Parameters by name, from query, form, multipart fields or JSON alike. Values are whatever the client sent. */
export type Parameters = ReadonlyMap<string, unknown>;

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw badImport(`The parameters are not valid percent-encoded UTF-8: ${text.slice(0, 100)}`);
  }
};

/**
 * Adds one pair, as form encodings know them: a repeated name keeps its last value, and `name[inner]=value` makes an
 * object, one level deep.
 */
export function addPair(parameters: Map<string, unknown>, name: string, value: string): void {
  const nested = /^([^[\]]+)\[([^[\]]+)\]$/.exec(name);
  if (!nested) {
    parameters.set(name, value);
    return;
  }
  const [, outer = '', inner = ''] = nested;
  const before = parameters.get(outer);
  const entries = typeof before === 'object' && before !== null ? Object.entries(before) : [];
  parameters.set(outer, Object.fromEntries([...entries, [inner, value]]));
}

/** Reads `a=1&b=2`, strictly: broken percent-encoding is a 400, because a damaged value would be imported silently. */
export function parseForm(text: string): Parameters {
  const parameters = new Map<string, unknown>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    if (equals < 0) addPair(parameters, decode(pair), '');
    else addPair(parameters, decode(pair.slice(0, equals)), decode(pair.slice(equals + 1)));
  }
  return parameters;
}

/** Reads a JSON object; an empty body is an empty object, since clients send a JSON content type without a body. */
export function parseJson(text: string): Parameters {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') return new Map();
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw badImport(`The body is not valid JSON: ${found.slice(0, 200)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badImport('The body must be a JSON object, such as {"url": "https://example.org/data.csv"}');
  }
  return new Map(Object.entries(value));
}

/** The parameters of the query string. */
export function queryParameters(request: FastifyRequest): Parameters {
  const queryAt = request.url.indexOf('?');
  return queryAt < 0 ? new Map() : parseForm(request.url.slice(queryAt + 1));
}

/** Joins parameters of a body and a query; the query wins (wire contract 1.2: all sources are one hash). */
export const merged = (body: Parameters, query: Parameters): Parameters => new Map([...body, ...query]);

/**
 * A parameter as text: null where it is absent, null or empty. PostgreSQL holds neither NUL nor lone surrogates, so
 * the one is a 400 and the other becomes U+FFFD.
 */
export function textOf(parameters: Parameters, name: string): string | null {
  const value = parameters.get(name);
  if (value === undefined || value === null || value === '') return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.includes('\0')) throw badImport(`${name} must not contain a NUL character`);
  return text.toWellFormed();
}

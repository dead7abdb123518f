import type { FastifyRequest } from 'fastify';
import { BadFeatureRequest } from '../features/bad-request.ts';
import { type FeatureParameters, type FeatureWindow, mostLimit, usualLimit } from '../features/feature-query.ts';
import { type Parameters, textOf } from './parameters.ts';
import { WireError } from './wire-error.ts';

/** A 400 in the shape of OGC API – Features. */
export const badFeatures = (description: string): WireError =>
  new WireError(400, { code: 'InvalidParameterValue', description });

/** What `f` or `Accept` asks for. */
export function wantsHtml(request: FastifyRequest, parameters: Parameters): boolean {
  const asked = textOf(parameters, 'f');
  if (asked !== null) {
    if (asked !== 'json' && asked !== 'html' && asked !== 'geojson') throw badFeatures('f: json or html is expected');
    return asked === 'html';
  }
  const accepted = (request.headers.accept ?? '').split(',').map((one) => (one.split(';')[0] ?? '').trim());
  const first = accepted.find((one) => one === 'text/html' || /^application\/(.+\+)?json$/.test(one));
  return first === 'text/html';
}

/** What opens tables, and says nothing else. */
const opening = ['api_key', 'token', 'auth_token'] as const;

/** Throws 400 where there are parameters beside these: the standard asks for it. */
export function allowOnly(parameters: Parameters, names: readonly string[]): void {
  for (const name of parameters.keys()) {
    if (![...names, 'f', ...opening].includes(name)) throw badFeatures(`there is no parameter "${name.slice(0, 80)}"`);
  }
}

const known = ['bbox', 'bbox-crs', 'datetime', 'limit', 'offset', 'crs', 'filter', 'filter-lang', 'filter-crs'];
const common = ['f', ...opening];

/** The parameters of `items`; those that are no others must be properties. */
export function featureParameters(parameters: Parameters): FeatureParameters {
  const text = (name: string): string | null => {
    if (parameters.get(name) === '') throw badFeatures(`${name}: a value is expected`);
    return textOf(parameters, name);
  };
  const others = [...parameters].filter(([name]) => !known.includes(name) && !common.includes(name));
  return {
    bbox: text('bbox'),
    bboxCrs: text('bbox-crs'),
    datetime: text('datetime'),
    filter: text('filter'),
    filterLang: text('filter-lang'),
    filterCrs: text('filter-crs'),
    crs: text('crs'),
    equals: new Map(others.map(([name]) => [name, textOf(parameters, name) ?? ''])),
  };
}

/** The page that is asked for. A limit above the greatest is that. */
export function windowOf(parameters: Parameters): FeatureWindow {
  const whole = (name: string, least: number, usual: number): number => {
    const text = textOf(parameters, name);
    if (text === null && !parameters.has(name)) return usual;
    if (text === null || !/^\d{1,15}$/.test(text) || Number(text) < least) {
      throw badFeatures(`${name}: a whole number from ${least} is expected`);
    }
    return Number(text);
  };
  return { limit: Math.min(whole('limit', 1, usualLimit), mostLimit), offset: whole('offset', 0, 0) };
}

/** A request that cannot be answered becomes a 400 that says why. */
export function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof BadFeatureRequest ? badFeatures(error.message) : error;
  }
}

/** `per_layer` of a recipe: what is said of single layers. */
import type { LayerWish } from '../domain/reading.ts';
import { toColumns } from './column-parameters.ts';
import { toDialect, toEncoding } from './dialect-parameters.ts';
import { parseJsonText, storableText } from './parameter-values.ts';
import { badImport } from './wire-error.ts';

/** Layers of which something can be said: an import of a file has at most as many. */
const MAX_LAYERS = 1_000;
const MAX_NAME_LENGTH = 1_000;

const dialectKeys = ['delimiter', 'quote', 'escape', 'header', 'skip_rows'] as const;
const known: ReadonlySet<string> = new Set(['layer', 'file', 'encoding', 'columns', ...dialectKeys]);

/** Wishes of a list of objects. Throws 400 that names what is wrong. */
export function toLayerWishes(given: unknown): readonly LayerWish[] {
  if (given === undefined || given === null || given === '') return [];
  const value = typeof given === 'string' ? parseJsonText('per_layer', given) : given;
  if (!Array.isArray(value) || value.length > MAX_LAYERS) {
    throw badImport(`per_layer must be a list of at most ${MAX_LAYERS} layers, as an analysis answers it`);
  }
  return value.map(toWish);
}

function toWish(given: unknown): LayerWish {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || !('layer' in given)) {
    throw badImport('per_layer: every entry is an object with the name of its layer, such as {"layer":"roads"}');
  }
  const parameters = new Map<string, unknown>(Object.entries(given));
  const unknown = [...parameters.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw badImport(
      `Unknown key '${unknown.slice(0, 100).toWellFormed()}' in 'per_layer'. It takes ${[...known].join(', ')}`,
    );
  }
  const file = parameters.get('file') ?? null;
  return {
    layer: named('layer', given.layer),
    file: file === null ? null : named('file', file),
    encoding: toEncoding(parameters),
    dialect: toDialect(parameters),
    columns: toColumns(parameters.get('columns')),
  };
}

function named(key: string, given: unknown): string {
  const name = storableText(`per_layer: ${key}`, given);
  if (name !== '' && name.length <= MAX_NAME_LENGTH) return name;
  throw badImport(`per_layer: ${key} has 1 to ${MAX_NAME_LENGTH} characters`);
}

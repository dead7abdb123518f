import type { ImportOptions } from '../domain/import.ts';
import { schemaPolicies, writeModes } from '../domain/refresh.ts';
import { toList, toWord } from './parameter-values.ts';
import { type Parameters, textOf } from './parameters.ts';
import { badImport } from './wire-error.ts';

/** How rows go into a table that exists; nothing where nothing is said. Throws 400 for wishes that contradict. */
export function toWriteWish(parameters: Parameters): Pick<ImportOptions, 'mode' | 'key' | 'schemaPolicy'> {
  const mode = toWord(parameters, 'mode', writeModes);
  const schemaPolicy = toWord(parameters, 'schema_policy', schemaPolicies);
  const key = toList(parameters, 'key') ?? [];
  const strategy = textOf(parameters, 'collision_strategy');
  if (mode !== null && strategy === 'skip') {
    throw badImport(`mode=${mode} writes into the table that is there, which collision_strategy=skip leaves alone`);
  }
  if (mode === null && strategy !== 'overwrite' && (key.length > 0 || schemaPolicy !== null)) {
    const name = key.length > 0 ? 'key' : 'schema_policy';
    throw badImport(`${name} is about a table that is there: say also mode, one of ${writeModes.join(', ')}`);
  }
  return {
    ...(mode === null ? {} : { mode }),
    ...(key.length === 0 ? {} : { key }),
    ...(schemaPolicy === null ? {} : { schemaPolicy }),
  };
}

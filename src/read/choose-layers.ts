import type { Layer } from '../domain/layer.ts';
import { layerName, tableName } from '../domain/naming.ts';
import { ImportError } from '../errors.ts';
import { shown } from '../formats/metadata/description.ts';
import { readingOf } from './apply-description.ts';
import { readingOfLayer } from './apply-layer-wishes.ts';
import {
  FIRST_SHOWN,
  type OpenedFiles,
  type OpenedLayer,
  type OpenedSources,
  type OpenOptions,
  type SkippedFile,
} from './opened-sources.ts';

/** Layers of one file, as the wire contract has it (4.5): more end with 1019. */
const MOST_LAYERS = 50;

/** Files that are told in full; a folder of pictures needs no longer list. */
const FIRST_SKIPPED = 100;

/** Of what was opened, the layers that were asked for, within the limits. Throws where none is left, or one asked for is not there. */
export function chooseLayers(found: OpenedSources, options: OpenOptions): OpenedFiles {
  const { failed, skipped } = found;
  const layers: OpenedLayer[] = [];
  for (const { path, layers: all, format, options: own, description = null } of found.opened) {
    const chosen = all.filter((layer) => isWanted(layer, path, options.layers));
    if (chosen.length > MOST_LAYERS) failed.push({ name: path, error: tooManyLayers(path, chosen.length) });
    else {
      for (const layer of chosen) {
        const asked = readingOfLayer(own, layer.name, path);
        const read = description === null ? null : readingOf(asked, description, layer.columns);
        if (read !== null && read.missing.length > 0) found.problems.push(missingColumns(path, read.missing));
        layers.push({ layer, file: path, format, options: read?.options ?? asked });
      }
    }
  }
  if (layers.length === 0 && failed[0] !== undefined) throw failed[0].error;
  if (options.layers !== null) checkChoice(found, options.layers);
  const leftOut = layers.slice(options.maxTables);
  skipped.push(
    ...leftOut.map(({ layer: { name } }) => ({
      name,
      text: `${name} is beyond the ${options.maxTables} tables of one import.`,
    })),
  );
  return {
    layers: layers.slice(0, options.maxTables),
    failed,
    map: found.map,
    warnings: {
      ...(leftOut.length > 0 ? { max_tables_per_import: options.maxTables } : {}),
      ...(found.problems.length > 0 ? { metadata: found.problems.slice(0, FIRST_SKIPPED) } : {}),
      ...(skipped.length > 0 ? { skipped_files: skipped.slice(0, FIRST_SKIPPED) } : {}),
    },
  };
}

/** Names that a layer answers to: its own, its table's, and its own without that of the file before it. */
function namesOf(layer: Layer, path: string): readonly string[] {
  const prefix = `${layerName(path)}_`;
  const short = layer.name.startsWith(prefix) ? [layer.name.slice(prefix.length)] : [];
  return [layer.name, tableName(layer.name), ...short].map((name) => name.toLowerCase());
}

const isWanted = (layer: Layer, path: string, wanted: readonly string[] | null): boolean =>
  wanted === null || wanted.some((name) => namesOf(layer, path).includes(name.toLowerCase()));

function checkChoice({ opened }: OpenedSources, wanted: readonly string[]): void {
  const all = opened.flatMap(({ path, layers }) => layers.map((layer) => ({ layer, path })));
  const unknown = wanted.filter((name) => !all.some(({ layer, path }) => isWanted(layer, path, [name])));
  if (unknown.length === 0) return;
  const names = all.map(({ layer }) => layer.name);
  const shown = names.slice(0, 50).join(', ') + (names.length > 50 ? ` and ${names.length - 50} more` : '');
  throw new ImportError('unsupportedFormat', {
    detail: `There is no layer ${unknown.map((name) => `"${name}"`).join(', ')}. There are: ${shown}.`,
    hint: 'Name layers as they are in this list, separated by commas, or leave the parameter layers out.',
  });
}

const missingColumns = (name: string, columns: readonly string[]): SkippedFile => {
  const more = columns.length > FIRST_SHOWN ? ` and ${columns.length - FIRST_SHOWN} more` : '';
  const named = columns.slice(0, FIRST_SHOWN).map(shown);
  return { name, text: `${name} has no column ${named.join(', ')}${more}, which its metadata describe.` };
};

const tooManyLayers = (path: string, count: number): ImportError =>
  new ImportError('tooManyLayers', {
    detail: `${path} has ${count} layers; one file may have ${MOST_LAYERS}.`,
    hint: 'Choose layers with the parameter layers, or split the file.',
  });

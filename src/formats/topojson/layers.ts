import { basename, extname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Layer, LocalFile, OnRecord } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import type { ReadOptions } from '../format.ts';
import { Columns } from '../json/columns.ts';
import { JsonWalker } from '../json/json-walker.ts';
import { TopoGeometries } from './geometry.ts';
import { ObjectReader } from './object-reader.ts';
import { readTopology, type Topology } from './topology.ts';

/** Records that `sample` looks at. */
const SAMPLE_ROWS = 2000;
/** How often a pass lets other work of the process run. */
const PAUSE_BYTES = 1 << 20;

/**
 * Opens a TopoJSON file, each of its objects as a layer. Reads it once for its arcs. Throws badGeoJson, badEncoding,
 * fileTooBig, emptyFile, tooManyLayers; reading throws also tooManyRows and tooManyColumns.
 */
export function openTopoJson(file: LocalFile, options: ReadOptions, chunkBytes?: number): readonly Layer[] {
  const topology = readTopology(file.path, file.name, chunkBytes);
  const { objects } = topology;
  const fileName = basename(file.name, extname(file.name));
  return objects.map((object, index) =>
    openObject(file, { index, name: objects.length === 1 ? fileName : object }, topology, options.maxRows, chunkBytes),
  );
}

function openObject(
  file: LocalFile,
  object: { readonly index: number; readonly name: string },
  { arcs, transform, srid }: Topology,
  maxRows: number,
  chunkBytes: number | undefined,
): Layer {
  const columns = new Columns();
  const geometries = new TopoGeometries(arcs, transform, file.name);
  const pass = async (onRecord: OnRecord, untilRow: number): Promise<void> => {
    using walker = new JsonWalker(file.path, file.name, chunkBytes);
    arcs.beginPass();
    geometries.closedRings = 0;
    const reader = new ObjectReader(walker, object.index, columns, geometries);
    let pauseAt = PAUSE_BYTES;
    for (let rows = 1; rows <= untilRow && reader.next(); rows++) {
      if (rows > maxRows) {
        throw new ImportError('tooManyRows', {
          detail: `${file.name} has more than ${maxRows} geometries in ${object.name}.`,
          hint: 'Split the file, or ask the operator for a higher limit of rows.',
        });
      }
      onRecord(reader.writer.record);
      if (walker.position < pauseAt) continue;
      pauseAt = walker.position + PAUSE_BYTES;
      await setImmediate();
    }
  };
  return {
    name: object.name,
    srid,
    columns: columns.names,
    hasGeometry: true,
    sample: (onRecord) => pass(onRecord, SAMPLE_ROWS),
    read: (onRecord) => pass(onRecord, Number.POSITIVE_INFINITY),
    warnings: () => (geometries.closedRings > 0 ? { closed_rings: { count: geometries.closedRings } } : {}),
  };
}

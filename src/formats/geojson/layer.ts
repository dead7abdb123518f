import { basename, extname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Layer, LocalFile, OnRecord } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import type { ReadOptions } from '../format.ts';
import { ByteWindow } from '../json/byte-window.ts';
import { Columns } from '../json/columns.ts';
import { DocumentReader } from './document-reader.ts';
import { crsBehindFeatures, crsInGeometry, sridOfCrs } from './find-crs.ts';
import type { ObjectKind } from './record-reader.ts';

/** How much of the file `sample` reads. */
const SAMPLE_BYTES = 1 << 20;
/** How often a pass lets other work of the process run. */
const PAUSE_BYTES = 1 << 20;

/** What can be said of a file before it is read: what its objects are and where their coordinates lie. */
interface Inspection {
  readonly kind: ObjectKind;
  readonly srid: number | null;
}

/**
 * Opens a GeoJSON file as one layer. Reads up to the first feature and, for a FeatureCollection that has not said its
 * `crs` by then, the end of the file. Throws badGeoJson, badEncoding, emptyFile, unknownSrid.
 */
export function openGeoJson(file: LocalFile, options: ReadOptions, chunkBytes?: number): Layer {
  const { kind, srid } = inspect(file, chunkBytes);
  const columns = new Columns();
  const pass = async (onRecord: OnRecord, untilByte: number): Promise<void> => {
    using window = new ByteWindow(file.path, file.name, chunkBytes);
    const reader = new DocumentReader(window, file.name, columns, {
      kind,
      maxRows: options.maxRows,
      onCrs: (json) => refuseLateCrs(json, file.name, srid),
    });
    let pauseAt = PAUSE_BYTES;
    while (reader.position < untilByte && reader.next(onRecord)) {
      if (reader.position < pauseAt) continue;
      pauseAt = reader.position + PAUSE_BYTES;
      await setImmediate();
    }
  };
  return {
    name: basename(file.name, extname(file.name)),
    srid,
    columns: columns.names,
    hasGeometry: kind === 'feature',
    sample: (onRecord) => pass(onRecord, SAMPLE_BYTES),
    read: (onRecord) => pass(onRecord, Number.POSITIVE_INFINITY),
  };
}

function inspect(file: LocalFile, chunkBytes: number | undefined): Inspection {
  using window = new ByteWindow(file.path, file.name, chunkBytes);
  let crs: string | null = null;
  const reader = new DocumentReader(window, file.name, new Columns(), {
    kind: null,
    maxRows: 1,
    onCrs: (json) => {
      crs = json;
    },
  });
  reader.next((record) => {
    if (crs === null) crs = crsInGeometry(record.bytes, record.geometryStart, record.geometryEnd);
  });
  if (reader.kind === 'record' || (reader.kind === null && !reader.hasCollection))
    return { kind: 'record', srid: null };
  if (crs === null && reader.hasCollection) crs = crsBehindFeatures(file.path);
  return { kind: 'feature', srid: crs === null ? 4326 : (sridOfCrs(crs, file.name) ?? 4326) };
}

function refuseLateCrs(json: string, file: string, srid: number | null): void {
  const found = sridOfCrs(json, file) ?? 4326;
  if (srid === null || found === srid) return;
  throw new ImportError('unknownSrid', {
    detail: `${file}: a crs of EPSG:${found} was found where the layer had begun as EPSG:${srid}.`,
    hint: 'Write one crs for the whole file, before the features.',
  });
}

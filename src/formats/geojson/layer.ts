import { basename, extname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type CellRecord, GeometryKind, type Layer, type LocalFile, type OnRecord } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import type { ReadOptions } from '../format.ts';
import { ByteWindow } from '../json/byte-window.ts';
import { Columns } from '../json/columns.ts';
import { DocumentReader } from './document-reader.ts';
import { explainAnswer } from './error-answer.ts';
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
      onCrs: (json) => refuseLateCrs(json, file.name, kind === 'feature' ? (srid ?? 4326) : null),
    });
    let pauseAt = PAUSE_BYTES;
    try {
      while (reader.position < untilByte && reader.next(onRecord)) {
        if (reader.position < pauseAt) continue;
        pauseAt = reader.position + PAUSE_BYTES;
        await setImmediate();
      }
    } catch (error) {
      throw explainAnswer(file, error);
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
  let near = 0;
  let far = 0;
  const reader = new DocumentReader(window, file.name, new Columns(), {
    kind: null,
    maxRows: LOOKED_AT,
    onCrs: (json) => {
      crs = json;
    },
  });
  const look = (record: CellRecord): void => {
    if (crs === null) crs = crsInGeometry(record.bytes, record.geometryStart, record.geometryEnd);
    const distance = firstOrdinate(record);
    if (distance > MOST_DEGREES) far++;
    else if (distance >= 0) near++;
  };
  reader.next(look);
  if (reader.kind === 'record' || (reader.kind === null && !reader.hasCollection))
    return { kind: 'record', srid: null };
  if (crs === null && reader.hasCollection) crs = crsBehindFeatures(file.path);
  if (crs !== null) return { kind: 'feature', srid: sridOfCrs(crs, file.name) ?? 4326 };
  // What is wrong with a later feature is said when it is read.
  try {
    for (let features = 1; features < LOOKED_AT && near === 0 && reader.next(look); features++);
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
  }
  return { kind: 'feature', srid: far > 0 && near === 0 ? null : 4326 };
}

/** Features that tell, where there is no `crs`, whether their coordinates are degrees, as RFC 7946 has them. */
const LOOKED_AT = 20;

/** No longitude is beyond it, however often somebody went around the world, and hardly a metre of a grid is within it. */
const MOST_DEGREES = 1000;

/** The larger one of the first two ordinates of a record's geometry, without its sign; -1 where there is none. */
function firstOrdinate({ bytes, geometryStart, geometryEnd, geometryKind }: CellRecord): number {
  if (geometryKind !== GeometryKind.geojson) return -1;
  const head = bytes.toString('latin1', geometryStart, Math.min(geometryEnd, geometryStart + 1024));
  const [, x, y] = /\[\s*(-?[\d.][\d.eE+-]*)\s*,\s*(-?[\d.][\d.eE+-]*)/.exec(head) ?? [];
  return x === undefined ? -1 : Math.max(Math.abs(Number(x)), Math.abs(Number(y)));
}

function refuseLateCrs(json: string, file: string, srid: number | null): void {
  const found = sridOfCrs(json, file) ?? 4326;
  if (srid === null || found === srid) return;
  throw new ImportError('unknownSrid', {
    detail: `${file}: a crs of EPSG:${found} was found where the layer had begun as EPSG:${srid}.`,
    hint: 'Write one crs for the whole file, before the features.',
  });
}

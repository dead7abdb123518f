import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { CellRecord, Layer, OnRecord } from '../../domain/layer.ts';
import type { ColumnType } from '../../domain/schema.ts';
import { ImportError } from '../../errors.ts';
import { flatgeobuf } from '../flatgeobuf/index.ts';
import type { SourceFile } from '../format.ts';
import { type Dataset, type Gdal, GdalFailure } from './gdal.ts';
import { correctOldTime } from './geodatabase-times.ts';
import { hasHeights } from './has-heights.ts';
import type { LayerInfo } from './info.ts';
import type { GdalKind } from './kinds.ts';
import { showWarning } from './translate.ts';

/** What a layer is converted for and where. */
export interface Conversion {
  readonly file: SourceFile;
  readonly kind: GdalKind;
  /** The folder that GDAL knows as `/scratch`. */
  readonly scratch: string;
  /** Of text whose encoding the file does not say, as the request names it. */
  readonly encoding: string | null;
}

/** Names of row numbers that programs add of their own; a key of any other name is the user's. */
const ROW_NUMBER_NAME = /^(?:ogc_fid|objectid|fid|oid|rowid)$/i;

const CURVED = /^(?:3D |Measured |3D Measured )?(?:Circular|Compound Curve|Curve|Multi Curve|Multi Surface|Surface)/;

/** Warnings of GDAL that are kept of one layer. */
const MAX_WARNINGS = 10;

const WRITE_OPTIONS = ['-f', 'FlatGeobuf', '-lco', 'SPATIAL_INDEX=NO', '-nlt', 'CONVERT_TO_LINEAR'];

let converted = 0;

/** Writes a layer as FlatGeobuf and opens that; null where it turns out to be empty. Throws GdalFailure. */
export async function convertLayer(
  gdal: Gdal,
  dataset: Dataset,
  name: string,
  { file, kind, scratch, encoding }: Conversion,
): Promise<Layer | null> {
  const info = gdal.describe(dataset, name);
  const key = info.fidColumnName ?? '';
  const hasKey = key !== '' && !ROW_NUMBER_NAME.test(key);
  const source = hasKey
    ? ['-dialect', 'OGRSQL', '-sql', `select fid as ${quoted(key)}, * from ${quoted(name)}`]
    : [name];
  const lines: string[] = [];
  const write = async (...options: readonly string[]): Promise<Layer | null> => {
    const target = `${++converted}.fgb`;
    lines.push(...gdal.translate(dataset, `/scratch/${target}`, [...WRITE_OPTIONS, ...options, ...source]));
    return openWritten(join(scratch, target), file.name, encoding);
  };
  // FlatGeobuf says for a whole layer whether it has heights, and of one of mixed types GDAL says that it has none.
  const writeMixed = async (...options: readonly string[]): Promise<Layer | null> => {
    const raised = await write('-dim', 'XYZ', ...options);
    return raised === null || (await hasHeights(raised)) ? raised : write(...options);
  };
  const isMixed = kind.isFlat !== true && info.geometryFields.some(({ type }) => type === 'Geometry');
  const layer = await (isMixed ? writeMixed() : write()).catch((error: unknown) => {
    if (!isMisdeclared(error)) throw error;
    lines.length = 0;
    return writeMixed('-nlt', 'GEOMETRY');
  });
  if (layer === null) return null;
  const shown = [...new Set(lines.map((line) => showWarning(line, file.name)))].slice(0, MAX_WARNINGS);
  const isUndeclared = kind.schema !== undefined && !file.companions.has(kind.schema);
  return withLostTypes(layer, {
    name,
    types: [...(hasKey ? [null] : []), ...info.fields.map(({ type }) => lostType(type))],
    isUndeclared,
    isGeodatabase: kind.driver === 'OpenFileGDB',
    warnings: {
      ...(info.geometryFields.some(({ type }) => CURVED.test(type)) ? { curves_linearised: true } : {}),
      ...(shown.length > 0 ? { gdal_messages: shown } : {}),
    },
  });
}

/** Whether a layer holds other geometries than it declares: heights in a GMT file, for instance. */
const isMisdeclared = (error: unknown): boolean =>
  error instanceof GdalFailure && error.lines.some((line) => line.includes('Mismatched geometry type'));

async function openWritten(path: string, name: string, encoding: string | null): Promise<Layer | null> {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  // Of a layer without features GDAL writes no header either.
  if (sizeBytes === 0) return null;
  const [layer] = await flatgeobuf.open({ path, name, sizeBytes, mediaType: null }, { encoding });
  return layer ?? null;
}

const quoted = (name: string): string => `"${name.replaceAll(/["\\]/g, '\\$&')}"`;

/** Types that FlatGeobuf writes as text of one kind; of timestamps the text says which. */
function lostType(gdalType: LayerInfo['fields'][number]['type']): ColumnType | null {
  switch (gdalType) {
    case 'Date':
      return 'date';
    case 'Time':
      return 'time';
    case 'DateTime':
      return 'timestamp';
    default:
      return null;
  }
}

interface Known {
  readonly name: string;
  readonly types: readonly (ColumnType | null)[];
  /** Whether what is text has no type: please infer. */
  readonly isUndeclared: boolean;
  readonly isGeodatabase: boolean;
  readonly warnings: Readonly<Record<string, unknown>>;
}

/** Length of `YYYY-MM-DD`. */
const DATE_BYTES = 10;

/** The layer under its own name, with dates and times as such again. */
function withLostTypes(layer: Layer, { name, types, isUndeclared, isGeodatabase, warnings }: Known): Layer {
  const dates = types.flatMap((type, position) => (type === 'date' ? [position] : []));
  const times = types.flatMap((type, position) => (type === 'time' ? [position] : []));
  const shorten = (record: CellRecord): void => {
    for (const at of dates) record.ends[at] = Math.min(record.ends[at]!, record.starts[at]! + DATE_BYTES);
    for (const at of times) {
      const start = record.starts[at]!;
      if (record.ends[at]! - start > DATE_BYTES) record.starts[at] = start + DATE_BYTES + 1;
    }
  };
  const moments = types.flatMap((type, position) => (isGeodatabase && type === 'timestamp' ? [position] : []));
  const through = (onRecord: OnRecord): OnRecord => {
    if (dates.length + times.length + moments.length === 0) return onRecord;
    return (record) => {
      for (const at of moments) correctOldTime(record, at);
      shorten(record);
      onRecord(record);
    };
  };
  return {
    ...layer,
    name,
    types: layer.columns.map((_, position) => {
      const known = types[position] ?? null;
      const type = known === null || known === 'timestamp' ? (layer.types?.[position] ?? null) : known;
      return isUndeclared && type === 'text' ? null : type;
    }),
    sample: (onRecord) => layer.sample(through(onRecord)).catch(rephrase),
    read: (onRecord) => layer.read(through(onRecord)).catch(rephrase),
    warnings: () => ({ ...layer.warnings?.(), ...warnings }),
  };
}

/** GDAL passes text on as it is where a file does not say its encoding (MapInfo's charset `Neutral`). */
function rephrase(error: unknown): never {
  if (!(error instanceof ImportError) || error.kind !== 'badEncoding') throw error;
  throw new ImportError('badEncoding', {
    detail: error.message,
    hint: 'Name the encoding with the parameter encoding, or have the file say it (in MapInfo: the charset of the table, which is Neutral).',
    cause: error,
  });
}

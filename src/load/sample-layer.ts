/** The first rows of a layer as a table would have them. */
import type { Database } from '../db/database.ts';
import { identifier, join, sql, trusted } from '../db/sql.ts';
import type { SampleRow } from '../domain/analysis.ts';
import type { ColumnType, TableSchema } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import type { AnalyzedLayer, ReaderSession } from '../read/reader-session.ts';
import { databaseSrid } from './reference-system.ts';
import { reproject } from './reproject.ts';
import { type Attempt, createStaging, dropStagedTable, stagingName, stagingSchema, streamColumns } from './staging.ts';
import { toLoadError } from './translate.ts';

/** Rows of a sample. */
const SAMPLE_ROWS = 50;

/** Characters of one value, and of the text of one geometry: longer ones are cut, or left out. */
const MAX_VALUE = 1_000;
const MAX_SHAPE = 20_000;

/** A layer that was read to its end, with its first rows. */
export interface SampledLayer extends AnalyzedLayer {
  readonly sample: readonly SampleRow[];
}

/**
 * Reads a layer as an import would and gives its first rows. They go through a table of their own that is gone
 * afterwards, so that they are what the database makes of them. Throws ImportError as a load does.
 */
export async function sampleLayer(
  session: ReaderSession,
  layer: number,
  job: Attempt,
  db: Database,
  signal: AbortSignal,
): Promise<SampledLayer> {
  const name = session.layers[layer]?.name ?? '';
  if (session.analyze === undefined) throw new Error('this session cannot analyze');
  const chunks: Uint8Array[] = [];
  let srid = 4326;
  const staging = stagingName(job, layer + 1);
  try {
    const analyzed = await session.analyze(layer, SAMPLE_ROWS, async (schema, pass) => {
      signal.throwIfAborted();
      srid = await databaseSrid(db, schema, name);
      for await (const chunk of pass) chunks.push(chunk);
    });
    signal.throwIfAborted();
    const { schema } = analyzed;
    // The rows of a raster are its tiles.
    if (schema.raster !== undefined) return { ...analyzed, sample: [] };
    await dropStagedTable(db, staging);
    await db.query(createStaging(staging, schema, 'passing'));
    const target = { schema: stagingSchema, table: staging, columns: streamColumns(schema), freeze: false };
    await db.copyIn(target, toStream(chunks));
    await reproject(db, staging, schema, srid, name);
    return { ...analyzed, sample: await rowsOf(db, staging, schema) };
  } catch (error) {
    throw toLoadError(error, name);
  } finally {
    // Where it fails the sweep drops it.
    await dropStagedTable(db, staging).catch(() => undefined);
  }
}

async function* toStream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function rowsOf(db: Database, staging: string, schema: TableSchema): Promise<readonly SampleRow[]> {
  const most = trusted(String(MAX_VALUE + 1));
  const texts = schema.columns.map(({ name }) => sql`left(${identifier(name)}::text, ${most})`);
  const rows = await db.query<{ id: string; shape: string | null; values: (string | null)[] }>(sql`
    select cartodb_id::text as id, st_asgeojson(the_geom) as shape,
      array[${join(texts.length === 0 ? [trusted('null')] : texts)}]::text[] as values
    from ${identifier(stagingSchema, staging)} order by cartodb_id`);
  return rows.map(({ id, shape, values }) => ({
    cartodb_id: toSampleValue('bigint', id),
    the_geom: shape === null || shape.length > MAX_SHAPE ? null : parsedJson(shape),
    ...Object.fromEntries(schema.columns.map(({ name, type }, i) => [name, toSampleValue(type, values[i] ?? null)])),
  }));
}

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ImportError('unknown', { cause });
  }
};

/** A value of the database's text: JSON where that holds it exactly, else the text, cut where it is long. */
function toSampleValue(type: ColumnType, text: string | null): unknown {
  if (text === null) return null;
  if (text.length > MAX_VALUE) return `${text.slice(0, MAX_VALUE)}…`.toWellFormed();
  switch (type) {
    case 'boolean':
      return text === 'true';
    case 'bigint':
    case 'double precision':
    case 'numeric': {
      const number = Number(text);
      return Number.isFinite(number) && (type === 'double precision' || String(number) === text) ? number : text;
    }
    case 'jsonb':
      return text.length < MAX_VALUE && !/\d{16}/.test(text) ? parsedJson(text) : text;
    default:
      return text;
  }
}

import { type CellRecord, type Layer, LayerMisread } from '../domain/layer.ts';
import type { TableSchema } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import type { ReadOptions } from '../formats/format.ts';
import { inferSchema, type Plan } from '../infer/infer-schema.ts';
import { checkPatterns, checkWishes } from './check-wishes.ts';
import { columnWarnings } from './column-warnings.ts';
import { createGeometryFields } from './encode-geometry.ts';
import { layerReport } from './layer-report.ts';
import { isSwapped, type LayerSystem, layerSystem, missingSystem } from './layer-system.ts';
import { LayerWarnings } from './layer-warnings.ts';
import { type MakeNulls, nullTexts } from './null-texts.ts';
import { OutBuffer } from './out-buffer.ts';
import type { LayerResult } from './reader-session.ts';
import { Rejects } from './rejects.ts';
import { type Expected, RowEncoder } from './row-encoder.ts';
import type { MakeFilter } from './row-filter.ts';
import { Statistics } from './statistics.ts';
import { Survey } from './survey.ts';
import { createGeometryEncoder, type GeometryEncoder } from './wkb.ts';

/** Takes the passes over a layer: at most two, of which only the last counts. */
export interface PassSink {
  /** A pass begins: everything that follows is of this schema. */
  begin(schema: TableSchema): void;
  /** Whole tuples of COPY BINARY. The memory is used again after the call. */
  rows(chunk: Buffer, count: number): void;
  /** What the pass has given so far is void. */
  abandon(): void;
}

/** Tuples are handed on in pieces of about this size. */
const FLUSH_BYTES = 512 * 1024;

/**
 * Reads a layer into tuples. The sample foresees the schema, and the encoder checks every value against it; if one
 * does not fit, or the schema turns out wider than the values need, the pass is abandoned, the rest is only looked at,
 * and one more pass runs with the schema that holds for all values. With a filter, rows that it does not let through
 * count and are looked at as all others, but do not come out. Throws ImportError.
 */
export async function readLayer(
  layer: Layer,
  options: ReadOptions,
  sink: PassSink,
  makeFilter: MakeFilter = () => null,
): Promise<LayerResult> {
  const system = layerSystem(layer, options.sourceSrid);
  let survey = new Survey(layer, options, system);
  const hasOwnNulls = options.columns.some(({ nullValues }) => nullValues !== undefined);
  const makeNulls = nullTexts(options.nullValues, () => survey.wishes(), hasOwnNulls);
  const observe = (record: CellRecord): void => {
    makeNulls?.(record);
    survey.observe(record);
  };
  await layer.sample(observe);
  checkPatterns(options.columns);
  // The columns of a layer with geometry may come up while it is read.
  if (!layer.hasGeometry) checkWishes(survey, layer);
  const plan = planOf(survey);
  const { masks, forms } = survey.observations;
  const expected = { masks: masks.slice(), forms: forms.slice() };
  survey.forget();

  const pass = createPass({ layer, options, sink, system, makeNulls, makeFilter });
  try {
    const result = await pass.run(plan, expected, survey);
    if (result !== null) return result;
  } catch (error) {
    if (!(error instanceof LayerMisread)) throw error;
    pass.abandon();
    survey = new Survey(layer, options, system);
    await layer.read((record) => {
      checkRows(record, options);
      observe(record);
    });
  }

  const result = await createPass({ layer, options, sink, system, makeNulls, makeFilter }).run(
    planOf(survey),
    survey.observations,
    survey,
  );
  if (result === null) throw new Error('a value does not fit the schema that was made from all values');
  return result;
}

/** PostgreSQL holds 1600 columns in a row; the table has three of its own, one is spared. */
const MAX_COLUMNS = 1596;

function planOf(survey: Survey): Plan {
  const plan = inferSchema(survey.facts());
  const count = plan.positions.length;
  if (count > MAX_COLUMNS) {
    throw new ImportError('tooManyColumns', {
      detail: `The layer has ${count} columns; a table holds ${MAX_COLUMNS}.`,
      hint: 'Remove columns, split the table, or turn columns into rows.',
    });
  }
  return plan;
}

function checkRows(record: CellRecord, options: ReadOptions): void {
  if (record.row <= options.maxRows) return;
  throw new ImportError('tooManyRows', {
    detail: `There are more than ${options.maxRows} rows, the most that one import may have.`,
    hint: 'Split the file, or ask for a higher limit.',
  });
}

/** So many geometries outside the world are proof enough: the rest need not be read to say so. */
const MAX_OUTSIDE = 10_000;

/** Throws missingProjection where 4326 was only assumed and coordinates show that it is not so. */
function checkSystem(layer: Layer, system: LayerSystem, { outside }: GeometryEncoder): void {
  if (system.isAssumed && outside.geometries > 0) throw missingSystem(layer.name, outside);
}

function geometryWarnings(
  { flattened, linearised, outside }: GeometryEncoder,
  system: LayerSystem,
  ordinates: Float64Array,
): Readonly<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  if (flattened > 0) all.dropped_dimensions = { count: flattened };
  if (linearised > 0) all.linearised_curves = { count: linearised };
  if (isSwapped(outside)) all.swapped_axes = { count: outside.swappable };
  if (system.isAssumed && ordinates.some((count) => count > 0)) all.assumed_srid = 4326;
  return all;
}

interface Pass {
  /** Encodes all records. null: the plan does not hold; the survey then knows all values. */
  run(plan: Plan, expected: Expected, survey: Survey): Promise<LayerResult | null>;
  /** Voids the pass, once. */
  abandon(): void;
}

interface PassContext {
  readonly layer: Layer;
  readonly options: ReadOptions;
  readonly sink: PassSink;
  readonly system: LayerSystem;
  readonly makeNulls: MakeNulls | null;
  readonly makeFilter: MakeFilter;
}

function createPass({ layer, options, sink, system, makeNulls, makeFilter }: PassContext): Pass {
  let isAbandoned = false;
  const abandon = (): void => {
    if (!isAbandoned) sink.abandon();
    isAbandoned = true;
  };

  const run = async (plan: Plan, expected: Expected, survey: Survey): Promise<LayerResult | null> => {
    const columns = [...layer.columns];
    const width = columns.length;
    const rejects = new Rejects(layer.name);
    const warnings = new LayerWarnings(rejects, geometryColumn(plan));
    const out = new OutBuffer(FLUSH_BYTES * 2);
    const { srid, schema } = plan;
    const geometry = createGeometryEncoder({ srid, extra: schema.extra, counts: survey.ordinates });
    const nowhere = { value: Number.NaN, scale: -1, axis: 0 };
    const pair = { longitude: { ...nowhere }, latitude: { ...nowhere } };
    const { source } = plan;
    const encodeGeometry = createGeometryFields({ source, tallies: survey.tallies, geometry, warnings, pair });
    const { observations } = survey;
    const statistics = new Statistics(schema.columns.map(({ type }) => type));
    const shared = { rejects, statistics, observations, out, encodeGeometry, warnings, pair };
    const encoder = new RowEncoder({ plan, columns, expected, ...shared });
    const filter = makeFilter(schema);
    let rows = 0;
    let pending = 0;
    const flush = (): void => {
      if (pending > 0) sink.rows(out.written(), pending);
      out.length = 0;
      pending = 0;
    };
    survey.leaveOut(plan.source);
    sink.begin(plan.schema);

    await layer.read((record) => {
      checkRows(record, options);
      rows++;
      makeNulls?.(record);
      if (isAbandoned) return survey.observe(record);
      if (record.count > width) {
        if (layer.columns.length > width) {
          abandon();
          survey.leaveOut({ kind: 'none' });
          return survey.observe(record);
        }
        takeExtraCells(record, width, warnings, options.extraCells === 'reject' ? rejects : null);
      }
      survey.countSpatial(record);
      const from = out.length;
      const fits = encoder.encode(record);
      if (geometry.outside.geometries === MAX_OUTSIDE) checkSystem(layer, system, geometry);
      if (!fits || geometry.misfits > 0) {
        abandon();
        survey.leaveOut({ kind: 'none' });
        return survey.observations.observe(record, width);
      }
      if (filter !== null && !filter.take(out, from, record.row)) {
        out.length = from;
        return;
      }
      pending++;
      if (out.length >= FLUSH_BYTES) flush();
    });
    checkSystem(layer, system, geometry);
    if (isAbandoned) return null;
    if (!isSamePlan(planOf(survey), plan)) {
      abandon();
      return null;
    }
    checkWishes(survey, layer);
    rejects.check(options.maxRejects, rows);
    flush();
    const fingerprints = filter?.end() ?? null;
    const ofLayer = {
      ...layer.warnings?.(),
      ...geometryWarnings(geometry, system, survey.ordinates),
      ...plan.notes,
      ...columnWarnings(plan, survey),
      ...(rejects.count === 0 ? {} : { rejects: { count: rejects.count } }),
    };
    return {
      schema,
      rows,
      warnings: warnings.all(ofLayer),
      report: layerReport(layer, plan, survey, expected, statistics),
      rejects: rejects.first,
      rejected: rejects.count,
      ...(fingerprints === null ? {} : { fingerprints }),
    };
  };
  return { run, abandon };
}

const isSamePlan = (a: Plan, b: Plan): boolean =>
  JSON.stringify([a.schema, a.columns]) === JSON.stringify([b.schema, b.columns]);

/** What a reject for a geometry names as its column: the source's, or the table's where the source has none. */
function geometryColumn({ schema }: Plan): string {
  return schema.geometry.kind === 'column' ? schema.geometry.column : 'the_geom';
}

/** Cells beyond the last column have nowhere to go: the non-empty ones are told, and are rejects where that was asked. */
function takeExtraCells(record: CellRecord, width: number, warnings: LayerWarnings, rejects: Rejects | null): void {
  for (let cell = width; cell < record.count; cell++) {
    const start = record.starts[cell] ?? 0;
    const end = record.ends[cell] ?? 0;
    if (end <= start) continue;
    const raw = (): string => record.bytes.toString('utf8', start, end);
    warnings.add('extra_cells', record, raw, cell + 1);
    rejects?.add(record, null, raw, 'extra_cells');
  }
}

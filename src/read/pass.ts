import type { CellRecord, Layer, OnLine } from '../domain/layer.ts';
import type { TableSchema } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import type { ReadOptions } from '../formats/format.ts';
import { inferSchema, type Plan } from '../infer/infer-schema.ts';
import type { Observations } from '../infer/observations.ts';
import { checkWishes } from './check-wishes.ts';
import { columnWarnings } from './column-warnings.ts';
import { type EarlierPass, writeEarlier } from './earlier-pass.ts';
import { createGeometryFields } from './encode-geometry.ts';
import { layerReport } from './layer-report.ts';
import { isSwapped, type LayerSystem, missingSystem } from './layer-system.ts';
import { LayerWarnings } from './layer-warnings.ts';
import type { MakeNulls } from './null-texts.ts';
import { OutBuffer } from './out-buffer.ts';
import type { LayerResult } from './reader-session.ts';
import { Rejects } from './rejects.ts';
import { type Expected, RowEncoder } from './row-encoder.ts';
import type { Filters, RowFilter } from './row-filter.ts';
import { Statistics } from './statistics.ts';
import type { Survey } from './survey.ts';
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

/** A pass that relies on an earlier one has met what that has not: all rows must be looked at. */
export class Unforeseen extends Error {
  override readonly name = 'Unforeseen';
}

/** PostgreSQL holds 1600 columns in a row; the table has three of its own, one is spared. */
const MAX_COLUMNS = 1596;

/** The plan that what was seen makes. Throws tooManyColumns. */
export function planOf(survey: Survey): Plan {
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

/** Throws tooManyRows. */
export function checkRows(record: CellRecord, options: ReadOptions): void {
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

/** Warnings of a layer about what is no row of it: every pass tells them. */
const toldAgain: ReadonlySet<string> = new Set(['skipped_lines', 'footer_lines', 'comment_lines']);

/** What is told where the reference system was only assumed. */
const assumption = (system: LayerSystem, ordinates: Float64Array): Readonly<Record<string, unknown>> =>
  system.isAssumed && ordinates.some((count) => count > 0) ? { assumed_srid: 4326 } : {};

function geometryWarnings({
  flattened,
  linearised,
  closedRings,
  outside,
}: GeometryEncoder): Readonly<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  if (flattened > 0) all.dropped_dimensions = { count: flattened };
  if (linearised > 0) all.linearised_curves = { count: linearised };
  if (closedRings > 0) all.closed_rings = { count: closedRings };
  if (isSwapped(outside)) all.swapped_axes = { count: outside.swappable };
  return all;
}

/** One look at all records of a layer, or at those that are others than before. */
export interface Pass {
  /** Encodes all records. null: the plan does not hold; the survey then knows all values. */
  run(plan: Plan, expected: Expected, survey: Survey): Promise<LayerResult | null>;
  /** Voids the pass, once. */
  abandon(): void;
}

/** What passes over a layer are made of. */
export interface PassContext {
  readonly layer: Layer;
  readonly options: ReadOptions;
  readonly sink: PassSink;
  readonly system: LayerSystem;
  readonly makeNulls: MakeNulls | null;
  readonly filters: Filters;
}

/** A pass over all rows; with `others` over those alone that are not known, which ends with Unforeseen where it cannot. */
export function createPass(
  { layer, options, sink, system, makeNulls, filters }: PassContext,
  others: { readonly filter: RowFilter; readonly earlier: EarlierPass } | null = null,
): Pass {
  const earlier = others?.earlier ?? null;
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
    const filter = others?.filter ?? filters.ofAll(plan, layer, options);
    let rows = 0;
    let leftOut = 0;
    let pending = 0;
    const flush = (): void => {
      if (pending > 0) sink.rows(out.written(), pending);
      out.length = 0;
      pending = 0;
    };
    const giveUp = (): void => {
      if (earlier !== null) throw new Unforeseen();
      abandon();
      survey.leaveOut({ kind: 'none' });
    };
    const onLine: OnLine = (bytes, from, to, row) => {
      if (filter?.takeLine(bytes, from, to, row) !== true) return false;
      rows++;
      leftOut++;
      return true;
    };
    survey.leaveOut(plan.source);
    sink.begin(plan.schema);

    const onRecord = (record: CellRecord): void => {
      checkRows(record, options);
      rows++;
      makeNulls?.(record);
      if (isAbandoned) {
        survey.observe(record);
        return;
      }
      if (record.count > width) {
        if (layer.columns.length > width) {
          giveUp();
          survey.observe(record);
          return;
        }
        takeExtraCells(record, width, warnings, options.extraCells === 'reject' ? rejects : null);
      }
      survey.countSpatial(record);
      const from = out.length;
      const fits = encoder.encode(record);
      if (geometry.outside.geometries === MAX_OUTSIDE) checkSystem(layer, system, geometry);
      if (!fits || geometry.misfits > 0) {
        giveUp();
        survey.observations.observe(record, width);
        return;
      }
      if (filter !== null && !filter.take(out, from, record.row)) {
        out.length = from;
        return;
      }
      pending++;
      if (out.length >= FLUSH_BYTES) flush();
    };
    await (filter?.isOfLines === true ? layer.read(onRecord, onLine) : layer.read(onRecord));
    checkSystem(layer, system, geometry);
    if (isAbandoned) return null;
    if (earlier !== null) {
      const isOther = Object.keys(geometryWarnings(geometry)).length > 0;
      if (isOther || !isWithin(observations, earlier)) throw new Unforeseen();
    } else if (!isSamePlan(planOf(survey), plan)) {
      abandon();
      return null;
    }
    checkWishes(survey, layer);
    rejects.check(options.maxRejects, rows);
    flush();
    const fingerprints = filter?.end() ?? null;
    const ofRows = warnings.all({
      ...layer.warnings?.(),
      ...geometryWarnings(geometry),
      ...(rejects.count === 0 ? {} : { rejects: { count: rejects.count } }),
    });
    const told = earlier?.told ?? {
      ...assumption(system, survey.ordinates),
      ...plan.notes,
      ...columnWarnings(plan, survey),
    };
    const report =
      earlier === null
        ? layerReport(layer, plan, survey, expected, statistics)
        : { source: { ...layer.report?.(), rows_as_before: leftOut }, columns: earlier.columns };
    const isClean = Object.keys(ofRows).every((key) => toldAgain.has(key));
    const reading =
      filter?.isOfLines === true && isClean
        ? writeEarlier({
            plan,
            masks: Array.from(observations.masks.subarray(0, width)),
            forms: Array.from(observations.forms.subarray(0, width)),
            told,
            columns: report.columns,
            age: earlier === null ? 0 : earlier.age + 1,
          })
        : null;
    return {
      schema,
      rows,
      warnings: { ...ofRows, ...told },
      report,
      rejects: rejects.first,
      rejected: rejects.count,
      ...(fingerprints === null ? {} : { fingerprints: { ...fingerprints, reading } }),
    };
  };
  return { run, abandon };
}

/** Whether nothing was seen that an earlier pass has not seen. */
const isWithin = ({ masks, forms }: Observations, earlier: EarlierPass): boolean =>
  earlier.masks.every((mask, column) => masks[column] === mask && forms[column] === earlier.forms[column]);

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

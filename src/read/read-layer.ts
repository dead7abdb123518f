import { type CellRecord, type Layer, LayerMisread } from '../domain/layer.ts';
import type { ReadOptions } from '../formats/format.ts';
import { checkPatterns, checkWishes } from './check-wishes.ts';
import type { EarlierPass } from './earlier-pass.ts';
import { layerSystem } from './layer-system.ts';
import { nullTexts } from './null-texts.ts';
import { checkRows, createPass, type PassContext, type PassSink, planOf, Unforeseen } from './pass.ts';
import type { LayerResult } from './reader-session.ts';
import { type Filters, noFilters, type RowFilter } from './row-filter.ts';
import { Survey } from './survey.ts';

/**
 * Reads a layer into tuples. The sample foresees the schema, and the encoder checks every value against it; if one
 * does not fit, or the schema turns out wider than the values need, the pass is abandoned, the rest is only looked at,
 * and one more pass runs with the schema that holds for all values. With filters, rows that are known count as all
 * others, but do not come out; where an earlier pass may be relied on they are not looked at either. Throws ImportError.
 */
export async function readLayer(
  layer: Layer,
  options: ReadOptions,
  sink: PassSink,
  filters: Filters = noFilters,
): Promise<LayerResult> {
  const system = layerSystem(layer, options.sourceSrid);
  let survey = new Survey(layer, options, system);
  const hasOwnNulls = options.columns.some(({ nullValues }) => nullValues !== undefined);
  const makeNulls = nullTexts(options.nullValues, () => survey.wishes(), hasOwnNulls);
  const context = { layer, options, sink, system, makeNulls, filters };
  const others = filters.ofOthers(layer, options);
  if (others !== null) {
    const result = await readOthers(context, survey, others);
    if (result !== null) return result;
  }
  await layer.settle?.();
  if (others !== null || layer.settle !== undefined) survey = new Survey(layer, options, system);
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

  const pass = createPass(context);
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

  const result = await createPass(context).run(planOf(survey), survey.observations, survey);
  if (result === null) throw new Error('a value does not fit the schema that was made from all values');
  return result;
}

/** Reads only the rows that are not known, as an earlier pass read the others; null: it cannot be relied on. */
async function readOthers(
  context: PassContext,
  survey: Survey,
  others: { readonly filter: RowFilter; readonly earlier: EarlierPass },
): Promise<LayerResult | null> {
  const { earlier } = others;
  survey.observations.assume(earlier.masks, earlier.forms);
  const pass = createPass(context, others);
  try {
    return await pass.run(earlier.plan, earlier, survey);
  } catch (error) {
    if (!(error instanceof Unforeseen || error instanceof LayerMisread)) throw error;
    pass.abandon();
    return null;
  }
}

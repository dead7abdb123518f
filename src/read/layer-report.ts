import type { Layer } from '../domain/layer.ts';
import type { ColumnReport, LayerReport } from '../domain/report.ts';
import { counterExample, reasonFor } from '../infer/evidence.ts';
import type { Plan } from '../infer/infer-schema.ts';
import type { Expected } from './row-encoder.ts';
import type { Statistics } from './statistics.ts';
import type { Survey } from './survey.ts';

/** What was found out about a layer that was read by a plan which held, and why. */
export function layerReport(
  layer: Layer,
  plan: Plan,
  survey: Survey,
  expected: Expected,
  statistics: Statistics,
): LayerReport {
  const { observations } = survey;
  const columns = plan.schema.columns.map(({ name, source, type }, i): ColumnReport => {
    const position = plan.positions[i] ?? 0;
    const reading = plan.columns[i]?.reading ?? null;
    const evidence = {
      mask: observations.masks[position] ?? 0,
      forms: observations.forms[position] ?? 0,
      sampleMask: expected.masks[position] ?? 0,
      sampleForms: expected.forms[position] ?? 0,
      declared: observations.declared(position),
      firsts: observations.firsts(position),
      plan: plan.columns[i] ?? null,
      rules: observations.guessing,
      values: statistics.rows - (statistics.nulls[i] ?? 0),
    };
    return {
      name,
      source,
      type,
      reason: reasonFor(type, evidence),
      counterExample: counterExample(type, evidence),
      nulls: statistics.nulls[i] ?? 0,
      distinct: statistics.distinct(i),
      ...statistics.range(i),
      ...(reading?.kind === 'time' && type !== 'time' ? { dateOrder: reading.order } : {}),
    };
  });
  return { source: layer.report?.() ?? {}, columns };
}

import type { Layer } from '../domain/layer.ts';
import type { ColumnReport, LayerReport } from '../domain/report.ts';
import type { Plan } from '../infer/infer-schema.ts';

/** What was found out about a layer that was read by a plan which held. */
export function layerReport(layer: Layer, { schema }: Plan): LayerReport {
  const columns = schema.columns.map(
    ({ name, source, type }): ColumnReport => ({
      name,
      source,
      type,
      reason: `All values are of type ${type}.`,
      counterExample: null,
      nulls: 0,
      distinct: 0,
      min: null,
      max: null,
    }),
  );
  return { source: layer.report?.() ?? {}, columns };
}

import type { LayerAnalysis } from '../domain/analysis.ts';
import type { Warnings } from '../domain/import.ts';
import type { AnalysisRecord } from '../store/analyses.ts';
import { presentError } from './present.ts';
import { encodingOf, geometryColumns, presentColumn } from './present-report.ts';
import { writeRecipe } from './write-recipe.ts';

/** An analysis as the wire has it; while it has not ended, its id and state alone. */
export function presentAnalysis(record: AnalysisRecord): Readonly<Record<string, unknown>> {
  const { id, state, error, result } = record;
  if (error !== null) {
    return { success: false, analysis_id: id, state, error_code: error.code, get_error_text: presentError(error) };
  }
  if (result === null) return { success: true, analysis_id: id, state };
  const skipped: Warnings = result.failed.length === 0 ? {} : { failed_files: result.failed.map(presentFailed) };
  return {
    success: true,
    analysis_id: id,
    state,
    display_name: record.displayName,
    layers: result.layers.map(presentLayer),
    warnings: { ...result.warnings, ...skipped },
    recipe: writeRecipe(record.options, result.layers),
  };
}

const presentFailed = ({ name, code, text }: { name: string; code: number; text: string }) => ({
  name,
  error_code: code,
  text,
});

function presentLayer(layer: LayerAnalysis): Readonly<Record<string, unknown>> {
  const { schema, shapes, source } = layer;
  const kind = schema.geometry.kind;
  return {
    name: layer.name,
    file: layer.file,
    format: layer.format,
    rows: layer.rows,
    source,
    encoding: encodingOf(source),
    srid: schema.srid,
    crs_wkt: schema.crsWkt ?? null,
    geometry:
      kind === 'none'
        ? null
        : {
            type: shapes.types.length > 1 ? 'GEOMETRY' : (shapes.types[0] ?? null),
            types: shapes.types,
            source: kind,
            columns: geometryColumns(schema, layer.columns),
            count: shapes.count,
            extent: shapes.extent,
          },
    columns: layer.columns.map(presentColumn),
    sample: layer.sample,
    rejects: { total_entries: layer.rejected, rejects: layer.rejects },
    warnings: layer.warnings,
  };
}

import { entryOf } from '../domain/catalogue-entry.ts';
import type { Import, ImportFailure, ImportRequest } from '../domain/import.ts';
import { isFinal } from '../domain/import-state.ts';
import { tableName } from '../domain/naming.ts';
import { explainStatus } from './explain-status.ts';
import type { ImportStatus } from './wire.ts';

/** A moment as the published pages write it: `2016-02-01T12:45:07+00:00`. */
export const presentTime = (date: Date): string => `${date.toISOString().slice(0, 19)}+00:00`;

const dataTypes = {
  upload: 'file',
  url: 'url',
  nothing: 'datasource',
  connector: 'datasource',
  arcgis: 'datasource',
  drive: 'datasource',
  parked: 'file',
  query: 'query',
  library: 'external_table',
} as const satisfies Record<ImportRequest['kind'], ImportStatus['data_type']>;

/** A failure as the wire tells it; null where there is none. */
export function presentError(failure: ImportFailure | null): ImportStatus['get_error_text'] {
  if (failure === null) return null;
  const entry = entryOf(failure.code);
  return {
    title: entry.title,
    what_about: failure.text === '' ? entry.text : failure.text,
    source: entry.source,
  };
}

/** One import as `GET /api/v1/imports/:id` answers it, keys in the contract's order (1.5), ours at the end. */
export function presentImport(item: Import): ImportStatus {
  const isComplete = item.state === 'complete';
  const isQuery = item.request.kind === 'query';
  // A query that was skipped shows the name that it asked for (wire contract 2.3).
  const skippedName =
    item.request.kind === 'query' && isComplete && item.tables?.length === 0 ? item.request.name : null;
  const isWaitingQuery = isQuery && (item.state === 'enqueued' || item.state === 'pending');
  const holdsRaster = item.tables?.some(({ isRaster }) => isRaster === true) ?? false;
  return {
    id: item.id,
    user_id: item.accountId,
    table_id: item.tableId,
    data_type: isWaitingQuery ? 'datasource' : dataTypes[item.request.kind],
    table_name: item.tableName ?? (skippedName === null ? null : tableName(skippedName)),
    state: item.state,
    error_code: item.error?.code ?? null,
    queue_id: item.id,
    // A result of a query counts none (wire contract 2.3).
    tables_created_count: isQuery && item.tablesCreatedCount !== null ? 0 : item.tablesCreatedCount,
    synchronization_id: item.synchronizationId,
    type_guessing: item.options.typeGuessing,
    quoted_fields_guessing: item.options.quotedFieldsGuessing,
    content_guessing: item.options.contentGuessing,
    create_visualization: item.options.createVisualization,
    visualization_id: item.visualizationId ?? null,
    user_defined_limits: item.userDefinedLimits,
    get_error_text: presentError(item.error),
    display_name: item.displayName === '' ? item.id : item.displayName,
    ...(isFinal(item.state) ? { success: isComplete } : {}),
    original_url: item.originalUrl,
    warnings: item.warnings,
    is_raster: holdsRaster,
    ...(item.httpResponseCode === null
      ? {}
      : {
          http_response_code: String(item.httpResponseCode),
          http_response_code_message: explainStatus(item.httpResponseCode),
        }),
    ...(isComplete ? { any_table_raster: holdsRaster, derived_visualization_id: item.visualizationId ?? null } : {}),
    tables:
      item.tables?.map(({ name, id, rows, geometryType, layer, warnings, changes }) => ({
        name,
        id,
        rows,
        geometry_type: geometryType,
        layer,
        warnings,
        changes: changes ?? null,
      })) ?? null,
    progress: { rows: item.progress.rows, bytes: item.progress.bytes },
    created_at: presentTime(item.createdAt),
    updated_at: presentTime(item.updatedAt),
  };
}

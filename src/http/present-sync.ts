import type { Synchronization } from '../domain/sync.ts';
import { presentTime } from './present.ts';
import type { SyncAccepted, SyncView } from './sync-wire.ts';

/** A date of HTTP as the published pages write moments; null where it is none. */
function presentHttpDate(text: string | null): string | null {
  const date = new Date(text ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : presentTime(date);
}

/** One synchronization as `GET` answers it, keys in the contract's order (1.8), ours at the end. */
export function presentSync(sync: Synchronization): SyncView {
  return {
    id: sync.id,
    name: sync.name,
    interval: sync.interval,
    url: sync.url,
    state: sync.state,
    created_at: presentTime(sync.createdAt),
    updated_at: presentTime(sync.updatedAt),
    run_at: presentTime(sync.runAt),
    retried_times: sync.retriedTimes,
    log_id: sync.importId,
    error_code: sync.error?.code ?? null,
    error_message: sync.error?.text ?? null,
    ran_at: presentTime(sync.ranAt),
    modified_at: presentHttpDate(sync.validators?.lastModified ?? null),
    etag: sync.validators?.etag?.replaceAll('"', '') ?? null,
    checksum: sync.validators?.sha256 ?? '',
    user_id: sync.accountId,
    service_name: sync.serviceName,
    service_item_id: sync.serviceItemId,
    type_guessing: sync.options.typeGuessing,
    quoted_fields_guessing: sync.options.quotedFieldsGuessing,
    content_guessing: sync.options.contentGuessing,
    visualization_id: sync.visualizationId,
    from_external_source: sync.fromExternalSource,
    schema_policy: sync.schemaPolicy,
    mode: sync.mode,
    key: [...sync.key],
  };
}

/** The answer to a POST: the same in the contract's other order (1.7), with its first import nested and flat. */
export function presentNewSync(sync: Synchronization): SyncAccepted {
  const shown = presentSync(sync);
  const firstImport = { endpoint: '/api/v1/imports', item_queue_id: sync.importId };
  return {
    data_import: firstImport,
    id: shown.id,
    name: shown.name,
    interval: shown.interval,
    url: shown.url,
    state: shown.state,
    user_id: shown.user_id,
    created_at: shown.created_at,
    updated_at: shown.updated_at,
    run_at: shown.run_at,
    ran_at: shown.ran_at,
    modified_at: shown.modified_at,
    etag: shown.etag,
    checksum: shown.checksum,
    log_id: shown.log_id,
    error_code: shown.error_code,
    error_message: shown.error_message,
    retried_times: shown.retried_times,
    service_name: shown.service_name,
    service_item_id: shown.service_item_id,
    type_guessing: shown.type_guessing,
    quoted_fields_guessing: shown.quoted_fields_guessing,
    content_guessing: shown.content_guessing,
    visualization_id: shown.visualization_id,
    from_external_source: shown.from_external_source,
    schema_policy: shown.schema_policy,
    mode: shown.mode,
    key: shown.key,
    ...firstImport,
  };
}

-- Synchronizations: requests that are run again and again, and the tables that follow them.
create table landfall.synchronizations (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references landfall.accounts on delete cascade,
  -- what was asked for as table_name, then the name of the (last) table when the last run ended
  name text,
  interval_seconds integer not null check (interval_seconds > 0),
  request jsonb not null,
  options jsonb not null,
  schema_policy text not null default 'evolve' check (schema_policy in ('evolve', 'freeze', 'discard_columns')),
  mode text not null default 'replace'
    check (mode in ('replace', 'append', 'upsert', 'update', 'insert_new', 'soft_delete')),
  key_columns jsonb not null default '[]',
  -- what the wire shows of the request
  url text not null default '',
  service_name text,
  service_item_id text,
  from_external_source boolean not null default false,
  -- what the imports of its runs show
  original_url text not null default '',
  display_name text not null,
  state text not null default 'created' check (state in ('created', 'queued', 'syncing', 'success', 'failure')),
  -- the import of the run that is under way, or of the last one: its end alone ends the run
  import_id uuid not null,
  -- runs begun, the first import among them
  runs integer not null default 1,
  run_at timestamptz not null,
  ran_at timestamptz not null,
  retried_times integer not null default 0,
  error_code integer,
  error_message text,
  -- what the last published run was made of: {etag, lastModified, sha256}; written in the transaction that publishes
  validators jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index on landfall.synchronizations (account_id);
create index on landfall.synchronizations (run_at) where state in ('success', 'failure');
create index on landfall.synchronizations (import_id) where state in ('created', 'queued', 'syncing');

-- Which table holds which layer of the source: by id, so that renaming a table does not lose it.
create table landfall.sync_tables (
  synchronization_id uuid not null references landfall.synchronizations on delete cascade,
  layer text not null,
  table_id uuid not null references landfall.tables on delete cascade,
  primary key (synchronization_id, layer)
);
create index on landfall.sync_tables (table_id);

-- Deleting a dataset ends the synchronization that has no other table (wire contract 8.9).
create function landfall.end_synchronization() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  delete from landfall.synchronizations s
  where s.id = old.synchronization_id
    and not exists (select from landfall.sync_tables t where t.synchronization_id = s.id);
  return null;
end $$;
create trigger end_synchronization after delete on landfall.sync_tables
  for each row execute function landfall.end_synchronization();

create table landfall.sync_runs (
  -- the id of the run's import
  id uuid primary key,
  synchronization_id uuid not null references landfall.synchronizations on delete cascade,
  started_at timestamptz not null,
  ended_at timestamptz,
  -- null while it runs; unchanged: the source was the same, nothing was written
  outcome text check (outcome in ('changed', 'unchanged', 'failure')),
  trigger text not null check (trigger in ('first', 'schedule', 'forced', 'rollback')),
  -- downloaded
  bytes bigint not null default 0,
  -- a list of {id, name, layer, inserted, updated, deleted, unchanged, drift}
  tables jsonb not null default '[]',
  warnings jsonb,
  error_code integer,
  error_message text
);
create index on landfall.sync_runs (synchronization_id, started_at desc);

alter table landfall.imports add column synchronization_id uuid;

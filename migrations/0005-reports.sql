-- What the request is for: a table, or only what is to be known of the files.
alter table landfall.imports add column purpose text not null default 'import' check (purpose in ('import', 'analysis'));

-- What was found out about each layer of an import, and why. Rows of an attempt that is not the import's count nothing.
create table landfall.layer_reports (
  import_id uuid not null references landfall.imports on delete cascade,
  attempt integer not null,
  -- position among the layers of the import
  layer integer not null,
  name text not null,
  file text,
  -- set by the transaction that publishes
  table_name text,
  table_id uuid,
  -- whether cartodb_id is the number of the record
  ids_are_rows boolean not null default false,
  -- null where the layer was given up
  report jsonb,
  rejected bigint not null,
  primary key (import_id, attempt, layer)
);

-- The first rejects of each layer.
create table landfall.rejects (
  import_id uuid not null,
  attempt integer not null,
  layer integer not null,
  n integer not null,
  row_number bigint not null,
  byte_offset bigint,
  -- null: the whole row
  column_name text,
  raw text not null,
  rule text not null,
  primary key (import_id, attempt, layer, n),
  foreign key (import_id, attempt, layer) references landfall.layer_reports on delete cascade
);

-- What an analysis came to.
create table landfall.analyses (
  import_id uuid primary key references landfall.imports on delete cascade,
  result jsonb not null
);

-- Whether a text can be cast to a type, as pg_input_is_valid (16 and later) tells.
create function landfall.is_input(value text, type text) returns boolean
language plpgsql stable set search_path = pg_catalog, public as $$
begin
  execute format('select %L::%s', value, type);
  return true;
exception when others then
  return false;
end $$;

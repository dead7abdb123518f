-- Our own tables. No account role can read this schema.
create schema if not exists landfall;
revoke all on schema landfall from public;

-- Tables being loaded; names are landfall_staging.i<import id without dashes>_<attempt>_<n>.
create schema landfall_staging;
revoke all on schema landfall_staging from public;

-- What the installation made for itself once: the secret from which the passwords of the account roles are derived.
create table landfall.settings (
  name text primary key,
  value text not null
);
insert into landfall.settings values
  ('role_secret', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));

create table landfall.accounts (
  id uuid primary key default gen_random_uuid(),
  -- also the name of the account's schema
  name text not null unique,
  max_file_bytes bigint,
  max_rows bigint,
  max_tables integer,
  max_storage_bytes bigint,
  concurrent_imports integer,
  created_at timestamptz not null default now()
);

create table landfall.api_keys (
  -- SHA-256 of the key; the key itself is never stored
  hash bytea primary key,
  account_id uuid not null references landfall.accounts on delete cascade,
  created_at timestamptz not null default now()
);
create index on landfall.api_keys (account_id);

-- Published tables.
create table landfall.tables (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references landfall.accounts on delete cascade,
  name text not null,
  privacy text not null check (privacy in ('public', 'private', 'link')),
  is_raster boolean not null default false,
  row_count bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (account_id, name)
);

create table landfall.imports (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references landfall.accounts on delete cascade,
  request jsonb not null,
  options jsonb not null,
  state text not null check (state in
    ('enqueued', 'pending', 'uploading', 'unpacking', 'importing', 'guessing', 'complete', 'failure')),
  -- rises each time a worker takes the job; everything a worker writes names its attempt
  attempt integer not null default 0,
  table_id uuid,
  table_name text,
  tables_created_count integer,
  error_code integer,
  error_text text,
  warnings jsonb,
  user_defined_limits text not null default '{"twitter_credits_limit":0}',
  original_url text not null default '',
  display_name text not null,
  http_response_code integer,
  progress_rows bigint not null default 0,
  progress_bytes bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on landfall.imports (account_id, created_at desc) where state not in ('complete', 'failure');

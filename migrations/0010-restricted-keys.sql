-- Keys that read some tables alone. The key of the account is its master key.
alter table landfall.api_keys
  add column id uuid not null default gen_random_uuid() unique,
  add column name text not null default 'Master',
  add column kind text not null default 'master' check (kind in ('master', 'regular')),
  add column updated_at timestamptz not null default now();
create unique index on landfall.api_keys (account_id, name) where kind = 'regular';

-- The tables that such a key reads beside the public ones. By id: a table that is renamed or made anew keeps its keys.
create table landfall.key_grants (
  key_id uuid not null references landfall.api_keys (id) on delete cascade,
  table_id uuid not null references landfall.tables on delete cascade,
  primary key (key_id, table_id)
);
create index on landfall.key_grants (table_id);

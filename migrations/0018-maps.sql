-- Maps: tables of an account as layers, each with its paint.
create table landfall.maps (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references landfall.accounts on delete cascade,
  name text not null,
  description text not null default '',
  tags text[] not null default '{}',
  privacy text not null check (privacy in ('public', 'private', 'link')),
  has_legend boolean not null default true,
  -- [longitude, latitude], a zoom level and [west, south, east, north], where the owner has set them
  center jsonb,
  zoom float8,
  bounds jsonb,
  -- whoever holds it may read the map while its privacy is link; 122 random bits
  link_token text not null default replace(gen_random_uuid()::text, '-', '') unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on landfall.maps (account_id, updated_at desc);
-- As with tables: a link that was given out ends with the privacy, for good.
create trigger renew_link_token before update of privacy on landfall.maps
  for each row when (old.privacy is distinct from new.privacy) execute function landfall.renew_link_token();

-- A layer goes with its table, and follows it under another name.
create table landfall.map_layers (
  map_id uuid not null references landfall.maps on delete cascade,
  id text not null,
  position integer not null,
  table_id uuid not null references landfall.tables on delete cascade,
  title text not null,
  is_visible boolean not null,
  paint jsonb not null,
  -- names of columns; null: no popup
  popup jsonb,
  primary key (map_id, id)
);
create index on landfall.map_layers (table_id);

-- The map that an import made.
alter table landfall.imports add column visualization_id uuid;
-- Maps that an account may have; null: as many as it likes.
alter table landfall.accounts add column max_maps integer;

-- Maps written into files, which are kept for a day.
create table landfall.map_exports (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references landfall.accounts on delete cascade,
  map_id uuid not null,
  state text not null default 'pending' check (state in ('pending', 'exporting', 'uploading', 'complete', 'failure')),
  file_name text not null,
  error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on landfall.map_exports (created_at);

-- Connections to other databases and stores, kept under a name so that imports need not repeat their secrets.
create table landfall.connections (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references landfall.accounts on delete cascade,
  name text not null,
  provider text not null,
  -- what may be shown
  parameters jsonb not null,
  -- all parameters as JSON, sealed with the secret of the installation, for this row
  sealed text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (account_id, name)
);

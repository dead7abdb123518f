-- Who is told how runs of synchronizations end.
create table landfall.webhooks (
  id uuid primary key,
  account_id uuid not null references landfall.accounts on delete cascade,
  -- null: runs of all synchronizations of the account
  synchronization_id uuid references landfall.synchronizations on delete cascade,
  -- without user and password
  url text not null,
  -- a list of success, failure, recovered, drift
  events jsonb not null,
  is_active boolean not null default true,
  -- {url, secret} as JSON, sealed with the secret of the installation, for this row
  sealed text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index on landfall.webhooks (account_id);
create index on landfall.webhooks (synchronization_id);

-- What is to be told and what was: a row is written in the transaction that ends the run, and is the job that sends it.
create table landfall.webhook_deliveries (
  id uuid primary key,
  webhook_id uuid not null references landfall.webhooks on delete cascade,
  event text not null,
  -- as it is sent
  body text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  -- when it is tried next; whoever takes it moves this to where others may think it lost
  due_at timestamptz not null,
  -- of the last attempt
  response_code integer,
  error text,
  created_at timestamptz not null,
  ended_at timestamptz
);
create index on landfall.webhook_deliveries (due_at) where state = 'pending';
create index on landfall.webhook_deliveries (ended_at) where state <> 'pending';
create index on landfall.webhook_deliveries (webhook_id, created_at desc);

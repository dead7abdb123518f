-- Statements that run in the background (batch queries). The rows are the queue: a worker takes one and gives signs of
-- life; of each account one runs at a time.
create table landfall.jobs (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references landfall.accounts on delete cascade,
  status text not null default 'pending'
    check (status in ('pending', 'running', 'done', 'failed', 'cancelled', 'unknown')),
  -- whether it was sent as a list, and is shown as one
  is_list boolean not null,
  -- a list of {query, status, failedReason?, importId?}
  statements jsonb not null,
  attempt integer not null default 0,
  -- the running statement has written and is about to commit: from here on it is neither cancelled nor begun again
  is_committing boolean not null default false,
  -- the last sign of life of the worker that runs it
  alive_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index jobs_running on landfall.jobs (account_id) where status = 'running';
create index on landfall.jobs (created_at) where status = 'pending';
create index on landfall.jobs (account_id, created_at desc);

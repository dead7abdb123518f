-- What each run of a synchronization did to the rows of a table. No account role can read this schema.
create table landfall.refreshes (
  number bigint generated always as identity primary key,
  table_id uuid not null references landfall.tables on delete cascade,
  run_id uuid not null,
  -- what the images of the rows hold, in this order
  columns text[] not null,
  -- those among them that come from the source
  imported text[] not null,
  -- whether its rows are (still) kept: a table can be taken back as far as all later runs are
  is_kept boolean not null,
  bytes bigint not null default 0,
  made_at timestamptz not null default clock_timestamp(),
  unique (table_id, run_id)
);

create table landfall.row_changes (
  refresh bigint not null references landfall.refreshes on delete cascade,
  number bigint generated always as identity,
  kind text not null check (kind in ('insert', 'update', 'delete')),
  cartodb_id bigint not null,
  -- each value as PostgreSQL writes it: exact for every type, and independent of what the column becomes later
  before text[],
  after text[],
  primary key (refresh, number)
);

-- Recipes that an account keeps: how files are read, under a name.
create table landfall.recipes (
  account_id uuid not null references landfall.accounts on delete cascade,
  name text not null,
  recipe jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, name)
);

-- Tables that an account may open to everybody; 0: none, null: as many as it likes.
alter table landfall.accounts add column max_public_tables integer check (max_public_tables >= 0);

-- Whose an upload is, which the sweep asks for each that waits.
create index imports_upload_key on landfall.imports
  ((coalesce(request ->> 'key', reverse(split_part(reverse(request #>> '{file,path}'), '/', 2)))))
  where request ->> 'kind' = 'upload';

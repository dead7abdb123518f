-- A published table as its owner presents it: the visualization of the table, with an id of its own (wire contract 1.13).
alter table landfall.tables
  add column visualization_id uuid not null default gen_random_uuid() unique,
  add column display_name text,
  add column description text not null default '',
  add column tags text[] not null default '{}',
  add column license text not null default '',
  add column source text not null default '',
  add column attributions text not null default '',
  add column is_locked boolean not null default false,
  -- whoever holds it may read the table while its privacy is link; 122 random bits
  add column link_token text not null default replace(gen_random_uuid()::text, '-', '') unique;

-- A link that was given out ends when the table stops being shared by link, for good.
create function landfall.renew_link_token() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  new.link_token := replace(gen_random_uuid()::text, '-', '');
  return new;
end $$;
create trigger renew_link_token before update of privacy on landfall.tables
  for each row when (old.privacy is distinct from new.privacy) execute function landfall.renew_link_token();

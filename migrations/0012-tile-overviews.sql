-- Thinned copies of geometry, from which tiles with too many features are drawn; none but the service reads them.
create schema landfall_tiles;
revoke all on schema landfall_tiles from public;

create table landfall.tile_overviews (
  table_id uuid primary key references landfall.tables on delete cascade,
  -- the table in landfall_tiles
  name text not null unique,
  -- of the table, when the overview was begun
  version text not null,
  is_complete boolean not null default false,
  -- whoever makes it says so until then; after it another may begin anew
  lease_until timestamptz not null
);

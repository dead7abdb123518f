-- What is known of a raster table: zoom, bands, overviews ({factor, name} of tables in the account's schema); null for
-- tables of rows.
alter table landfall.tables add column raster jsonb;

-- How the columns of a layer differed from those of its table when the last run wrote it, so that a run can report what
-- is new in that: {added, removed, retyped}; null: nothing was compared yet.
alter table landfall.sync_tables add column drift jsonb;

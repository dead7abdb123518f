-- What the rows of a table that follows a source are, as short hashes: a run compares its source with them instead of with
-- the table. Unlogged, because they can be made again: after a crash they are gone, and the next run compares everything.
create unlogged table landfall.fingerprints (
  table_id uuid primary key references landfall.tables on delete cascade,
  synchronization_id uuid not null references landfall.synchronizations on delete cascade,
  -- another one whenever the hashes are others
  version uuid not null default gen_random_uuid(),
  -- the key of the hashes, in hexadecimal digits
  key text not null,
  -- what the reader's tuples were of
  shape text not null,
  -- what the table was, and a sum over the ids and versions of its rows: any write changes it
  bound text not null,
  row_count bigint not null,
  trace numeric not null,
  -- rows written into the table as the server counts them: a hint only, the trace is what counts
  writes bigint not null
);
create index on landfall.fingerprints (synchronization_id);

create unlogged table landfall.fingerprint_chunks (
  table_id uuid not null references landfall.fingerprints on delete cascade,
  number integer not null,
  -- entries of 20 bytes: the hash and the cartodb_id, little-endian, by cartodb_id
  entries bytea not null,
  -- of what a run changed: the ids, 4 bytes each, that chunks of lower numbers have no entries of any more; null: all rows
  -- of these ids
  gone bytea,
  primary key (table_id, number)
);
-- Hashes cannot be compressed.
alter table landfall.fingerprint_chunks alter entries set storage external, alter gone set storage external;

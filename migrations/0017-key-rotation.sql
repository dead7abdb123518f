-- A master key that was rotated may go on for a while beside the new one.
alter table landfall.api_keys add column expires_at timestamptz;

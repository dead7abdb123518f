-- An import that was asked to guess at places says so while it fills them in.
alter table landfall.imports drop constraint imports_state_check;
alter table landfall.imports add constraint imports_state_check check (state in
  ('enqueued', 'pending', 'uploading', 'unpacking', 'importing', 'guessing', 'geocoding', 'complete', 'failure'));

-- The imports that a table's rows came from, for its page in the web app.
create index on landfall.layer_reports (table_id);
-- The last imports of an account, which streams of events look at again and again.
create index on landfall.imports (account_id, created_at desc) where purpose = 'import' and synchronization_id is null;

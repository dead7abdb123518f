-- What the reader noted of the rows of a table, so that it need not look again at those that are as they were.
alter table landfall.fingerprints add column reading text;

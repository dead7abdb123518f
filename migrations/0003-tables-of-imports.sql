-- What an import made: a list of {name, id, rows, geometry_type, layer, warnings}; null until it is complete.
alter table landfall.imports add column tables jsonb;

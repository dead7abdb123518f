-- Roles belong to a whole cluster: this name in theirs keeps two Landfall databases of one cluster apart.
insert into landfall.settings values ('installation', substr(md5(gen_random_uuid()::text), 1, 8));

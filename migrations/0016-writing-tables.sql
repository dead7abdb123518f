-- Tables that users write themselves keep the_geom_webmercator as imports do: what lies beyond the Mercator world is cut
-- at latitude 89, and NULL where nothing is left of it. Tables get the trigger with the first right to write them.
create function landfall.fill_webmercator() returns trigger language plpgsql set search_path = pg_catalog, public as $$
begin
  new.the_geom_webmercator := st_force2d(case
    when new.the_geom is null or st_isempty(new.the_geom) then null
    when st_ymin(new.the_geom) >= -89 and st_ymax(new.the_geom) <= 89 then st_transform(new.the_geom, 3857)
    else nullif(st_transform(st_intersection(st_makevalid(st_force2d(new.the_geom)),
      st_makeenvelope(-180, -89, 180, 89, 4326)), 3857), 'srid=3857;geometrycollection empty'::geometry) end);
  return new;
end $$;
revoke all on function landfall.fill_webmercator() from public;

-- What a restricted key may do with a table.
alter table landfall.key_grants add column permissions text[] not null default '{select}'
  check (permissions <@ '{select,insert,update,delete}'::text[] and cardinality(permissions) > 0);

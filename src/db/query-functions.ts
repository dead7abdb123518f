import type { Queryable } from './database.ts';
import { sql, trusted } from './sql.ts';

/** Functions of the server that read only their arguments and the session's settings, though not marked immutable. */
const STABLE = `age array_to_json array_to_string clock_timestamp concat concat_ws convert convert_from convert_to
  current_database date date_part date_trunc enum_first enum_last enum_range extract format format_type gen_random_uuid
  generate_series get_current_ts_config json_agg json_build_array json_build_object json_object_agg
  json_populate_record json_populate_recordset json_to_record json_to_recordset json_to_tsvector jsonb_agg
  jsonb_build_array jsonb_build_object jsonb_object_agg jsonb_path_exists_tz jsonb_path_match_tz
  jsonb_path_query_array_tz jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record
  jsonb_populate_recordset jsonb_to_record jsonb_to_recordset jsonb_to_tsvector length make_timestamptz money now
  numeric overlaps phraseto_tsquery plainto_tsquery pg_typeof quote_literal quote_nullable random random_normal
  row_to_json statement_timestamp time timeofday timestamp timestamptz timetz timezone to_char to_date to_json
  to_jsonb to_number to_timestamp to_tsquery to_tsvector transaction_timestamp ts_headline ts_match_tq ts_match_tt
  version websearch_to_tsquery uuidv4 uuidv7`.split(/\s+/);

/** Of PostGIS, functions that make any amount of geometry out of one call (reliability Q4), or change tables. */
export const REFUSED_POSTGIS: readonly string[] = [
  'st_generatepoints',
  'st_segmentize',
  'addgeometrycolumn',
  'dropgeometrycolumn',
  'dropgeometrytable',
  'updategeometrysrid',
  'populate_geometry_columns',
  'st_fromflatgeobuftotable',
  'st_estimatedextent',
  'st_findextent',
];

/**
 * Of postgis_raster, the functions that tell what is in a raster. All others are refused: they run expressions held in
 * text, read tables named in text, or make any amount of pixels out of one call.
 */
export const ALLOWED_RASTER: readonly string[] = `st_asbinary st_ashexwkb st_aswkb st_bandisnodata st_bandmetadata
  st_bandnodatavalue st_bandpixeltype st_convexhull st_dumpvalues st_envelope st_georeference st_geotransform
  st_hasnoband st_height st_metadata st_nearestvalue st_numbands st_pixelheight st_pixelwidth st_rastertoworldcoord
  st_rastertoworldcoordx st_rastertoworldcoordy st_rotation st_scalex st_scaley st_skewx st_skewy st_srid st_summary
  st_upperleftx st_upperlefty st_value st_width st_worldtorastercoord st_worldtorastercoordx
  st_worldtorastercoordy`.split(/\s+/);

/** Whether a function (a row of `pg_proc` called `p`) belongs to an extension. */
export const belongsTo = (extension: 'postgis' | 'postgis_raster') =>
  trusted(`exists (select from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
    where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
      and d.refclassid = 'pg_catalog.pg_extension'::regclass and e.extname = '${extension}')`);

/** The names that a query may call in this database: those that compute, in all their forms. */
export async function allowedFunctions(db: Queryable): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ name: string }>(sql`
    select proname::text as name from pg_catalog.pg_proc p
    where pronamespace in ('pg_catalog'::regnamespace, 'public'::regnamespace)
    group by proname
    having bool_and(provolatile = 'i' or pronamespace = 'pg_catalog'::regnamespace and proname = any(${STABLE})
      or pronamespace = 'public'::regnamespace and proname ~ '^st_')
      and not proname = any(${REFUSED_POSTGIS})
      and (bool_or(not ${belongsTo('postgis_raster')}) or proname = any(${ALLOWED_RASTER}))`);
  return new Set(rows.map((row) => row.name));
}

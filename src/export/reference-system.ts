import { UnsuitableResultError } from '../sql/unsuitable-result.ts';
import type { ExportContext, ReferenceSystem } from './format.ts';
import type { GeometryProfile } from './spool.ts';

/** EPSG:4326 as GDAL writes it; every other system is asked of the database. */
export const wgs84: ReferenceSystem = {
  srid: 4326,
  authority: 'EPSG',
  code: 4326,
  wkt: 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]',
};

/** The reference system of the geometry, null where it has none. Throws UnsuitableResultError for an unknown number. */
export async function systemOf(
  geometry: GeometryProfile | null,
  context: Pick<ExportContext, 'findSystem'>,
): Promise<ReferenceSystem | null> {
  if (geometry === null || geometry.srid === 0) return null;
  if (geometry.srid === wgs84.srid) return wgs84;
  const found = await context.findSystem(geometry.srid);
  if (found !== null) return found;
  throw new UnsuitableResultError(
    `the database does not know the reference system ${geometry.srid}: use ST_Transform(the_geom, 4326) as the_geom`,
  );
}

/** Throws UnsuitableResultError where the geometry is in another system than longitude and latitude. */
export function requireWgs84(geometry: GeometryProfile | null, format: string): void {
  if (geometry === null || geometry.srid === 0 || geometry.srid === wgs84.srid) return;
  throw new UnsuitableResultError(
    `the format ${format} is in EPSG:4326, not ${geometry.srid}: use ST_Transform(the_geom, 4326) as the_geom`,
  );
}

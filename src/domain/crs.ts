/** EPSG codes that mean spherical mercator besides 3857, from before it had its number. */
const mercatorCodes: ReadonlySet<number> = new Set([3857, 3785, 900913, 102100, 102113]);

/** WGS 84 with heights: GDAL writes it for every 3D layer that it reads from GeoJSON. Longitude and latitude are 4326's. */
const WGS84_3D = 4979;

/** The SRID under which PostGIS knows a code: 3857 for its forerunners, 4326 also with heights, all others as they are. */
export const canonicalSrid = (code: number): number =>
  mercatorCodes.has(code) ? 3857 : code === WGS84_3D ? 4326 : code;

/**
 * SRID of a coordinate reference system by its name: `urn:ogc:def:crs:EPSG::3857`, `EPSG:3857`,
 * `http://www.opengis.net/def/crs/EPSG/0/3857` and the CRS84 forms, which are 4326 with longitude first, as GeoJSON
 * always has it. null: the name is not understood.
 */
export function sridOfCrsName(name: string): number | null {
  if (/^(urn:(x-)?ogc:def:crs:)?(OGC:)?[\d.]*:?CRS84h?$/i.test(name)) return 4326;
  if (/^https?:\/\/www\.opengis\.net\/def\/crs\/OGC\/[\d.]+\/CRS84h?$/i.test(name)) return 4326;
  const code =
    /^(?:urn:(?:x-)?ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d{1,6})$/i.exec(name) ??
    /^https?:\/\/www\.opengis\.net\/(?:def\/crs\/EPSG\/[\d.]+\/|gml\/srs\/epsg\.xml#)(\d{1,6})$/i.exec(name);
  return code === null ? null : canonicalSrid(Number(code[1]));
}

/** The name inside a GeoJSON `crs` member; null for a `crs` that is null, undefined where there is no name in it. */
export function crsObjectName(json: string): string | null | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (value === null) return null;
  const properties = member(value, 'properties');
  const name = member(properties, 'name');
  if (typeof name === 'string') return name;
  const code = member(properties, 'code');
  return typeof code === 'number' || typeof code === 'string' ? `EPSG:${code}` : undefined;
}

/** SRID of a GeoJSON `crs` member: 0 where it says nothing, -1 where it is not understood. */
export function crsObjectSrid(json: string): number {
  const name = crsObjectName(json);
  return name === null ? 0 : name === undefined ? -1 : (sridOfCrsName(name) ?? -1);
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(key)
    : undefined;
}

/** Transverse Mercator of WGS 84 by Krüger's series to the fourth power of n: within 1e-10 degrees in every zone. */
const FLATTENING = 1 / 298.257223563;
const SEMI_MAJOR = 6378137;
const SCALE = 0.9996;
const FALSE_EASTING = 500_000;
const FALSE_NORTHING = 10_000_000;

const n = FLATTENING / (2 - FLATTENING);
const n2 = n * n;
const n3 = n2 * n;
const n4 = n3 * n;
const radius = (SEMI_MAJOR / (1 + n)) * (1 + n2 / 4 + n4 / 64);
const toSphere = [
  n / 2 - (2 * n2) / 3 + (37 * n3) / 96 - n4 / 360,
  n2 / 48 + n3 / 15 - (437 * n4) / 1440,
  (17 * n3) / 480 - (37 * n4) / 840,
  (4397 * n4) / 161280,
];
const toEllipsoid = [
  2 * n - (2 * n2) / 3 - 2 * n3 + (116 * n4) / 45,
  (7 * n2) / 3 - (8 * n3) / 5 - (227 * n4) / 45,
  (56 * n3) / 15 - (136 * n4) / 35,
  (4279 * n4) / 630,
];

/** A place in degrees. */
export interface LonLat {
  longitude: number;
  latitude: number;
}

/** Longitude and latitude of a place in a UTM zone (1 to 60), metres to degrees; `isSouth`: of the southern hemisphere. */
export function fromUtm(easting: number, northing: number, zone: number, isSouth: boolean): LonLat {
  const xi = (northing - (isSouth ? FALSE_NORTHING : 0)) / (SCALE * radius);
  const eta = (easting - FALSE_EASTING) / (SCALE * radius);
  let x = xi;
  let y = eta;
  toSphere.forEach((factor, i) => {
    const k = 2 * (i + 1);
    x -= factor * Math.sin(k * xi) * Math.cosh(k * eta);
    y -= factor * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  const conformal = Math.asin(Math.sin(x) / Math.cosh(y));
  let latitude = conformal;
  toEllipsoid.forEach((factor, i) => {
    latitude += factor * Math.sin(2 * (i + 1) * conformal);
  });
  const longitude = Math.atan2(Math.sinh(y), Math.cos(x));
  return { longitude: zone * 6 - 183 + (longitude * 180) / Math.PI, latitude: (latitude * 180) / Math.PI };
}

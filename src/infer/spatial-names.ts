import { geometryNames, latitudeNames, longitudeNames } from './geometry.ts';

/** What a column may be in the geometry of its layer. */
export type SpatialRole =
  /** Geometries as text, by a name of the contract: the column becomes `the_geom`. */
  | 'geometry'
  /** The same by another name: the column stays beside `the_geom`. */
  | 'shape'
  | 'longitude'
  | 'latitude'
  | 'easting'
  | 'northing'
  /** Zone of a UTM grid, with or without the letter of its band or hemisphere. */
  | 'zone'
  | 'hemisphere'
  /** Both coordinates of a point in one text. */
  | 'place'
  | 'geohash'
  | 'h3'
  | 'plus_code'
  /** The table's own second geometry, which is made anew. */
  | 'webmercator';

/** What the name of a column says of its part in the geometry. */
export interface SpatialName {
  readonly role: SpatialRole;
  /** How much the name alone says: 0 a name of the contract, 1 one that means nothing else, 2 one of many meanings. */
  readonly rank: number;
  /** What is left of the name: columns of one pair have the same (`start` of `start_lat`). */
  readonly key: string;
  /** Where one name says both, the order in which it says them. */
  readonly order?: 'latlon' | 'lonlat';
}

/** A column's name as the lists of the contract have it. */
export const plainName = (name: string): string => name.trim().toLowerCase();

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const latitudeWords = words('lat latitude latitud latitudine latitudes breitengrad breite широта 緯度 纬度 위도 enlem');
const longitudeWords = words(
  'lon lng long longitude longitud longitudine längengrad laengengrad länge laenge долгота 経度 经度 경도 boylam',
);
const eastingWords = words('easting eastings rechtswert xcoord xutm utmx coordx coordenadax');
const northingWords = words('northing northings hochwert ycoord yutm utmy coordy coordenaday');
const xWords = words('x e east este est ost');
const yWords = words('y n north norte nord');
const zoneWords = words('zone utmzone huso fuso zona');
const hemisphereWords = words('hemisphere hemi hemisferio hemisphère');
const latLonWords = words('latlng latlon latlong latitudelongitude geopoint');
const lonLatWords = words('lnglat lonlat longlat longitudelatitude');
/** Besides them a name of a pair in one column has one of `fillers` at most. */
const placeWords = words(
  'coordinates coordinate coords coord coordenadas coordinadas koordinaten coordonnées coordonnees coordinate координаты geolocation georeference gps geopos latlongs',
);
const weakPlaceWords = words('location position point geo georef ubicacion ubicación localisation standort');
const shapeWords = words('geom geometry wkt ewkt wkb ewkb geojson');
const weakShapeWords = words('shape polygon multipolygon linestring point location georeference footprint geo column');
/** Words that say of coordinates what they are anyway. */
const fillers = words(
  'wgs84 wgs 84 4326 dd deg degrees decimal dec gps point geo coord coordinate 1 2d dms utm centroid',
);

/** Splits at everything that is no letter or digit, before capitals, and digits off the end of a word. */
const wordsOf = (name: string): readonly string[] =>
  name
    .trim()
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .flatMap((word) => (fillers.has(word) ? [word] : word.split(/(?<=\p{L})(?=\d+$)/u)))
    .filter((word) => word !== '');

/** Everything that a column of this name may be. The names are a hint: values decide. */
export function spatialNames(name: string): readonly SpatialName[] {
  const plain = plainName(name);
  if (plain === 'the_geom_webmercator') return [{ role: 'webmercator', rank: 0, key: '' }];
  if (geometryNames.has(plain)) return [{ role: 'geometry', rank: 0, key: '' }];
  if (longitudeNames.has(plain)) return [{ role: 'longitude', rank: 0, key: '' }];
  if (latitudeNames.has(plain)) return [{ role: 'latitude', rank: 0, key: '' }];
  const all = wordsOf(name);
  if (all.length > 6) return [];
  return [...coordinateNames(all), ...placeNames(all), ...shapeNames(all)];
}

function coordinateNames(all: readonly string[]): readonly SpatialName[] {
  const named = (of: ReadonlySet<string>, role: SpatialRole, rank: number): SpatialName | undefined => {
    const rest = all.filter((word) => !of.has(word));
    if (rest.length !== all.length - 1) return undefined;
    const isPlain = rest.every((word) => fillers.has(word));
    return { role, rank: isPlain ? rank : 2, key: rest.filter((word) => !fillers.has(word)).join('_') };
  };
  // A bare x is more often no coordinate than one; x_coord is one.
  const ofAxes = all.length > 1 ? 1 : 2;
  const latitude = named(latitudeWords, 'latitude', 1);
  const longitude = named(longitudeWords, 'longitude', 1);
  if (latitude !== undefined || longitude !== undefined) {
    const both = latitude !== undefined && longitude !== undefined;
    return both ? [] : [latitude, longitude].filter((one) => one !== undefined);
  }
  const found =
    named(eastingWords, 'easting', 1) ??
    named(northingWords, 'northing', 1) ??
    named(hemisphereWords, 'hemisphere', 1) ??
    named(zoneWords, 'zone', 1) ??
    named(xWords, 'easting', ofAxes) ??
    named(yWords, 'northing', ofAxes);
  return found === undefined ? [] : [found];
}

function placeNames(all: readonly string[]): readonly SpatialName[] {
  const at = (of: ReadonlySet<string>): number => all.findIndex((word) => of.has(word));
  const place = (rank: number, order?: 'latlon' | 'lonlat'): readonly SpatialName[] => [
    { role: 'place', rank, key: '', ...(order === undefined ? {} : { order }) },
  ];
  if (at(latLonWords) >= 0) return place(1, 'latlon');
  if (at(lonLatWords) >= 0) return place(1, 'lonlat');
  const latitude = at(latitudeWords);
  const longitude = at(longitudeWords);
  if (latitude >= 0 && longitude >= 0) return place(1, latitude < longitude ? 'latlon' : 'lonlat');
  if (latitude >= 0 || longitude >= 0) return [];
  if (at(placeWords) >= 0) return at(xWords) >= 0 || at(yWords) >= 0 ? [] : place(1);
  if (all.includes('geo') && all.includes('point')) return place(1);
  return at(weakPlaceWords) >= 0 ? place(2) : [];
}

function shapeNames(all: readonly string[]): readonly SpatialName[] {
  if (all.some((word) => shapeWords.has(word))) return [{ role: 'shape', rank: 1, key: '' }];
  return all.some((word) => weakShapeWords.has(word) || placeWords.has(word))
    ? [{ role: 'shape', rank: 2, key: '' }]
    : [];
}

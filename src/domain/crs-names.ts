import { canonicalSrid } from './crs.ts';

/** One degree in radians, as files round it. */
const DEGREE = Math.PI / 180;

/** Names that ESRI, OGC and EPSG give to common systems in degrees, by `plainName`. */
const geographic: ReadonlyMap<string, number> = new Map([
  ['gcswgs1984', 4326],
  ['wgs84', 4326],
  ['wgs1984', 4326],
  ['wgs84crs84', 4326],
  ['gcsnorthamerican1983', 4269],
  ['nad83', 4269],
  ['gcsnorthamerican1927', 4267],
  ['nad27', 4267],
  ['gcsetrs1989', 4258],
  ['etrs89', 4258],
  ['gcsgda1994', 4283],
  ['gda94', 4283],
  ['gda2020', 7844],
  ['gcssirgas2000', 4674],
  ['sirgas2000', 4674],
  ['gcsrgf1993', 4171],
  ['gcsjgd2000', 4612],
  ['gcsjgd2011', 6668],
  ['gcsnzgd2000', 4167],
  ['gcschinageodeticcoordinatesystem2000', 4490],
  ['gcspulkovo1942', 4284],
  ['gcsosgb1936', 4277],
  ['gcsed50', 4230],
  ['gcseuropean1950', 4230],
]);

/** The same for systems in metres. */
const projected: ReadonlyMap<string, number> = new Map([
  ['wgs1984webmercatorauxiliarysphere', 3857],
  ['wgs1984webmercator', 3857],
  ['wgs84pseudomercator', 3857],
  ['popularvisualisationcrsmercator', 3857],
  ['googlemercator', 3857],
  ['britishnationalgrid', 27700],
  ['osgb1936britishnationalgrid', 27700],
  ['rgf1993lambert93', 2154],
  ['rgf93lambert93', 2154],
  ['rdnew', 28992],
  ['amersfoortrdnew', 28992],
  ['belgelambert1972', 31370],
  ['belge1972belgianlambert72', 31370],
  ['belgelambert2008', 3812],
  ['ch1903lv03', 21781],
  ['ch1903plv95', 2056],
  ['etrs1989laea', 3035],
  ['etrs1989etrslaea', 3035],
  ['etrs89laeaeurope', 3035],
  ['etrs1989lcc', 3034],
  ['nzgd2000newzealandtransversemercator', 2193],
  ['nzgd2000newzealandtransversemercator2000', 2193],
  ['tm65irishgrid', 29902],
  ['irenet95irishtransversemercator', 2157],
  ['sweref99tm', 3006],
  ['mgiaustrialambert', 31287],
  ['montemarioitaly1', 3003],
  ['montemarioitaly2', 3004],
  ['sjtskkrovakeastnorth', 5514],
]);

/** Families of zones: the pattern of the name, the first and the last zone, and the code of zone 0. */
const zones: readonly (readonly [RegExp, number, number, number])[] = [
  [/^wgs(?:19)?84utmzone(\d+)n$/, 1, 60, 32600],
  [/^wgs(?:19)?84utmzone(\d+)s$/, 1, 60, 32700],
  [/^etrs(?:19)?89utmzone(\d+)n$/, 28, 38, 25800],
  [/^nad(?:19)?83utmzone(\d+)n$/, 1, 23, 26900],
  [/^nad(?:19)?27utmzone(\d+)n$/, 1, 22, 26700],
  [/^(?:ed50|european(?:datum)?1950)utmzone(\d+)n$/, 28, 38, 23000],
  [/^sirgas2000utmzone(\d+)s$/, 17, 25, 31960],
  [/^gda(?:19)?94mgazone(\d+)$/, 48, 58, 28300],
  [/^gda2020mgazone(\d+)$/, 46, 59, 7800],
  [/^dhdn3degreegausszone(\d+)$/, 2, 5, 31464],
];

/** A name without its punctuation: `CH1903+_LV95` becomes `ch1903plv95`. */
const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll('+', 'p')
    .replace(/[^a-z0-9]/g, '');

/**
 * SRID of a system by a well-known name; null where the name is not known, or the unit (metres or radians) or the
 * prime meridian is not that system's.
 */
export function sridOfSystemName(name: string, unit: number | null, isGreenwich: boolean): number | null {
  if (unit === null || !isGreenwich) return null;
  const plain = plainName(name);
  if (Math.abs(unit - DEGREE) < 1e-9) return geographic.get(plain) ?? null;
  if (Math.abs(unit - 1) > 1e-12) return null;
  const known = projected.get(plain);
  if (known !== undefined) return canonicalSrid(known);
  for (const [pattern, first, last, base] of zones) {
    const zone = Number(pattern.exec(plain)?.[1]);
    if (zone >= first && zone <= last) return base + zone;
  }
  return null;
}

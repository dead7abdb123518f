/** A box in the coordinates of some system. */
export interface Box {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** Half the circumference of the sphere of EPSG:3857. */
const MERCATOR_EDGE = 20_037_509;

/** Ranges of common systems: west, east, south, north in their unit, rounded outwards from EPSG's areas of use. */
const ranges: readonly (readonly [string, number, number, number, number])[] = [
  ['EPSG:27700 (British National Grid)', 0, 700_000, 0, 1_300_000],
  ['EPSG:28992 (Amersfoort / RD New)', 0, 300_000, 300_000, 630_000],
  ['EPSG:31370 (Belgian Lambert 72)', 0, 300_000, 0, 300_000],
  ['EPSG:2154 (RGF93 / Lambert-93)', 0, 1_300_000, 6_000_000, 7_200_000],
  ['EPSG:21781 (CH1903 / LV03)', 480_000, 840_000, 70_000, 300_000],
  ['EPSG:2056 (CH1903+ / LV95)', 2_480_000, 2_840_000, 1_070_000, 1_300_000],
  ['EPSG:31466 to 31469 (DHDN / Gauss-Krüger)', 2_500_000, 5_900_000, 5_200_000, 6_200_000],
  ['EPSG:3035 (ETRS89 / LAEA Europe)', 1_900_000, 7_300_000, 1_000_000, 5_500_000],
  ['EPSG:2193 (NZGD2000)', 1_000_000, 2_200_000, 4_700_000, 6_300_000],
  ['EPSG:3006 (SWEREF99 TM)', 200_000, 1_000_000, 6_100_000, 7_700_000],
  ['a UTM zone: EPSG:32601 to 32660 (north), 32701 to 32760 (south)', 100_000, 900_000, 0, 10_000_000],
  ['EPSG:3857 (web mercator)', -MERCATOR_EDGE, MERCATOR_EDGE, -MERCATOR_EDGE, MERCATOR_EDGE],
];

/** Systems in whose range a box lies, narrow ranges first. */
export const crsCandidates = (box: Box): readonly string[] =>
  ranges
    .filter(([, west, east, south, north]) => {
      return box.west >= west && box.east <= east && box.south >= south && box.north <= north;
    })
    .map(([name]) => name);

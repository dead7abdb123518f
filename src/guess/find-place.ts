import type { CountryShapes } from './country-shapes.ts';
import type { CountryOf, Decision } from './decide.ts';
import type { Gazetteer } from './gazetteer.ts';
import type { FindPlace, Shape } from './lookup.ts';
import { zipOf } from './postal-codes.ts';

/** How the rows of a layer lead to places, by what was decided of its columns. */
export async function placeFinder(decision: Decision, places: Gazetteer): Promise<FindPlace> {
  switch (decision.kind) {
    case 'country':
      return countryFinder(decision, places);
    case 'address':
      return addressFinder(places);
    case 'postal':
      return postalFinder(places);
    case 'region':
      return regionFinder(decision, places);
    case 'city':
      return cityFinder(decision, places);
  }
}

/** Outlines of countries, each looked up once. */
function outlines(shapes: CountryShapes, kind: 'area' | 'inside'): (code: string) => Shape | null {
  const known = new Map<string, Shape | null>();
  return (code) => {
    const before = known.get(code);
    if (before !== undefined) return before;
    const area = shapes.find(code);
    const shape = area === null ? null : { kind, area };
    known.set(code, shape);
    return shape;
  };
}

async function countryFinder(decision: Decision & { kind: 'country' }, places: Gazetteer): Promise<FindPlace> {
  const names = places.countryNames();
  const outline = outlines(await places.countryShapes(), 'area');
  return ({ value }) => {
    const code = names.find(value, decision.notation);
    const shape = code === undefined ? null : outline(code);
    if (code === undefined || shape === null) return null;
    return { id: code, shape, others: decision.notation === 'name' && names.isShared(value) ? 1 : 0 };
  };
}

async function addressFinder(places: Gazetteer): Promise<FindPlace> {
  const book = await places.addresses();
  const outline = outlines(await places.countryShapes(), 'inside');
  return ({ value }) => {
    const place = book.find(value.trim().replace(/\/\d{1,3}$/, ''));
    if (place === null) return null;
    if (place.kind === 'place') {
      const { longitude, latitude } = place;
      return { id: `${longitude} ${latitude}`, shape: { kind: 'point', longitude, latitude }, others: 0 };
    }
    const shape = outline(place.code);
    return shape === null ? null : { id: place.code, shape, others: 0 };
  };
}

async function postalFinder(places: Gazetteer): Promise<FindPlace> {
  const codes = await places.postalCodes();
  return ({ value }) => {
    const code = zipOf(value) ?? '';
    const place = codes.get(code);
    return place === undefined ? null : { id: code, shape: { kind: 'point', ...place }, others: 0 };
  };
}

/** The country that a row says; undefined where it says none, null where it says one that nobody knows. */
function countryReader(
  places: Gazetteer,
  country: CountryOf | null,
  everywhere: string | null,
): (written: string | null) => string | undefined | null {
  const names = places.countryNames();
  return (written) => {
    if (country === null) return everywhere ?? undefined;
    if (written === null || written.trim() === '') return undefined;
    return names.find(written, country.notation) ?? null;
  };
}

async function regionFinder(decision: Decision & { kind: 'region' }, places: Gazetteer): Promise<FindPlace> {
  const regions = await places.regions();
  const countryOf = countryReader(places, decision.country, decision.everywhere);
  return ({ value, country: written }) => {
    const country = countryOf(written);
    if (country === null) return null;
    const [region, ...others] = regions.find(value, country);
    const shape = region === undefined ? null : regions.shape(region);
    if (region === undefined || shape === null) return null;
    return { id: `${region.country}.${region.code}`, shape, others: others.length };
  };
}

async function cityFinder(decision: Decision & { kind: 'city' }, places: Gazetteer): Promise<FindPlace> {
  const [cities, regions] = [await places.cities(), await places.regions()];
  const countryOf = countryReader(places, decision.country, decision.everywhere);
  const regionOf = (written: string | null, country: string | undefined): string | undefined => {
    if (written === null || country === undefined) return undefined;
    return (regions.byCode(written, country) ?? regions.find(written, country)[0])?.code;
  };
  return ({ value, country: written, region }) => {
    const country = countryOf(written);
    if (country === null) return null;
    const inRegion = cities.find(value, { country, region: regionOf(region, country) });
    // A region that does not have the city is one that is written in a way nobody knows.
    const [city, ...others] = inRegion.length > 0 ? inRegion : cities.find(value, { country });
    if (city === undefined) return null;
    const { longitude, latitude } = city;
    return { id: String(city.id), shape: { kind: 'point', longitude, latitude }, others: others.length };
  };
}

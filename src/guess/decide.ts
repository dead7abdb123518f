import { isIP } from 'node:net';
import type { Cities, Whereabouts } from './cities.ts';
import type { CountryNotation } from './country-names.ts';
import { findCountryColumn, isVaried, stateCodes, threshold } from './find-country-column.ts';
import type { Gazetteer } from './gazetteer.ts';
import { zipOf } from './postal-codes.ts';
import type { Regions } from './regions.ts';
import { type SampledColumn, share } from './sample.ts';

/** A column that says in which country a row is, and how it writes it. */
export interface CountryOf {
  readonly column: string;
  readonly notation: CountryNotation;
}

/** What a layer's places are, by the names of its columns in the table. */
export type Decision =
  | { readonly kind: 'address'; readonly column: string }
  | { readonly kind: 'postal'; readonly column: string }
  | {
      readonly kind: 'city';
      readonly column: string;
      readonly country: CountryOf | null;
      readonly region: string | null;
      /** The country of all rows, where no column says it. */
      readonly everywhere: string | null;
    }
  | {
      readonly kind: 'region';
      readonly column: string;
      readonly country: CountryOf | null;
      readonly everywhere: string | null;
    }
  | { readonly kind: 'country'; readonly column: string; readonly notation: CountryNotation };

/** Different cities that a column must have which is not called after cities. */
const minimumCities = 10;

/** What a sample's text columns say of places, the finest first; null: nothing that is sure enough. */
export async function decide(columns: readonly SampledColumn[], places: Gazetteer): Promise<Decision | null> {
  const address = columns.find(isAddressColumn);
  if (address !== undefined) return { kind: 'address', column: address.name };

  const names = places.countryNames();
  const country = findCountryColumn(columns, names);
  const countryOf = country === null ? null : { column: country.column.name, notation: country.notation };
  const codeAt = (row: number): string | undefined => {
    const value = country?.column.values[row];
    return value === null || value === undefined || country === null ? undefined : names.find(value, country.notation);
  };

  const postal = await findPostal(columns, codeAt, places);
  if (postal !== null) return { kind: 'postal', column: postal.name };

  const others = columns.filter(({ name }) => name !== country?.column.name);
  const states = others.find(isStateColumn) ?? null;
  const isState = states !== null;
  const candidates = others.filter((column) => isCityCandidate(column, country !== null || isState));
  if (candidates.length > 0) {
    const cities = await places.cities();
    const region = isState ? states : (others.find(({ hint }) => hint === 'region') ?? null);
    const city = bestCity(candidates, cities, (row, column) => ({
      country: codeAt(row) ?? (isState ? 'US' : undefined),
      // A column that is not called after cities must have them in their state.
      region: column.hint === 'city' ? undefined : (states?.values[row] ?? undefined),
    }));
    if (city !== null) {
      const everywhere = country === null ? (isState ? 'US' : soleCountry(city, cities)) : null;
      return { kind: 'city', column: city.name, country: countryOf, region: region?.name ?? null, everywhere };
    }
  }

  const region = await findRegion(others, codeAt, country !== null, places);
  if (region !== null) return { kind: 'region', country: countryOf, ...region };
  return country !== null && isVaried(country)
    ? { kind: 'country', column: country.column.name, notation: country.notation }
    : null;
}

/** Different codes of states that are no coincidence in a column that is not called after them. */
const minimumStates = 5;

function isStateColumn(column: SampledColumn): boolean {
  if (share(column, (value) => stateCodes.has(value)) < 0.98) return false;
  return column.hint === 'region' || (column.hint === 'open' && column.distinct >= minimumStates);
}

/** Addresses with small numbers alone are versions of something, unless the name says otherwise. */
function isAddressColumn(column: SampledColumn): boolean {
  if (column.hint === 'other') return false;
  const isAddress = (value: string): boolean => isIP(value.replace(/\/\d{1,3}$/, '')) > 0;
  if (share(column, isAddress) <= threshold) return false;
  return column.hint === 'address' || column.values.some((value) => value !== null && hasLargeNumber(value));
}

const hasLargeNumber = (value: string): boolean =>
  value.includes('::') ||
  (isIP(value) === 6 && value.length > 12) ||
  value.split('.').some((part) => Number(part) > 99);

async function findPostal(
  columns: readonly SampledColumn[],
  codeAt: (row: number) => string | undefined,
  places: Gazetteer,
): Promise<SampledColumn | null> {
  const candidates = columns.filter(
    (column) => column.hint === 'postal' && share(column, (value) => zipOf(value) !== null) >= threshold,
  );
  if (candidates.length === 0) return null;
  const codes = await places.postalCodes();
  const isKnown = (value: string, row: number): boolean =>
    (codeAt(row) ?? 'US') === 'US' && codes.has(zipOf(value) ?? '');
  return candidates.find((column) => share(column, isKnown) >= threshold) ?? null;
}

function isCityCandidate(column: SampledColumn, hasContext: boolean): boolean {
  if (column.hint === 'city') return column.distinct >= 1;
  return column.hint === 'open' && hasContext && column.distinct >= minimumCities;
}

/** The column with most known cities where their country has such a city; those called after cities first. */
function bestCity(
  candidates: readonly SampledColumn[],
  cities: Cities,
  whereabouts: (row: number, column: SampledColumn) => Whereabouts,
): SampledColumn | null {
  const found = candidates
    .map((column) => ({
      column,
      share: share(column, (value, row) => cities.find(value, whereabouts(row, column)).length > 0),
    }))
    .filter((one) => one.share >= threshold)
    .toSorted((a, b) => Number(b.column.hint === 'city') - Number(a.column.hint === 'city') || b.share - a.share);
  return found[0]?.column ?? null;
}

/** The country that has nearly all cities of a column, where there is one and they are several. */
function soleCountry(column: SampledColumn, cities: Cities): string | null {
  if (column.distinct < 3) return null;
  const values = new Set(column.values.filter((value) => value !== null));
  const counts = new Map<string, number>();
  for (const value of values) {
    for (const code of new Set(cities.find(value, {}).map(({ country }) => country))) {
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
  }
  // Greatest cities decide between countries that have all names.
  const enough = [...counts].filter(([, count]) => count >= values.size * 0.95).map(([code]) => code);
  const people = (country: string): number =>
    [...values].reduce((sum, value) => sum + (cities.find(value, { country })[0]?.population ?? 0), 0);
  const [best] = enough.toSorted((a, b) => people(b) - people(a));
  // Places that are greatest elsewhere are more likely meant there.
  const everywhere = [...values].reduce((sum, value) => sum + (cities.find(value, {})[0]?.population ?? 0), 0);
  return best !== undefined && people(best) * 2 > everywhere ? best : null;
}

async function findRegion(
  columns: readonly SampledColumn[],
  codeAt: (row: number) => string | undefined,
  hasCountry: boolean,
  places: Gazetteer,
): Promise<{ readonly column: string; readonly everywhere: string | null } | null> {
  for (const column of columns.filter(({ hint }) => hint === 'region')) {
    // Codes of two or three letters are too many things.
    if (share(column, (value) => value.length > 3) < threshold) continue;
    const regions = await places.regions();
    if (!isTelling(column, regions)) continue;
    if (hasCountry) {
      const isKnown = (value: string, row: number): boolean => regions.find(value, codeAt(row)).length > 0;
      if (share(column, isKnown) >= threshold) return { column: column.name, everywhere: null };
      continue;
    }
    const countries = new Set(
      column.values.flatMap((value) =>
        value === null ? [] : regions.find(value, undefined).map((one) => one.country),
      ),
    );
    for (const country of countries) {
      if (share(column, (value) => regions.find(value, country).length > 0) >= threshold) {
        return { column: column.name, everywhere: country };
      }
    }
  }
  return null;
}

/** At least three names that are more than a direction, and most of them. */
function isTelling(column: SampledColumn, regions: Regions): boolean {
  const values = [...new Set(column.values.filter((value) => value !== null))];
  const telling = values.filter((value) => !regions.isVague(value)).length;
  return telling >= 3 && telling * 2 > values.length;
}

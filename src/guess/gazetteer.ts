import { Cities } from './cities.ts';
import { CountryNames } from './country-names.ts';
import { CountryShapes } from './country-shapes.ts';
import { type AddressBook, openAddressBook } from './ip-addresses.ts';
import { loadPostalCodes, type PostalCodes } from './postal-codes.ts';
import { Regions } from './regions.ts';

/** Everything that is known of places, each part read when it is first asked for and kept. */
export interface Gazetteer {
  countryNames(): CountryNames;
  countryShapes(): Promise<CountryShapes>;
  cities(): Promise<Cities>;
  regions(): Promise<Regions>;
  postalCodes(): Promise<PostalCodes>;
  addresses(): Promise<AddressBook>;
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** `ipDatabase`: path of an MMDB file that takes the place of the bundled one; null: the bundled one. */
export function createGazetteer(ipDatabase: string | null): Gazetteer {
  const cities = once(() => Cities.load());
  return {
    countryNames: once(() => new CountryNames()),
    countryShapes: once(() => CountryShapes.load()),
    cities,
    regions: once(async () => Regions.load(await cities())),
    postalCodes: once(loadPostalCodes),
    addresses: once(() => openAddressBook(ipDatabase)),
  };
}

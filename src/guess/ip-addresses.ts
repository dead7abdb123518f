import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { type CountryResponse, Reader } from 'mmdb-lib';

const require = createRequire(import.meta.url);

/** What databases of addresses say of one: the bundled one has a code alone, larger ones have more. */
interface Entry {
  readonly country_code?: string;
  readonly country?: { readonly iso_code?: string } | string;
  readonly location?: { readonly longitude?: number; readonly latitude?: number };
  readonly longitude?: number | string;
  readonly latitude?: number | string;
  readonly lng?: number | string;
  readonly lat?: number | string;
}

/** Where an address is: a place, or no more than a country. */
export type AddressPlace =
  | { readonly kind: 'place'; readonly longitude: number; readonly latitude: number }
  | { readonly kind: 'country'; readonly code: string };

/** Where IP addresses are. */
export interface AddressBook {
  find(address: string): AddressPlace | null;
}

/** Opens the database at `path` (MMDB), or the bundled one, which knows countries. */
export async function openAddressBook(path: string | null): Promise<AddressBook> {
  const bundled = require.resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb');
  const reader = new Reader<CountryResponse>(await readFile(path ?? bundled));
  return { find: (address) => placeOf(isIP(address) === 0 ? null : (reader.get(address) as Entry | null)) };
}

function placeOf(entry: Entry | null): AddressPlace | null {
  if (entry === null) return null;
  const longitude = Number(entry.location?.longitude ?? entry.longitude ?? entry.lng ?? Number.NaN);
  const latitude = Number(entry.location?.latitude ?? entry.latitude ?? entry.lat ?? Number.NaN);
  if (!Number.isNaN(longitude) && !Number.isNaN(latitude)) return { kind: 'place', longitude, latitude };
  const country = typeof entry.country === 'object' ? entry.country.iso_code : entry.country;
  const code = entry.country_code ?? country;
  return typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? { kind: 'country', code } : null;
}

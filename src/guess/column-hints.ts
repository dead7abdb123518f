/** What a column's name says of what it holds. `other`: no places; `open`: nothing either way. */
export type ColumnHint = 'country' | 'region' | 'city' | 'postal' | 'address' | 'other' | 'open';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const countryWords = words(
  'country countries countrycode countryname nation nationality pais país pays land länder paese страна ülke kraj iso iso2 iso3 alpha2 alpha3 isocode fips 国 国家 cntry ctry adm0 admin0 sovereign sovereignt',
);
const regionWords = words(
  'region state province provincia estado bundesland département departement admin1 adm1 prefecture oblast voivodeship canton kanton comunidad regione région região county_state subdivision governorate',
);
const cityWords = words(
  'city cities town village place ciudad ville stadt ort gemeinde municipality municipio municipality comune commune cidade città citta locality localidad capital poblacion población miasto город settlement airport_city',
);
const postalWords = words('zip zipcode postal postalcode postcode plz zip5 cp codigopostal');
const addressWords = words('ip ipv4 ipv6 ipaddress ipaddr addr address host client remote');
const otherWords = words(
  `language languages lang locale currency currencies colour colours color colors brand product products sku model make
  first given forename surname last lastname firstname family middle person people author artist player actor employee
  customer user username nickname gender sex status category type department genre song album film movie book food dish
  cuisine breed animal species flower plant month weekday day unit size grade version ticker symbol stock airline
  element dog cat pet horse baby perfume font blood note comment description password hash email phone url mother father
  owner teacher student pupil manager contact member voter patient doctor character hero god saint constellation planet
  operator script religion wine cheese coffee tea hotel ship vessel car engine chemical gene protein build release
  section oid serial part item abbreviation initials airport iata icao`,
);

/** Words that a person's name has in its column: `name`, but not `city_name`. */
const wordsOf = (name: string): readonly string[] =>
  name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

/** What the name of a column says. Words of places win where another word says what they are the places of. */
export function columnHint(name: string): ColumnHint {
  const all = wordsOf(name);
  const has = (set: ReadonlySet<string>): boolean => all.some((word) => set.has(word));
  const isLanguage = all.some((word) => /^(lang|language|languages|locale|currency|currencies)$/.test(word));
  if (isLanguage) return 'other';
  if (has(postalWords)) return 'postal';
  if (has(countryWords)) return 'country';
  if (has(cityWords)) return 'city';
  if (has(regionWords)) return 'region';
  if (all.some((word) => word.startsWith('ip')) && has(addressWords)) return 'address';
  return has(otherWords) ? 'other' : 'open';
}

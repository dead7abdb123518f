import type { CountryNames, CountryNotation } from './country-names.ts';
import { nameKey } from './name-key.ts';
import { evenness, type SampledColumn, share } from './sample.ts';

/** A column of countries, and how it writes them. */
export interface CountryColumn {
  readonly column: SampledColumn;
  readonly notation: CountryNotation;
  readonly share: number;
}

/** Share of values that must name a country (wire contract 6.4). */
export const threshold = 0.9;
/** How even the values of a column must be spread that is not called after countries (wire contract 6.4). */
const minimumEvenness = 0.9;
/** Different codes that say by their number alone that they are countries. */
const manyCodes = { iso2: 25, iso3: 15 } as const;
/** Different names that are nothing but countries. */
const minimumNames = 3;

/** Countries that are also names of people, of animals or of things, by key. */
const ambiguous = new Set(
  `chad georgia jordan israel kenya india cuba china turkey guinea jersey guernsey malta holland america ireland niger mali
  tonga togo panama cyprus britain samoa virginislands iran dominica martinique peru chile romania britannia congo sudan
  macedonia siam persia andorra aruba brazil monaco macau paris lebanon montserrat saintlucia bermuda austria francia
  italia irlanda grecia norway siria cina asia man oman laos palestine burma nauru somalia angola armenia albania`
    .split(/\s+/)
    .map(nameKey),
);

/** Postal codes of the states of the USA. */
export const stateCodes = new Set(
  'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR'.split(
    ' ',
  ),
);

/** How well a column holds countries in each notation, the best first. */
function notations(column: SampledColumn, names: CountryNames): readonly CountryColumn[] {
  return (['name', 'iso2', 'iso3', 'numeric', 'fips'] as const)
    .map((notation) => ({
      column,
      notation,
      share: share(column, (value) => names.find(value, notation) !== undefined),
    }))
    .toSorted((a, b) => b.share - a.share);
}

/**
 * The column that says in which country each row is: it may be the same country in all. Values that only look like
 * codes are taken where the name of the column says what they are, or where they are too many for anything else.
 */
export function findCountryColumn(columns: readonly SampledColumn[], names: CountryNames): CountryColumn | null {
  const found = columns
    .filter(({ hint }) => hint === 'country' || hint === 'open' || hint === 'city' || hint === 'region')
    .flatMap((column) =>
      notations(column, names)
        .filter((one) => isCountryColumn(one, names))
        .slice(0, 1),
    )
    .toSorted((a, b) => Number(b.column.hint === 'country') - Number(a.column.hint === 'country') || b.share - a.share);
  return found[0] ?? null;
}

function isCountryColumn({ column, notation, share: found }: CountryColumn, names: CountryNames): boolean {
  if (found < threshold) return false;
  if (column.hint === 'country') {
    if (notation === 'fips') return /fips/i.test(column.name);
    return notation !== 'numeric' || column.distinct >= 2;
  }
  switch (notation) {
    case 'name':
      return isOfNames(column, names);
    case 'iso2':
      return (
        column.distinct >= manyCodes.iso2 &&
        found >= 0.98 &&
        share(column, (value) => /^[A-Z]{2}$/.test(value)) === 1 &&
        share(column, (value) => stateCodes.has(value)) < 0.6
      );
    case 'iso3':
      return (
        column.distinct >= manyCodes.iso3 && found >= 0.98 && share(column, (value) => /^[A-Z]{3}$/.test(value)) === 1
      );
    default:
      return false;
  }
}

/** Names in a column that is called something else: enough of them must be nothing but countries. */
function isOfNames(column: SampledColumn, names: CountryNames): boolean {
  if (evenness(column) < minimumEvenness) return false;
  const keys = new Set(
    column.values.flatMap((value) =>
      value === null || names.find(value, 'name') === undefined ? [] : [nameKey(value)],
    ),
  );
  const sure = [...keys].filter((key) => (key.length > 3 || !/^[a-z]/.test(key)) && !ambiguous.has(key)).length;
  return sure >= minimumNames && sure * 2 >= keys.size;
}

/** Whether a column of countries may become polygons: a column that says one thing in every row says nothing of them. */
export const isVaried = ({ column }: CountryColumn): boolean => evenness(column) > 0;

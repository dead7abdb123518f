import { createRequire } from 'node:module';
import countries from 'i18n-iso-countries';
import { nameKey } from './name-key.ts';

const require = createRequire(import.meta.url);

/** Ways in which a column can name countries. */
export type CountryNotation = 'name' | 'iso2' | 'iso3' | 'numeric' | 'fips';

/** Names that neither CLDR nor the lists of ISO 3166 have, by ISO code. */
const synonyms: Readonly<Record<string, string>> = {
  GB: 'UK,Great Britain,Britain,England and Wales,U.K.,United Kingdom of Great Britain',
  US: 'USA,U.S.A.,U.S.,United States of America,America,EEUU,EE.UU.,Estados Unidos de América',
  NL: 'Holland,Holanda,Hollande',
  KR: 'Korea,South Korea,Republic of Korea,Korea South,Corea,Corée',
  KP: 'North Korea,DPRK,Korea North',
  CZ: 'Czechia,Czech Republic',
  RU: 'Russia,Russian Federation',
  CD: 'DRC,DR Congo,Congo-Kinshasa,Congo DRC,Democratic Republic of Congo,Zaire,Congo Dem. Rep.',
  CG: 'Congo,Congo-Brazzaville,Republic of Congo,Congo Republic,Congo Rep.',
  CI: "Ivory Coast,Côte d'Ivoire,Cote dIvoire",
  MK: 'Macedonia,FYROM,North Macedonia',
  MM: 'Burma,Birmania,Birmanie',
  SZ: 'Swaziland,Eswatini',
  CV: 'Cape Verde,Cabo Verde',
  TL: 'East Timor,Timor Leste',
  VA: 'Vatican,Vatican City,Holy See',
  AE: 'UAE,Emirates,U.A.E.',
  VN: 'Viet Nam,Vietnam',
  LA: 'Laos,Lao PDR',
  SY: 'Syria,Syrian Arab Republic',
  IR: 'Iran,Persia',
  BO: 'Bolivia',
  VE: 'Venezuela',
  TZ: 'Tanzania',
  MD: 'Moldova',
  BN: 'Brunei',
  PS: 'Palestine,State of Palestine,Palestinian Territory,West Bank and Gaza',
  TW: 'Taiwan,Chinese Taipei,Taiwan Province of China',
  HK: 'Hong Kong,Hong Kong SAR',
  MO: 'Macau,Macao',
  FM: 'Micronesia',
  TR: 'Turkey,Türkiye,Turkiye',
  XK: 'Kosovo',
  SH: 'Saint Helena',
  BS: 'The Bahamas,Bahamas',
  GM: 'The Gambia,Gambia',
  KG: 'Kyrgyz Republic',
  SK: 'Slovak Republic',
  BA: 'Bosnia',
  FK: 'Falklands,Malvinas',
  VI: 'US Virgin Islands',
  VG: 'British Virgin Islands',
};

/** Languages whose names CLDR has, English first: where two countries have one name, the earlier language decides. */
const languages =
  'en es fr de it pt nl pl ru uk cs sk sl hr sr bs mk bg ro hu el tr sv da nb nn fi is et lv lt sq ca eu gl ga cy mt ' +
  'ar he fa ur hi bn pa gu mr ta te kn ml si ne th lo km my vi id ms tl sw am ka hy az kk ky uz tk mn ja ko zh zh-Hant af zu be';

/** Countries by what they are called: ISO 3166-1 alpha-2 codes, and XK for Kosovo. */
export class CountryNames {
  readonly #names = new Map<string, string>();
  readonly #codes: Readonly<Record<Exclude<CountryNotation, 'name'>, Map<string, string>>> = {
    iso2: new Map(),
    iso3: new Map(),
    numeric: new Map(),
    fips: new Map(),
  };
  /** Names that are more than one country's in English. */
  readonly #shared = new Set(['korea', 'congo', 'virginislands', 'guinea', 'samoa', 'saintmartin'].map(nameKey));

  constructor() {
    const codes = new Set(Object.keys(countries.getAlpha2Codes()));
    codes.add('XK');
    for (const code of codes) {
      this.#codes.iso2.set(code, code);
      this.#codes.fips.set(code, code);
    }
    for (const [alpha3, alpha2] of Object.entries(countries.getAlpha3Codes())) this.#codes.iso3.set(alpha3, alpha2);
    for (const [number, alpha2] of Object.entries(countries.getNumericCodes())) this.#codes.numeric.set(number, alpha2);
    this.#readFips(codes);
    for (const [code, names] of Object.entries(synonyms)) for (const name of names.split(',')) this.#add(name, code);
    for (const language of languages.split(' ')) this.#readLanguage(language, codes);
    for (const language of countries.getSupportedLanguages()) this.#readList(language);
  }

  /** The country that a value names in a notation, or undefined. */
  find(value: string, notation: CountryNotation): string | undefined {
    if (notation === 'name') {
      const key = nameKey(value);
      return key.length >= 2 ? this.#names.get(key) : undefined;
    }
    const code = value.trim().toUpperCase();
    return this.#codes[notation].get(notation === 'numeric' ? code.padStart(3, '0') : code);
  }

  /** Whether a name is that of several countries, of which `find` gives the usual one. */
  isShared = (value: string): boolean => this.#shared.has(nameKey(value));

  #readFips(codes: ReadonlySet<string>): void {
    const all: Readonly<Record<string, { readonly _fips10?: string }>> =
      require('cldr-core/supplemental/codeMappings.json').supplemental.codeMappings;
    // Those that differ from ISO are named; they take the place of the country that has the letters in ISO.
    const own = [...codes].flatMap((code) =>
      all[code]?._fips10 === undefined ? [] : [[all[code]._fips10, code] as const],
    );
    for (const [, code] of own) this.#codes.fips.delete(code);
    for (const [fips, code] of own) this.#codes.fips.set(fips, code);
  }

  #readLanguage(language: string, codes: ReadonlySet<string>): void {
    for (const style of ['long', 'short'] as const) {
      const names = new Intl.DisplayNames([language], { type: 'region', style, fallback: 'none' });
      for (const code of codes) {
        const name = names.of(code);
        if (name !== undefined) this.#add(name, code);
      }
    }
  }

  #readList(language: string): void {
    const list: { readonly countries: Readonly<Record<string, string | readonly string[]>> } = require(
      `i18n-iso-countries/langs/${language}.json`,
    );
    for (const [code, names] of Object.entries(list.countries)) {
      for (const name of [names].flat()) this.#add(name, code);
    }
  }

  #add(name: string, code: string): void {
    const [head = '', tail] = name.split(/,(.*)/s);
    // "Korea, Republic of" is also "Republic of Korea".
    const forms = tail === undefined ? [name] : [name, `${tail} ${head}`];
    for (const form of forms) {
      const key = nameKey(form);
      if (key.length >= 2 && !this.#names.has(key)) this.#names.set(key, code);
    }
    const short = nameKey(name.replace(/[([].*?[)\]]/g, ' '));
    if (short.length >= 4 && !this.#names.has(short)) this.#names.set(short, code);
  }
}

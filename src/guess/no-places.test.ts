import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from './decide.ts';
import { createGazetteer } from './gazetteer.ts';
import { sampledColumn } from './sample.ts';

const places = createGazetteer(null);
const list = (text: string): readonly string[] => text.split(/,\s*/);

const firstNames = list(
  'Chad, Georgia, Jordan, Paris, Sydney, Austin, Charlotte, Florence, Victoria, Madison, Israel, Kenya, India, China, Cuba, Dakota, Carolina, Virginia, Savannah, Brooklyn, Jackson, Lincoln, Houston, Dallas, Tyler, Logan, Santiago, Adelaide, Chelsea, Lourdes',
);
const surnames = list(
  'Washington, Lincoln, Jackson, Houston, Berlin, London, Holland, Ireland, England, Paris, Milano, Romano, Sevilla, Toledo, Cordoba, Madrid, Lisboa, Wien, Hamburger, French, German, Poland, Norman, Scott, Jordan, Israel, Franco, Navarro, Catalan, Montana',
);
const states = list(
  'AL, AK, AZ, AR, CA, CO, CT, DE, FL, GA, HI, ID, IL, IN, IA, KS, KY, LA, ME, MD, MA, MI, MN, MS, MO, MT, NE, NV, NH, NJ, NM, NY, NC, ND, OH, OK, OR, PA, RI, SC, SD, TN, TX, UT, VT, VA, WA, WV, WI, WY',
);
const colours = list(
  'Red, Green, Blue, Turquoise, Burgundy, Champagne, Sienna, Magenta, Indigo, Oxford Blue, Prussian Blue, Bordeaux, Cologne',
);
const languages = list(
  'English, French, German, Spanish, Italian, Polish, Russian, Chinese, Japanese, Turkish, Afrikaans, Welsh',
);
const languageCodes = list('fr, de, es, it, pt, nl, pl, ru, tr, fi, no, hu, ro, bg, sk, lt, lv, is, id, th');
const languageCodes3 = list('deu, fra, ita, pol, rus, nld, jpn, kor, tur, fin, swe, ukr, hun, mlt');
const currencies = list('USD, EUR, GBP, JPY, CHF, CAD, AUD, ALL, CUP, MOP, PEN, TOP, BAM, MKD');
const seeded = (count: number, make: (n: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, i) => make(Math.imul(i + 1, 2654435761) >>> 0));
const letters = (n: number, count: number): string =>
  Array.from({ length: count }, (_, i) => String.fromCharCode(65 + ((n >>> (i * 5)) % 26))).join('');

/** Tables that hold no places, as people have them. */
const tables: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'first names': { first_name: firstNames },
  'first names called name': { name: firstNames },
  'first names without a name': { field_1: firstNames },
  'three first names': { name: list('Chad, Georgia, Jordan') },
  'first names that are countries': { name: list('Chad, Georgia, Jordan, Israel, Kenya, India, China, Cuba') },
  surnames: { last_name: surnames },
  'surnames called name': { name: surnames },
  'full names': {
    name: list('Paris Hilton, Georgia May Jagger, Jordan Peele, Chad Smith, Jack London, Irving Berlin'),
  },
  'people of an employer': { employee: firstNames, manager: surnames },
  'children and schools': { pupil: firstNames, grade: list('A, B, C, D, E, F') },
  dogs: {
    dog: list('Bella, Max, Luna, Rocky, Charlie, Sydney, Dakota, Cairo, Milan, Rio'),
    breed: list('Jersey, Chihuahua, Dalmatian, Labrador'),
  },
  'state codes': { code: states },
  'state codes called state': { state: states },
  'few state codes': { state: list('MA, CA, GA, AL, DE, IN, CO, AR') },
  'state codes of people': { name: firstNames, state: states.slice(0, 30) },
  'state codes with numbers': { st: list('MA, GA, PA, SC, SD, AL, MT, NE, ME, MD'), fips: list('01, 02, 03') },
  'product codes of two letters': { code: seeded(60, (n) => letters(n, 2)) },
  'product codes of three letters': { product: seeded(200, (n) => letters(n, 3)) },
  'product codes with digits': { sku: seeded(100, (n) => `${letters(n, 2)}-${n % 1000}`) },
  'five digits': { article: seeded(300, (n) => String(n % 100000).padStart(5, '0')) },
  'postal codes of another country': { postal_code: seeded(300, (n) => String(n % 100000).padStart(5, '0')) },
  colours: { colour: colours },
  'colours called name': { name: colours },
  languages: { language: languages },
  'languages called name': { name: languages },
  'language codes': { lang: languageCodes },
  'language codes called code': { code: languageCodes },
  'language codes of three letters': { code: languageCodes3 },
  'languages and their codes': { iso_language: languageCodes, name: languages },
  currencies: { currency: currencies },
  'currency codes called code': { code: currencies },
  'currency names': {
    name: list('US Dollar, Euro, Swiss Franc, Mexican Peso, Turkish Lira, Peruvian Sol, Chinese Yuan'),
  },
  versions: { version: list('1.2.3.4, 1.2.3.5, 2.0.0.1, 10.0.0.2') },
  'versions called release': { name: list('1.2.3.4, 1.2.3.5, 2.0.0.1, 3.10.4.2') },
  'object identifiers': { oid: list('1.3.6.1, 1.3.6.2, 2.5.4.3, 2.5.4.10') },
  months: { month: list('January, February, March, April, May, June, July, August') },
  weekdays: { day: list('Mon, Tue, Wed, Thu, Fri, Sat, Sun') },
  directions: { region: list('North, South, East, West, Central') },
  'business regions': { region: list('EMEA, APAC, LATAM, North America') },
  status: { state: list('open, closed, active, new, pending, resolved') },
  'status codes': { state: list('NEW, OK, ERR, DONE') },
  airports: { iata: list('JFK, LAX, BCN, MAD, CDG, LHR, FRA, PER, LIM') },
  stocks: { ticker: list('AAPL, MSFT, CAT, MA, CAN, PER, GEO, USA, IND') },
  cheese: { cheese: list('Cheddar, Brie, Edam, Gouda, Roquefort, Parma, Stilton, Emmental') },
  wines: { name: list('Champagne, Bordeaux, Burgundy, Rioja, Chianti, Porto, Tokaj, Marsala') },
  films: {
    title: list(
      'Chicago, Casablanca, Manhattan, Fargo, Australia, Munich, Roma, Brazil, Troy, Chinatown, Belfast, Philadelphia, Paris Texas',
    ),
  },
  perfumes: { perfume: list('Paris, Roma, Cologne, Tuscany, Havana, Manhattan') },
  elements: {
    element: list('Francium, Polonium, Germanium, Copper'),
    symbol: list('Fr, Po, Ge, Cu, Ga, Al, In, Ni, Pa, Am, Ac, Ba'),
  },
  'chemical symbols': {
    name: list(
      'Al, Ar, As, Au, Ba, Be, Bi, Br, Ca, Cd, Cl, Co, Cr, Cu, Fr, Ga, Ge, In, Ir, La, Li, Lu, Mg, Mo, Na, Ne, Ni, No, Pa, Pt, Re, Sb, Sc, Se, Si, Sm, Sn, Sr',
    ),
  },
  gods: { god: list('Athena, Mars, Jupiter, Victoria, Diana, Aurora, Roma') },
  'blood groups': { blood: list('A, B, AB, O') },
  'yes and no': { answer: list('yes, no, NO, SI, YES') },
  sizes: { size: list('S, M, L, XL, XS') },
  'a constant country': { country: list('Spain, Spain, Spain, Spain') },
  'comments that name places': {
    comment: list('I love Paris, Spain was great, Visit Rome soon, Nice hotel in London'),
  },
  'user names': { username: list('paris99, madrid_fan, tokyo, berlin, rome, oslo') },
  'mail and phone': { email: list('a@b.es, c@d.fr'), phone: list('+34 1, +33 2') },
  ships: { ship: list('Titanic, Lusitania, Andrea Doria, Britannia, Queen Victoria') },
  'people of one state': { name: firstNames, result: list('OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK') },
  'first names and states': { name: firstNames, st: states.slice(0, 30) },
  'first names and their origin': { name: firstNames, origin: list('Old English, Latin, Hebrew, Greek, Gaelic') },
  cars: {
    car: list('Seat Toledo, Seat Leon, Kia Rio, Dacia'),
    model: list('Toledo, Leon, Cordoba, Ibiza, Malaga, Marbella'),
  },
  'car models called name': {
    name: list('Toledo, Leon, Cordoba, Ibiza, Malaga, Marbella, Alicante, Rio, Sorento, Tucson, Santa Fe'),
  },
  'birds and cattle': { name: list('Turkey, Guinea, Jersey, Guernsey, Ayrshire, Holstein') },
  'camera speeds': { iso: list('100, 200, 400, 800, 1600, 3200') },
  'race results': { place: list('1st, 2nd, 3rd, 4th'), runner: firstNames },
  departments: { department: list('Sales, Marketing, Nice, Reading, Bath') },
  'company names': { name: list('Amazon, Apple, Orange, Shell, Nokia, Siemens, Phoenix, Continental') },
  'football positions': { position: list('GK, DF, MF, FW, CB, LB') },
  'answers by letter': { answer: list('AB, BA, AD, BB, CA, CC, AE, DE') },
  genes: { gene: list('BRCA1, TP53, MALI, CHAD, IRAN1') },
  initials: { initials: list('AB, MA, DE, GB, US, FR, AL, JO') },
};

test('there are at least fifty tables', () => assert.ok(Object.keys(tables).length >= 50));

for (const [title, columns] of Object.entries(tables)) {
  test(`no place is guessed in a table of ${title}`, async () => {
    const sampled = Object.entries(columns).map(([name, values]) => sampledColumn(name, name, values));
    assert.equal(await decide(sampled, places), null);
  });
}

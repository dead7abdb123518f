import type { Language } from './languages.ts';

/** An encoding that text may be in, with the languages that were written in it. */
export interface Candidate {
  readonly encoding: string;
  readonly languages: readonly Language[];
  /** Cost of the encoding being rare, in the unit of score.ts; of equals the more frequent wins. */
  readonly rarity: number;
}

const cyrillic: readonly Language[] = ['russian', 'ukrainian', 'belarusian', 'bulgarian', 'serbian'];
const latin: readonly Language[] = ['western', 'italian'];
const central: readonly Language[] = ['czech', 'slovak', 'polish', 'hungarian', 'romanian', 'southSlavic', 'western'];

/** Named as WHATWG names them; those it does not have, as iconv does. */
export const candidates: readonly Candidate[] = [
  { encoding: 'windows-1252', languages: [...latin, 'icelandic'], rarity: 0 },
  { encoding: 'windows-1250', languages: central, rarity: 3 },
  { encoding: 'windows-1251', languages: cyrillic, rarity: 3 },
  { encoding: 'windows-1253', languages: ['greek'], rarity: 5 },
  { encoding: 'windows-1254', languages: ['turkish', 'western'], rarity: 5 },
  { encoding: 'windows-1255', languages: ['hebrew'], rarity: 5 },
  { encoding: 'windows-1256', languages: ['arabic'], rarity: 5 },
  { encoding: 'windows-1257', languages: ['baltic', 'western'], rarity: 5.5 },
  { encoding: 'windows-1258', languages: ['vietnamese'], rarity: 6 },
  { encoding: 'windows-874', languages: ['thai'], rarity: 5 },
  { encoding: 'iso-8859-2', languages: central, rarity: 6 },
  { encoding: 'iso-8859-3', languages: ['maltese', 'esperanto'], rarity: 12 },
  { encoding: 'iso-8859-4', languages: ['baltic', 'sami'], rarity: 10 },
  { encoding: 'iso-8859-5', languages: cyrillic, rarity: 6 },
  { encoding: 'iso-8859-6', languages: ['arabic'], rarity: 6 },
  { encoding: 'iso-8859-7', languages: ['greek'], rarity: 6 },
  { encoding: 'iso-8859-8', languages: ['hebrew'], rarity: 6 },
  { encoding: 'iso-8859-10', languages: ['baltic', 'sami', 'icelandic'], rarity: 12 },
  { encoding: 'iso-8859-13', languages: ['baltic', 'western'], rarity: 7 },
  { encoding: 'iso-8859-14', languages: ['celtic'], rarity: 12 },
  { encoding: 'iso-8859-15', languages: latin, rarity: 6 },
  { encoding: 'iso-8859-16', languages: ['romanian', 'southSlavic', 'hungarian', 'polish'], rarity: 9 },
  { encoding: 'koi8-r', languages: ['russian', 'bulgarian'], rarity: 6 },
  { encoding: 'koi8-u', languages: ['ukrainian', 'belarusian', 'russian'], rarity: 6.5 },
  { encoding: 'macintosh', languages: latin, rarity: 8 },
  { encoding: 'x-mac-cyrillic', languages: cyrillic, rarity: 8 },
  { encoding: 'maccenteuro', languages: central, rarity: 9 },
  { encoding: 'macgreek', languages: ['greek'], rarity: 9 },
  { encoding: 'macturkish', languages: ['turkish'], rarity: 9 },
  { encoding: 'cp437', languages: latin, rarity: 10 },
  { encoding: 'cp850', languages: latin, rarity: 9 },
  { encoding: 'cp852', languages: central, rarity: 9 },
  { encoding: 'cp857', languages: ['turkish'], rarity: 10 },
  { encoding: 'cp737', languages: ['greek'], rarity: 10 },
  { encoding: 'ibm866', languages: cyrillic, rarity: 8 },
  { encoding: 'shift_jis', languages: ['japanese'], rarity: 5 },
  { encoding: 'euc-jp', languages: ['japanese'], rarity: 5.5 },
  { encoding: 'euc-kr', languages: ['korean'], rarity: 5 },
  { encoding: 'gb18030', languages: ['simplifiedChinese', 'traditionalChinese'], rarity: 5 },
  { encoding: 'big5', languages: ['traditionalChinese'], rarity: 5 },
];

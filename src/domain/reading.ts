import type { ColumnType } from './schema.ts';

/** Order of the parts of a regional date such as 03/04/2021. */
export type DateOrder = 'dmy' | 'mdy' | 'ymd';

/** What is said of how delimited text is cut into cells. Absent: find out. */
export interface DialectWish {
  /** One or more characters between cells. */
  readonly delimiter?: string;
  /** One character; an empty string: nothing is quoted. */
  readonly quote?: string;
  /** One character before a quote that belongs to the value; the quote itself where it is doubled. */
  readonly escape?: string;
  /** Whether there is a row of names; a number is how many rows make the names together. */
  readonly header?: boolean | number;
  /** Lines before the first row that are none of the table. */
  readonly skipRows?: number;
}

/** What part a column plays in the geometry, where it is said. */
export type GeometryRole = 'longitude' | 'latitude' | 'geometry' | 'geohash' | 'h3' | 'plus_code' | 'none';

/** What is said of one column. */
export interface ColumnWish {
  /** As the source writes it, or as the table has it. */
  readonly name: string;
  /** What it is to be called in the table. */
  readonly rename?: string;
  /** Cells that are no such value become NULL and are rejects. */
  readonly type?: ColumnType;
  readonly drop?: boolean;
  /** Texts that mean NULL in this column, besides those of the whole file. */
  readonly nullValues?: readonly string[];
  /** Pattern of dates and times by the letters of Unicode TR 35: `dd.MM.yyyy HH:mm`. */
  readonly dateFormat?: string;
  readonly role?: GeometryRole;
}

/** More rejects than this fail the import: so many, or so much of a hundred rows. */
export type MaxRejects = { readonly count: number } | { readonly percent: number };

/** What is said of one layer of several. */
export interface LayerWish {
  /** As an analysis names it. */
  readonly layer: string;
  /** Path of its file in the archive, or the name of the file; null: of any. */
  readonly file: string | null;
  /** Of the file, as far as its layers have it in common. */
  readonly encoding: string | null;
  readonly dialect: DialectWish;
  readonly columns: readonly ColumnWish[];
}

/** What a request says about how its files are to be read. null, or absent in `dialect`: find out by evidence. */
export interface Reading {
  readonly typeGuessing: boolean;
  readonly quotedFieldsGuessing: boolean;
  /** Names of the layers to take; null: all. */
  readonly layers: readonly string[] | null;
  /** Label of the text's encoding, as WHATWG names them. */
  readonly encoding: string | null;
  /** SRID that the coordinates are in, whatever the file says. */
  readonly sourceSrid: number | null;
  readonly dialect: DialectWish;
  readonly decimal: '.' | ',' | null;
  readonly dateOrder: DateOrder | null;
  /** Texts that mean NULL in every column; null: the empty one alone, where the column is no text. */
  readonly nullValues: readonly string[] | null;
  /** Where cells beyond the last column go: into columns `_extra`, or to the rejects. null: into columns. */
  readonly extraCells: 'columns' | 'reject' | null;
  readonly columns: readonly ColumnWish[];
  /** What is said of single layers; what is said of all wins. Absent: nothing. */
  readonly layerWishes?: readonly LayerWish[];
  readonly maxRejects: MaxRejects | null;
}

/** Nothing is said: everything by evidence. */
export const defaultReading: Reading = {
  typeGuessing: true,
  quotedFieldsGuessing: true,
  layers: null,
  encoding: null,
  sourceSrid: null,
  dialect: {},
  decimal: null,
  dateOrder: null,
  nullValues: null,
  extraCells: null,
  columns: [],
  maxRejects: null,
};

/** What a request says about how its files are to be read: parameters of every way in become one `Reading`. */
import type { DateOrder, MaxRejects, Reading } from '../domain/reading.ts';
import { toColumns } from './column-parameters.ts';
import { toDialect, toEncoding } from './dialect-parameters.ts';
import { toLayerWishes } from './layer-parameters.ts';
import { toBoolean, toList, toWord, unknownValue } from './parameter-values.ts';
import { type Parameters, textOf } from './parameters.ts';
import { badImport } from './wire-error.ts';

/** Texts that mean NULL: so many, each so long. */
const MAX_NULL_VALUES = 1_000;
const MAX_NULL_LENGTH = 1_000;

/** `layers=a,b`, in JSON also a list; null where nothing is named. */
function toLayers(parameters: Parameters): readonly string[] | null {
  const names = (toList(parameters, 'layers') ?? []).map((name) => name.trim()).filter((name) => name !== '');
  return names.length === 0 ? null : names;
}

/** Largest number that PostGIS gives to a reference system of a user (SRID_USER_MAXIMUM). */
const LARGEST_SRID = 998_999;

function toSourceSrid(parameters: Parameters): number | null {
  const given = textOf(parameters, 'source_srid');
  if (given === null) return null;
  const digits = /^(?:EPSG:)?(\d{1,6})$/i.exec(given.trim())?.[1];
  const srid = Number(digits);
  if (digits === undefined || srid < 1 || srid > LARGEST_SRID) {
    throw badImport(`Unknown value '${given.slice(0, 100)}' for 'source_srid'. It takes an EPSG code such as 25830`);
  }
  return srid;
}

const decimals: readonly (readonly [string, '.' | ','])[] = [
  ['.', '.'],
  ['point', '.'],
  [',', ','],
  ['comma', ','],
];

function toDecimal(parameters: Parameters): '.' | ',' | null {
  const given = textOf(parameters, 'decimal');
  if (given === null) return null;
  const found = decimals.find(([word]) => word === given.trim().toLowerCase());
  if (found === undefined) throw unknownValue('decimal', given, '. or ,');
  return found[1];
}

const dateOrders: readonly DateOrder[] = ['dmy', 'mdy', 'ymd'];

function toNullValues(parameters: Parameters): readonly string[] | null {
  const values = toList(parameters, 'null_values');
  if (values === null) return null;
  if (values.length > MAX_NULL_VALUES) throw badImport(`null_values takes at most ${MAX_NULL_VALUES} texts`);
  if (values.some((value) => value.length > MAX_NULL_LENGTH)) {
    throw badImport(`null_values takes texts of at most ${MAX_NULL_LENGTH} characters`);
  }
  return values;
}

function toMaxRejects(parameters: Parameters): MaxRejects | null {
  const given = textOf(parameters, 'max_rejects');
  if (given === null) return null;
  const [, digits, fraction = '', percent] = /^(\d{1,15})(\.\d{1,9})?(\s*%)?$/.exec(given.trim()) ?? [];
  const value = Number(`${digits}${fraction}`);
  const isPercent = percent !== undefined;
  if (digits === undefined || (isPercent ? value > 100 : fraction !== '')) {
    throw unknownValue('max_rejects', given, 'a whole number, or a share of the rows such as 5%');
  }
  return isPercent ? { percent: value } : { count: value };
}

/**
 * What the parameters of an import, of an analysis or of a synchronization say about reading. A recipe among them
 * must have been opened (`withRecipe`). Throws 400 that names the value and what is allowed.
 */
export const toReading = (parameters: Parameters): Reading => ({
  typeGuessing: toBoolean(parameters.get('type_guessing'), true),
  quotedFieldsGuessing: toBoolean(parameters.get('quoted_fields_guessing'), true),
  layers: toLayers(parameters),
  encoding: toEncoding(parameters),
  sourceSrid: toSourceSrid(parameters),
  dialect: toDialect(parameters),
  decimal: toDecimal(parameters),
  dateOrder: toWord(parameters, 'date_order', dateOrders),
  nullValues: toNullValues(parameters),
  extraCells: toWord(parameters, 'extra_cells', ['columns', 'reject']),
  columns: toColumns(parameters.get('columns')),
  ...(parameters.has('per_layer') ? { layerWishes: toLayerWishes(parameters.get('per_layer')) } : {}),
  maxRejects: toMaxRejects(parameters),
});

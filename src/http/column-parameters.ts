/** The parameter `columns`: what is said of single columns. */
import type { ColumnWish, GeometryRole } from '../domain/reading.ts';
import { type ColumnType, columnTypes } from '../domain/schema.ts';
import { parseJsonText, storableText, unknownValue } from './parameter-values.ts';
import { badImport } from './wire-error.ts';

/** Columns of which something can be said; a table has at most 1,596 of its own, a file may have more to drop. */
const MAX_WISHES = 5_000;

/** Longest name of a column in a file, longest of one in a table (it is cut to 63 bytes), and longest pattern. */
const MAX_NAME_LENGTH = 1_000;
const MAX_RENAME_LENGTH = 250;
const MAX_FORMAT_LENGTH = 100;
const MAX_NULL_VALUES = 1_000;

const keys = ['name', 'rename', 'type', 'drop', 'null_values', 'date_format', 'role'] as const;
type Key = (typeof keys)[number];

const roles: readonly GeometryRole[] = ['longitude', 'latitude', 'geometry', 'geohash', 'h3', 'plus_code', 'none'];

/** Names that SQL, JSON and data descriptions have for the types of a table. */
const typeNames: ReadonlyMap<string, ColumnType> = new Map<string, ColumnType>([
  ...columnTypes.map((type) => [type, type] as const),
  ['bool', 'boolean'],
  ['int', 'bigint'],
  ['integer', 'bigint'],
  ['int8', 'bigint'],
  ['int4', 'bigint'],
  ['smallint', 'bigint'],
  ['decimal', 'numeric'],
  ['double', 'double precision'],
  ['float', 'double precision'],
  ['float8', 'double precision'],
  ['real', 'double precision'],
  ['number', 'double precision'],
  ['datetime', 'timestamp'],
  ['timestamp without time zone', 'timestamp'],
  ['timestamp with time zone', 'timestamptz'],
  ['time without time zone', 'time'],
  ['json', 'jsonb'],
  ['string', 'text'],
  ['varchar', 'text'],
]);

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Wishes of a list of objects, or of an object by name. Throws 400 that names the column and what is allowed. */
export function toColumns(given: unknown): readonly ColumnWish[] {
  if (given === undefined || given === null || given === '') return [];
  const value = typeof given === 'string' ? parseJsonText('columns', given) : given;
  const wishes = entriesOf(value).map(([name, wish]) => toWish(name, wish));
  const names = new Set<string>();
  for (const { name } of wishes) {
    if (names.has(name)) throw badImport(`columns says twice what becomes of '${name.slice(0, 100)}'`);
    names.add(name);
  }
  return wishes;
}

function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  const isList = Array.isArray(value);
  if (!isList && !isObject(value)) {
    throw badImport('columns must be a list such as [{"name":"id","type":"text"}], or an object by name');
  }
  const count = isList ? value.length : Object.keys(value).length;
  if (count > MAX_WISHES) throw badImport(`columns names ${count} columns, at most ${MAX_WISHES} are taken`);
  if (!isList) return Object.entries(value);
  return value.map((wish: unknown) => [isObject(wish) && 'name' in wish ? wish.name : undefined, wish]);
}

function toWish(givenName: unknown, given: unknown): ColumnWish {
  if (givenName === undefined) throw badImport('columns: every column needs a name, as the file writes it');
  const name = storableText('columns: a name', givenName);
  if (name === '' || name.length > MAX_NAME_LENGTH) {
    throw badImport(`columns: a name has 1 to ${MAX_NAME_LENGTH} characters`);
  }
  // {"id": "text"} says the type alone.
  if (typeof given === 'string') return { name, type: toType(name, given) };
  if (!isObject(given)) throw badImport(`columns: '${name.slice(0, 100)}' must be an object or the name of a type`);
  const fields = new Map<string, unknown>(Object.entries(given));
  const unknown = [...fields.keys()].find((key) => !keys.includes(key as Key));
  if (unknown !== undefined) throw unknownValue('columns', unknown, keys.join(', '));
  const field = (key: Key): unknown => fields.get(key) ?? undefined;
  const rename = field('rename');
  const type = field('type');
  const drop = field('drop');
  const nullValues = field('null_values');
  const dateFormat = field('date_format');
  const role = field('role');
  return {
    name,
    ...(rename === undefined ? {} : { rename: toNewName(rename) }),
    ...(type === undefined ? {} : { type: toType(name, type) }),
    ...(drop === undefined ? {} : { drop: toDrop(name, drop) }),
    ...(nullValues === undefined ? {} : { nullValues: toNullValues(name, nullValues) }),
    ...(dateFormat === undefined ? {} : { dateFormat: toDateFormat(name, dateFormat) }),
    ...(role === undefined ? {} : { role: toRole(name, role) }),
  };
}

const keyOf = (name: string, key: Key): string => `columns: ${key} of ${name.slice(0, 100)}`;

function toNewName(value: unknown): string {
  const rename = storableText('columns: rename', value).trim();
  if (rename === '' || rename.length > MAX_RENAME_LENGTH) {
    throw badImport(`columns: rename has 1 to ${MAX_RENAME_LENGTH} characters`);
  }
  return rename;
}

function toType(name: string, value: unknown): ColumnType {
  const type = typeof value === 'string' ? typeNames.get(value.trim().toLowerCase()) : undefined;
  if (type === undefined) throw unknownValue(keyOf(name, 'type'), shown(value), columnTypes.join(', '));
  return type;
}

function toDrop(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw unknownValue(keyOf(name, 'drop'), shown(value), 'true or false');
  return value;
}

function toNullValues(name: string, value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length > MAX_NULL_VALUES) throw badImport(`${keyOf(name, 'null_values')}: at most ${MAX_NULL_VALUES}`);
  return values.map((one) => storableText(keyOf(name, 'null_values'), one));
}

/** Letters of Unicode TR 35 that stand for a part of a date or time; others are text only within quotes. */
const formatLetters = /^(?:[GyuQMLdDEeaHhKkmsSzZXxVO]|'[^']*'|[^A-Za-z'])+$/;

function toDateFormat(name: string, value: unknown): string {
  const format = storableText(keyOf(name, 'date_format'), value);
  if (format.length > MAX_FORMAT_LENGTH || !formatLetters.test(format)) {
    throw unknownValue(keyOf(name, 'date_format'), format, 'a pattern such as dd.MM.yyyy HH:mm');
  }
  return format;
}

function toRole(name: string, value: unknown): GeometryRole {
  const role = roles.find((one) => one === value);
  if (role === undefined) throw unknownValue(keyOf(name, 'role'), shown(value), roles.join(', '));
  return role;
}

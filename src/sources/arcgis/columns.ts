import type { ColumnType } from '../../domain/schema.ts';
import type { RowsWriter } from '../rows-writer.ts';
import type { Answer } from './client.ts';
import type { Field, LayerInfo } from './metadata.ts';
import { keyOf, type Row } from './page.ts';

/** Types of fields (ArcGIS REST API, "Field") as column types, without `esriFieldType`. */
const types: Readonly<Record<string, ColumnType>> = {
  OID: 'bigint',
  SmallInteger: 'bigint',
  Integer: 'bigint',
  BigInteger: 'bigint',
  Single: 'double precision',
  Double: 'double precision',
  String: 'text',
  XML: 'text',
  GUID: 'uuid',
  GlobalID: 'uuid',
  Date: 'timestamptz',
  TimestampOffset: 'timestamptz',
  DateOnly: 'date',
  TimeOnly: 'time',
};

/** Fields whose values no query hands out. */
export const withoutValues: ReadonlySet<string> = new Set(['Blob', 'Raster', 'Geometry']);

/** A column of the table, and how its cell comes out of a row. */
export interface LayerColumn {
  readonly name: string;
  readonly type: ColumnType | null;
  /** What users of the layer call it; null where that is its name. */
  readonly label: string | null;
  /** Text in the words of the type; null for NULL. */
  read(row: Row): string | null;
}

/**
 * The columns of a layer: its fields, and beside those with coded values the names of these as `<field>_name`;
 * with `hasAttachments` also the addresses of these.
 */
export function columnsOf(layer: LayerInfo, hasAttachments: boolean): readonly LayerColumn[] {
  const fields = layer.fields.filter(({ type }) => !withoutValues.has(type));
  const taken = new Set(fields.map(({ name }) => name.toLowerCase()));
  const columns = fields.flatMap((field): readonly LayerColumn[] => {
    const value = plainColumn(field);
    const named = namesFor(field, layer);
    if (named === null) return [value];
    const name = freeName(`${field.name}_name`, taken);
    const label = field.alias === '' || field.alias === field.name ? null : `${field.alias} (name)`;
    return [value, { name, type: 'text', label, read: named }];
  });
  if (!hasAttachments) return columns;
  const name = freeName('attachment_urls', taken);
  const read = ({ attachments }: Row): string | null =>
    attachments === undefined ? null : JSON.stringify(attachments);
  return [...columns, { name, type: 'jsonb', label: null, read }];
}

function plainColumn(field: Field): LayerColumn {
  const read = reader(field.name);
  const label = field.alias === '' || field.alias === field.name ? null : field.alias;
  const toText = words[field.type] ?? anyText;
  return {
    name: field.name,
    type: types[field.type] ?? null,
    label,
    read: ({ attributes }) => toText(read(attributes)),
  };
}

/** Reads one field of every row; its key in the answers is looked up once. */
function reader(field: string): (attributes: Answer) => unknown {
  let key = field;
  return (attributes) => {
    if (!Object.hasOwn(attributes, key)) key = keyOf(attributes, field);
    return Object.hasOwn(attributes, key) ? attributes[key] : null;
  };
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${wanted}_${count}`;
  taken.add(name.toLowerCase());
  return name;
}

function namesFor(field: Field, { subtypes }: LayerInfo): ((row: Row) => string | null) | null {
  const read = reader(field.name);
  const own = field.name.toLowerCase();
  if (subtypes !== null && subtypes.field.toLowerCase() === own) {
    return ({ attributes }) => nameOf(subtypes.names, read(attributes)) ?? nameOf(field.names, read(attributes));
  }
  const ofKind = subtypes !== null && [...subtypes.domains.values()].some((domains) => domains.has(own));
  if (field.names === null && !ofKind) return null;
  const readKind = reader(subtypes?.field ?? '');
  return ({ attributes }) => {
    const code = read(attributes);
    const kind = ofKind ? subtypes?.domains.get(String(readKind(attributes)))?.get(own) : undefined;
    return nameOf(kind ?? field.names, code);
  };
}

const nameOf = (names: ReadonlyMap<string, string> | null, code: unknown): string | null =>
  code === null || code === undefined ? null : (names?.get(String(code)) ?? null);

const anyText = (value: unknown): string | null => {
  if (typeof value === 'number') return String(value);
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value).replaceAll('\0', '');
};

/** Milliseconds since 1970, in UTC (ArcGIS REST API, "Date fields"), with their time of day. */
const moment = (value: unknown): string | null => {
  if (typeof value !== 'number') return blankAsNull(value);
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return String(value);
  // Beyond these years ISO has six digits and a sign, which no reader of dates takes.
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999 ? date.toISOString() : String(value);
};

/** Nothing but a text can be empty. */
const blankAsNull = (value: unknown): string | null => {
  if (typeof value === 'number') return String(value);
  const text = anyText(value);
  return text === null || text.trim() === '' ? null : text;
};

/** Older servers write `{0A1B…}`. */
const guid = (value: unknown): string | null =>
  blankAsNull(value)
    ?.replace(/^\{(.*)\}$/, '$1')
    .toLowerCase() ?? null;

const words: Readonly<Record<string, (value: unknown) => string | null>> = {
  OID: blankAsNull,
  SmallInteger: blankAsNull,
  Integer: blankAsNull,
  BigInteger: blankAsNull,
  Single: blankAsNull,
  Double: blankAsNull,
  GUID: guid,
  GlobalID: guid,
  Date: moment,
  TimestampOffset: blankAsNull,
  DateOnly: blankAsNull,
  TimeOnly: blankAsNull,
};

/** Writes the cells of a row in the order of the columns. */
export function writeCells(writer: RowsWriter, columns: readonly LayerColumn[], row: Row): void {
  for (const column of columns) {
    const text = column.read(row);
    if (text === null) writer.null();
    else writer.text(text);
  }
}

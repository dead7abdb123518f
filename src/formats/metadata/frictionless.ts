/** Frictionless Data: https://specs.frictionlessdata.io/data-package/ and its Table Schema, versions 1 and 2. */
import type { ColumnWish, DialectWish } from '../../domain/reading.ts';
import type { ColumnType } from '../../domain/schema.ts';
import {
  baseName,
  type ColumnDescription,
  commonDialect,
  type FileDescription,
  fieldsOf,
  listOf,
  textOf,
  textsOf,
} from './description.ts';

type Fields = ReadonlyMap<string, unknown>;

/** Types of fields that say a type of a table. A datetime may have a zone or none, so its values tell. */
const types: ReadonlyMap<string, ColumnType> = new Map<string, ColumnType>([
  ['string', 'text'],
  ['integer', 'bigint'],
  ['number', 'double precision'],
  ['boolean', 'boolean'],
  ['date', 'date'],
  ['time', 'time'],
  ['object', 'jsonb'],
  ['array', 'jsonb'],
  ['year', 'bigint'],
  ['yearmonth', 'text'],
  ['duration', 'text'],
]);

/** Whether a document of JSON is a data package, a resource of one or a table schema. */
export function isFrictionless(document: unknown): boolean {
  const fields = fieldsOf(document);
  return fields.has('resources') || fields.has('fields') || (fields.has('schema') && fields.has('path'));
}

/** The resources of a document; a table schema alone is about the only file there is. */
export function readFrictionless(document: unknown): readonly FileDescription[] {
  const fields = fieldsOf(document);
  if (fields.has('fields')) return [describe(null, new Map(), fields)];
  const resources = fields.has('resources') ? listOf(fields.get('resources')) : [document];
  return resources.flatMap((one) => {
    const resource = fieldsOf(one);
    const schema = fieldsOf(resource.get('schema'));
    return listOf(resource.get('path')).map((path) => describe(baseName(path), resource, schema));
  });
}

function describe(file: string | null, resource: Fields, schema: Fields): FileDescription {
  const columns = listOf(schema.get('fields')).map(fieldsOf);
  const decimals = new Set(columns.map((column) => column.get('decimalChar')).filter((sign) => sign !== undefined));
  const [decimal] = decimals;
  const missing = schema.has('missingValues') ? textsOf(schema.get('missingValues')) : null;
  return {
    file,
    dialect: dialectOf(resource.get('dialect')),
    encoding: textOf(resource.get('encoding')),
    decimal: decimals.size === 1 && (decimal === '.' || decimal === ',') ? decimal : null,
    // What goes without saying is not said.
    nullValues: missing?.length === 1 && missing[0] === '' ? null : missing,
    columns: columns.map(describeField),
  };
}

/** Version 2 has the words of CSV in an object of their own, and lists the rows of the header. */
function dialectOf(given: unknown): DialectWish {
  const fields = fieldsOf(given);
  const rows = fields.get('headerRows');
  const count = Array.isArray(rows) ? rows.length : 0;
  return {
    ...commonDialect(given),
    ...commonDialect(fields.get('csv')),
    ...(count > 1 ? { header: count } : {}),
  };
}

function describeField(field: Fields): ColumnDescription {
  const name = textOf(field.get('name'));
  const title = textOf(field.get('title'));
  return {
    names: [...(name === null ? [] : [name]), ...(title === null ? [] : [title])],
    wish: {
      ...(name === null || name === '' ? {} : { rename: name }),
      ...(field.has('missingValues') ? { nullValues: textsOf(field.get('missingValues')) } : {}),
      ...typeWish(field),
    },
  };
}

function typeWish(field: Fields): Pick<ColumnWish, 'type' | 'dateFormat' | 'role'> {
  const kind = textOf(field.get('type')) ?? '';
  const format = textOf(field.get('format')) ?? 'default';
  if (kind === 'geojson') return { role: 'geometry' };
  if (kind === 'string' && format === 'uuid') return { type: 'uuid' };
  if (/^(date|time|datetime)$/.test(kind) && format !== 'default') {
    const pattern = format === 'any' ? null : patternOf(format);
    return pattern === null ? {} : { dateFormat: pattern };
  }
  const type = types.get(kind);
  // How truth is spelled, and how digits are grouped, cannot be asked for: the values tell.
  const isSpelled = field.has('trueValues') || field.has('falseValues') || field.has('groupChar');
  if (type === undefined || isSpelled || field.get('bareNumber') === false) return {};
  return { type };
}

/** Directives of C's strptime in the letters of Unicode TR 35. */
const directives: ReadonlyMap<string, string> = new Map([
  ['Y', 'yyyy'],
  ['y', 'yy'],
  ['m', 'MM'],
  ['b', 'MMM'],
  ['B', 'MMMM'],
  ['d', 'dd'],
  ['H', 'HH'],
  ['I', 'hh'],
  ['M', 'mm'],
  ['S', 'ss'],
  ['f', 'SSSSSS'],
  ['p', 'a'],
  ['z', 'xx'],
  ['%', '%'],
]);

/** A pattern of strptime in the letters of Unicode TR 35; null where it has a directive that they lack. */
function patternOf(format: string): string | null {
  let isKnown = true;
  const pattern = format.replace(/%(.)|([A-Za-z]+)/g, (_, directive?: string, letters?: string) => {
    if (letters !== undefined) return `'${letters}'`;
    const found = directives.get(directive ?? '');
    if (found === undefined) isKnown = false;
    return found ?? '';
  });
  return isKnown ? pattern : null;
}

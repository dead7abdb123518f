/** Frictionless Data: https://specs.frictionlessdata.io/data-package/ and its Table Schema, versions 1 and 2. */
import type { ColumnWish, DialectWish } from '../../domain/reading.ts';
import type { ColumnType } from '../../domain/schema.ts';
import {
  baseName,
  type ColumnDescription,
  columnsOf,
  commonDialect,
  type FileDescription,
  fieldsOf,
  headerOf,
  listOf,
  MOST_FILES,
  nullTextsOf,
  partOf,
  renameOf,
  shown,
  type Tell,
  textOf,
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
export function readFrictionless(document: unknown, tell: Tell): readonly FileDescription[] {
  const fields = fieldsOf(document);
  if (fields.has('fields')) return [{ file: null, ...describe(new Map(), fields, tell) }];
  const resources = fields.has('resources') ? listOf(partOf(fields, 'resources', tell)) : [document];
  const files: FileDescription[] = [];
  let left = 0;
  for (const one of resources) {
    if (typeof one === 'string') tell(`A resource is only named, ${shown(one)}: references are not followed.`);
    const resource = fieldsOf(one);
    const paths = listOf(resource.get('path'));
    const taken = paths.slice(0, MOST_FILES - files.length);
    left += paths.length - taken.length;
    if (taken.length === 0) continue;
    const description = describe(resource, fieldsOf(partOf(resource, 'schema', tell)), tell);
    files.push(...taken.map((path) => ({ file: baseName(path), ...description })));
  }
  if (left > 0) tell(`It describes ${MOST_FILES + left} files: the first ${MOST_FILES} are heeded.`);
  return files;
}

function describe(resource: Fields, schema: Fields, tell: Tell): Omit<FileDescription, 'file'> {
  const columns = columnsOf(schema.get('fields'), tell);
  const decimals = new Set(columns.map((column) => column.get('decimalChar')).filter((sign) => sign !== undefined));
  const [decimal] = decimals;
  const missing = schema.has('missingValues') ? (nullTextsOf(schema.get('missingValues'), tell) ?? null) : null;
  return {
    dialect: dialectOf(partOf(resource, 'dialect', tell), tell),
    encoding: textOf(resource.get('encoding')),
    decimal: decimals.size === 1 && (decimal === '.' || decimal === ',') ? decimal : null,
    // What goes without saying is not said.
    nullValues: missing?.length === 1 && missing[0] === '' ? null : missing,
    columns: columns.map((column) => describeField(column, tell)),
  };
}

/** Version 2 has the words of CSV in an object of their own, and lists the rows of the header. */
function dialectOf(given: unknown, tell: Tell): DialectWish {
  const fields = fieldsOf(given);
  const rows = fields.get('headerRows');
  const count = Array.isArray(rows) ? rows.length : 0;
  return {
    ...commonDialect(given, tell),
    ...commonDialect(fields.get('csv'), tell),
    ...(count > 1 ? headerOf(count, tell) : {}),
  };
}

function describeField(field: Fields, tell: Tell): ColumnDescription {
  const name = textOf(field.get('name'));
  const title = textOf(field.get('title'));
  const nulls = field.has('missingValues') ? nullTextsOf(field.get('missingValues'), tell) : undefined;
  return {
    names: [...(name === null ? [] : [name]), ...(title === null ? [] : [title])],
    wish: {
      ...renameOf(name, tell),
      ...(nulls === undefined ? {} : { nullValues: nulls }),
      ...typeWish(field, tell),
    },
  };
}

function typeWish(field: Fields, tell: Tell): Pick<ColumnWish, 'type' | 'dateFormat' | 'role'> {
  const kind = textOf(field.get('type')) ?? '';
  const isKnown = !field.has('type') || types.has(kind) || /^(any|datetime|geopoint|geojson|list)$/.test(kind);
  if (!isKnown) tell(`The type ${shown(field.get('type'))} of column ${shown(field.get('name'))} is not known.`);
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

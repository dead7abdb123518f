/** CSV on the Web: https://www.w3.org/TR/tabular-metadata/ */
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
  skipRowsOf,
  type Tell,
  textOf,
  textsOf,
} from './description.ts';

/** Built-in datatypes (5.11.1) that say a type of a table. A dateTime may have a zone or none, so its values tell. */
const types: ReadonlyMap<string, ColumnType> = new Map<string, ColumnType>([
  ...['byte', 'short', 'int', 'long', 'integer', 'unsignedByte', 'unsignedShort', 'unsignedInt'].map(
    (name) => [name, 'bigint'] as const,
  ),
  ...['nonNegativeInteger', 'positiveInteger', 'nonPositiveInteger', 'negativeInteger'].map(
    (name) => [name, 'bigint'] as const,
  ),
  ['decimal', 'numeric'],
  ['unsignedLong', 'numeric'],
  ['number', 'double precision'],
  ['double', 'double precision'],
  ['float', 'double precision'],
  ['boolean', 'boolean'],
  ['date', 'date'],
  ['dateTimeStamp', 'timestamptz'],
  ['time', 'time'],
  ['json', 'jsonb'],
  ...['string', 'normalizedString', 'token', 'anyURI', 'language', 'Name', 'NMTOKEN', 'xml', 'html'].map(
    (name) => [name, 'text'] as const,
  ),
  ...['gDay', 'gMonth', 'gMonthDay', 'gYear', 'gYearMonth', 'duration', 'dayTimeDuration', 'yearMonthDuration'].map(
    (name) => [name, 'text'] as const,
  ),
  ...['hexBinary', 'base64Binary', 'binary', 'QName'].map((name) => [name, 'text'] as const),
]);

/** Whether a document of JSON is of this vocabulary. */
export function isCsvw(document: unknown): boolean {
  const fields = fieldsOf(document);
  return textsOf(fields.get('@context')).some((one) => one.includes('ns/csvw')) || fields.has('tableSchema');
}

/** The tables of a document: one alone, or those of a group. */
export function readCsvw(document: unknown, tell: Tell): readonly FileDescription[] {
  const group = fieldsOf(document);
  const tables = group.has('tables') ? listOf(partOf(group, 'tables', tell)) : [document];
  if (tables.length > MOST_FILES) tell(`It describes ${tables.length} files: the first ${MOST_FILES} are heeded.`);
  // The schema of a group is that of many tables.
  const known = new Map<unknown, Columns>();
  const columnsIn = (schema: unknown): Columns => {
    const columns = known.get(schema) ?? describeColumns(schema, tell);
    known.set(schema, columns);
    return columns;
  };
  return tables.slice(0, MOST_FILES).map((table) => describeTable(fieldsOf(table), group, columnsIn, tell));
}

type Columns = Pick<FileDescription, 'columns' | 'decimal'>;

function describeColumns(schema: unknown, tell: Tell): Columns {
  const columns = columnsOf(fieldsOf(schema).get('columns'), tell).filter((column) => column.get('virtual') !== true);
  const decimals = new Set(columns.map(decimalOf).filter((sign) => sign !== null));
  const [decimal = null] = decimals;
  return {
    decimal: decimals.size === 1 ? decimal : null,
    columns: columns.map((column) => describeColumn(column, tell)),
  };
}

type Fields = ReadonlyMap<string, unknown>;

function describeTable(
  table: Fields,
  group: Fields,
  columnsIn: (schema: unknown) => Columns,
  tell: Tell,
): FileDescription {
  const dialect = partOf(table, 'dialect', tell) ?? partOf(group, 'dialect', tell);
  const schema = partOf(table, 'tableSchema', tell) ?? partOf(group, 'tableSchema', tell);
  const nulls = fieldsOf(schema).get('null') ?? table.get('null') ?? group.get('null');
  return {
    file: baseName(table.get('url')),
    dialect: dialectOf(dialect, tell),
    encoding: textOf(fieldsOf(dialect).get('encoding')),
    nullValues: nulls === undefined ? null : (nullTextsOf(nulls, tell) ?? null),
    ...columnsIn(schema),
  };
}

function dialectOf(given: unknown, tell: Tell): DialectWish {
  const fields = fieldsOf(given);
  return {
    ...commonDialect(given, tell),
    ...headerOf(fields.get('headerRowCount'), tell),
    ...skipRowsOf(fields.get('skipRows'), tell),
  };
}

/** A title may be text, a list of texts, or either by language. */
const titlesOf = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.values(value).flatMap((titles) => textsOf(titles))
    : textsOf(value);

const datatypeOf = (column: Fields): { readonly base: string | null; readonly format: unknown } => {
  const datatype = column.get('datatype');
  if (typeof datatype === 'string') return { base: datatype, format: undefined };
  const fields = fieldsOf(datatype);
  return { base: textOf(fields.get('base')) ?? (fields.size > 0 ? 'string' : null), format: fields.get('format') };
};

function decimalOf(column: Fields): '.' | ',' | null {
  const sign = fieldsOf(datatypeOf(column).format).get('decimalChar');
  return sign === '.' || sign === ',' ? sign : null;
}

function describeColumn(column: Fields, tell: Tell): ColumnDescription {
  const name = textOf(column.get('name'));
  const titles = titlesOf(column.get('titles'));
  const nulls = column.has('null') ? nullTextsOf(column.get('null'), tell) : undefined;
  return {
    names: [...titles, ...(name === null ? [] : [name])],
    wish: {
      ...renameOf(name, tell),
      ...(column.get('suppressOutput') === true ? { drop: true } : {}),
      ...(nulls === undefined ? {} : { nullValues: nulls }),
      ...typeWish(column, tell),
    },
  };
}

function typeWish(column: Fields, tell: Tell): Pick<ColumnWish, 'type' | 'dateFormat'> {
  const { base, format } = datatypeOf(column);
  const type = base === null ? undefined : types.get(base);
  const isKnown = base === null || type !== undefined || /^(date-?time|any|anyAtomicType)$/i.test(base);
  if (!isKnown) tell(`The datatype ${shown(base)} of column ${shown(column.get('name'))} is not known.`);
  if (typeof format === 'string' && /^(date|time|dateTime|datetime|dateTimeStamp)$/.test(base ?? '')) {
    return { dateFormat: format };
  }
  // How truth is spelled, and how digits are grouped, cannot be asked for: the values tell.
  const isSpelled = type === 'boolean' && format !== undefined;
  if (type === undefined || isSpelled || fieldsOf(format).has('groupChar')) return {};
  return { type };
}

/** CSV on the Web: https://www.w3.org/TR/tabular-metadata/ */
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
  return JSON.stringify(fields.get('@context') ?? '').includes('ns/csvw') || fields.has('tableSchema');
}

/** The tables of a document: one alone, or those of a group. */
export function readCsvw(document: unknown): readonly FileDescription[] {
  const group = fieldsOf(document);
  const tables = group.has('tables') ? listOf(group.get('tables')) : [document];
  return tables.map((table) => describeTable(fieldsOf(table), group));
}

type Fields = ReadonlyMap<string, unknown>;

function describeTable(table: Fields, group: Fields): FileDescription {
  const dialect = table.get('dialect') ?? group.get('dialect');
  const schema = fieldsOf(table.get('tableSchema') ?? group.get('tableSchema'));
  const nulls = schema.get('null') ?? table.get('null') ?? group.get('null');
  const given = listOf(schema.get('columns')).map(fieldsOf);
  const columns = given.filter((column) => column.get('virtual') !== true);
  const decimals = new Set(columns.map(decimalOf).filter((sign) => sign !== null));
  const [decimal = null] = decimals;
  return {
    file: baseName(table.get('url')),
    dialect: dialectOf(dialect),
    encoding: textOf(fieldsOf(dialect).get('encoding')),
    decimal: decimals.size === 1 ? decimal : null,
    nullValues: nulls === undefined ? null : textsOf(nulls),
    columns: columns.map(describeColumn),
  };
}

function dialectOf(given: unknown): DialectWish {
  const fields = fieldsOf(given);
  const headers = fields.get('headerRowCount');
  const skipped = fields.get('skipRows');
  return {
    ...commonDialect(given),
    ...(typeof headers === 'number' && Number.isSafeInteger(headers) && headers >= 0
      ? { header: headers < 2 ? headers === 1 : headers }
      : {}),
    ...(typeof skipped === 'number' && Number.isSafeInteger(skipped) && skipped > 0 ? { skipRows: skipped } : {}),
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

function describeColumn(column: Fields): ColumnDescription {
  const name = textOf(column.get('name'));
  const titles = titlesOf(column.get('titles'));
  return {
    names: [...titles, ...(name === null ? [] : [name])],
    wish: {
      ...(name === null || name === '' ? {} : { rename: name }),
      ...(column.get('suppressOutput') === true ? { drop: true } : {}),
      ...(column.has('null') ? { nullValues: textsOf(column.get('null')) } : {}),
      ...typeWish(column),
    },
  };
}

function typeWish(column: Fields): Pick<ColumnWish, 'type' | 'dateFormat'> {
  const { base, format } = datatypeOf(column);
  const type = base === null ? undefined : types.get(base);
  if (typeof format === 'string' && /^(date|time|dateTime|datetime|dateTimeStamp)$/.test(base ?? '')) {
    return { dateFormat: format };
  }
  // How truth is spelled, and how digits are grouped, cannot be asked for: the values tell.
  const isSpelled = type === 'boolean' && format !== undefined;
  if (type === undefined || isSpelled || fieldsOf(format).has('groupChar')) return {};
  return { type };
}

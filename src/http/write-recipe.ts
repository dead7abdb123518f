import type { LayerAnalysis } from '../domain/analysis.ts';
import type { ImportOptions } from '../domain/import.ts';
import type { ColumnWish, DateOrder, DialectWish, Reading } from '../domain/reading.ts';
import { encodingOf, fieldsOf } from './present-report.ts';

/** A recipe: parameters of an import that say what an analysis found. */
export type Recipe = Readonly<Record<string, unknown>>;

/**
 * The recipe that makes of the same files the tables that were foreseen, and holds later files to them: what was asked
 * for, and what was found out besides; of several layers, by layer.
 */
export function writeRecipe(asked: ImportOptions, layers: readonly LayerAnalysis[]): Recipe {
  const [layer] = layers;
  const options = { ...asked, dateOrder: asked.dateOrder ?? foundDateOrder(layers) };
  if (layer === undefined) return writeReading(options, options.dialect, options.columns);
  if (layers.length > 1) {
    const recipe = writeReading(options, options.dialect, options.columns);
    return { ...recipe, per_layer: layers.map((one) => writeLayer(options, one, layers)) };
  }
  const encoding = options.encoding ?? encodingOf(layer.source);
  return writeReading(
    { ...options, encoding },
    { ...foundDialect(layer), ...options.dialect },
    wishesOf(options, layer),
  );
}

/** The order of days and months, where all dates that are written with either first have the same. */
function foundDateOrder(layers: readonly LayerAnalysis[]): DateOrder | null {
  const found = layers.flatMap(({ columns }) => columns.map(({ dateOrder }) => dateOrder));
  const orders = new Set(found.filter((order) => order === 'dmy' || order === 'mdy'));
  const [order] = orders;
  return orders.size === 1 && order !== undefined ? order : null;
}

const wishesOf = (options: ImportOptions, layer: LayerAnalysis): readonly ColumnWish[] =>
  options.typeGuessing ? columnsOf(options, layer) : options.columns;

/** What was found of one layer of several. */
function writeLayer(options: ImportOptions, layer: LayerAnalysis, layers: readonly LayerAnalysis[]): Recipe {
  const isAlone = layers.filter(({ file }) => file === layer.file).length === 1;
  const found = foundDialect(layer);
  const { header: _, skipRows: __, ...shared } = found;
  // Where a text holds several tables, the first lines are those of one.
  const dialect = isAlone ? found : shared;
  const encoding = options.encoding ?? encodingOf(layer.source);
  return {
    layer: layer.name,
    file: layer.file,
    ...without({ encoding, ...writeDialect({ ...dialect, ...options.dialect }) }),
    columns: wishesOf(options, layer).map(writeWish),
  };
}

const without = (said: Recipe): Recipe =>
  Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null && value !== undefined));

const writeDialect = ({ delimiter, quote, escape: mark, header, skipRows }: DialectWish): Recipe => ({
  delimiter,
  quote: quote === '' ? 'none' : quote,
  escape: mark === '' ? null : mark,
  header,
  skip_rows: skipRows,
});

function writeReading(
  options: Reading & Pick<ImportOptions, 'geometryPolicy' | 'contentGuessing'>,
  dialect: DialectWish,
  columns: readonly ColumnWish[],
): Recipe {
  const { maxRejects } = options;
  return without({
    type_guessing: options.typeGuessing ? null : false,
    quoted_fields_guessing: options.quotedFieldsGuessing ? null : false,
    content_guessing: options.contentGuessing ? true : null,
    layers: options.layers,
    encoding: options.encoding,
    source_srid: options.sourceSrid,
    geometry_policy: options.geometryPolicy ?? null,
    ...writeDialect(dialect),
    decimal: options.decimal,
    date_order: options.dateOrder,
    null_values: options.nullValues,
    extra_cells: options.extraCells,
    max_rejects: maxRejects === null ? null : 'count' in maxRejects ? maxRejects.count : `${maxRejects.percent}%`,
    columns: columns.length === 0 ? null : columns.map(writeWish),
  });
}

const writeWish = ({ nullValues, dateFormat, ...wish }: ColumnWish): Recipe => ({
  ...wish,
  ...(nullValues === undefined ? {} : { null_values: nullValues }),
  ...(dateFormat === undefined ? {} : { date_format: dateFormat }),
});

/** What the format of delimited text tells of its dialect. */
function foundDialect({ source }: LayerAnalysis): DialectWish {
  const { delimiter, quote, escape: mark, header_rows: rows, first_line: line } = fieldsOf(source.dialect);
  return {
    ...(typeof delimiter === 'string' && delimiter !== '' ? { delimiter } : {}),
    ...(typeof quote === 'string' ? { quote } : {}),
    ...(typeof mark === 'string' && mark !== '' ? { escape: mark } : {}),
    ...(typeof rows === 'number' ? { header: rows > 1 ? rows : rows === 1 } : {}),
    ...(typeof line === 'number' && line > 1 ? { skipRows: line - 1 } : {}),
  };
}

/** What was asked of columns, with the types and the parts in the geometry that were found. */
function columnsOf({ columns }: ImportOptions, layer: LayerAnalysis): readonly ColumnWish[] {
  const sources = layer.columns.map(({ source }) => source);
  const isUnique = (source: string): boolean => source !== '' && sources.filter((one) => one === source).length === 1;
  const askedOf = (name: string, source: string): ColumnWish | undefined =>
    columns.find((wish) => wish.name === source) ?? columns.find((wish) => wish.name === name);
  const roles = rolesOf(layer);
  const found = layer.columns.map(({ name, source, type }): ColumnWish => {
    const asked = askedOf(name, source);
    const role = roles.get(name) ?? roles.get(source);
    const isSaid = asked?.dateFormat !== undefined || type === 'bytea';
    return {
      name: isUnique(source) ? source : name,
      ...(isSaid ? {} : { type }),
      ...(role === undefined ? {} : { role }),
      ...asked,
    };
  });
  const names = new Set(found.map(({ name }) => name));
  const rest = [...roles].filter(([name]) => !names.has(name) && !layer.columns.some((column) => column.name === name));
  const others = columns.filter(({ name }) => !names.has(name));
  return [
    ...found,
    ...rest
      .filter(([name]) => !others.some((wish) => wish.name === name))
      .map(([name, role]): ColumnWish => ({ name, role })),
    ...others,
  ];
}

/** The columns that the geometry was made from, as table or source name them, with their parts. */
function rolesOf({ schema, columns }: LayerAnalysis): ReadonlyMap<string, NonNullable<ColumnWish['role']>> {
  const { geometry } = schema;
  switch (geometry.kind) {
    case 'lonlat':
      return new Map([
        [columns[geometry.longitude]?.name ?? '', 'longitude'],
        [columns[geometry.latitude]?.name ?? '', 'latitude'],
      ]);
    case 'column':
      return new Map([[geometry.column, 'geometry']]);
    case 'code':
      return new Map([[geometry.column, geometry.code]]);
    default:
      return new Map();
  }
}

import type { FileMetaData, RowGroup, SchemaTree } from 'hyparquet';
import type { Layer, LocalFile, OnRecord } from '../../domain/layer.ts';
import { layerName } from '../../domain/naming.ts';
import { ImportError } from '../../errors.ts';
import { RecordWriter } from '../record-writer.ts';
import { findGeometry, type Geometry } from './geo-metadata.ts';
import { isNativeEncoding, writeNative } from './native-geometry.ts';
import { nestedJson, readNested } from './nested.ts';
import { ColumnCursor } from './pages.ts';
import { ParquetFile } from './parquet-file.ts';
import { columnsOf, type ParquetColumn } from './schema.ts';
import { hexText, valueWriter, type WriteValue } from './values.ts';

/** As many columns as PostgreSQL could not hold, so that the loader's own message comes first. */
const MAX_COLUMNS = 2000;

/** Rows that `sample` looks at: all types are declared. */
const SAMPLE_ROWS = 1000;

/** Opens a Parquet file as its one layer. Throws loadFailed, unsupportedFormat, tooManyColumns, fileTooBig. */
export function openParquet(file: LocalFile): Layer {
  using parquet = new ParquetFile(file);
  const metadata = parquet.metadata();
  const all = parquet.translated('its schema', () => columnsOf(metadata));
  if (all.length > MAX_COLUMNS) {
    throw new ImportError('tooManyColumns', {
      detail: `${file.name} has ${all.length} columns.`,
      hint: 'Leave out columns, or turn columns into rows.',
    });
  }
  const geometry = parquet.translated('its geometry', () => findGeometry(metadata, all));
  if (geometry !== null && geometry.encoding !== 'WKB' && !isNativeEncoding(geometry.encoding)) {
    throw new ImportError('unsupportedFormat', {
      detail: `${file.name}: the geometry is in the encoding ${geometry.encoding}.`,
      hint: 'Write the geometry as WKB; geopandas and ogr2ogr do.',
    });
  }
  const kept = all.filter(({ name }) => !geometry?.covers.includes(name));
  const columns = kept.filter(({ name }) => name !== geometry?.column);
  let nulCharacters = 0;
  const pass = async (onRecord: OnRecord, most: number): Promise<void> => {
    using opened = new ParquetFile(file);
    const writer = new RecordWriter(columns.length);
    const fields = kept.map((column) => fieldOf(column, columns.indexOf(column), geometry));
    let left = most;
    for (const group of metadata.row_groups) {
      const rows = Math.min(left, Number(group.num_rows));
      if (rows > 0) await readGroup({ file: opened, metadata, group, rows, fields, writer, onRecord });
      left -= rows;
    }
    ({ nulCharacters } = writer);
  };
  return {
    name: layerName(file.name),
    srid: geometry?.srid ?? null,
    ...(geometry?.crsWkt === undefined ? {} : { crsWkt: geometry.crsWkt }),
    columns: columns.map(({ name }) => name),
    types: columns.map(({ name, type }) => (geometry?.others.includes(name) && type === 'bytea' ? 'text' : type)),
    hasGeometry: geometry !== null,
    sample: (onRecord) => pass(onRecord, SAMPLE_ROWS),
    read: (onRecord) => pass(onRecord, Number.POSITIVE_INFINITY),
    warnings: () => ({
      ...(nulCharacters > 0 ? { nul_characters: { count: nulCharacters } } : {}),
      ...(geometry?.unknownCrs === undefined ? {} : { unknown_crs: { name: geometry.unknownCrs } }),
    }),
  };
}

/** A field of the schema with what becomes of its values. */
interface Field {
  readonly column: ParquetColumn;
  readonly position: number;
  readonly write: WriteValue;
}

function fieldOf(column: ParquetColumn, position: number, geometry: Geometry | null): Field {
  return { column, position, write: writeOf(column, geometry) };
}

function writeOf({ name, node, isFlat }: ParquetColumn, geometry: Geometry | null): WriteValue {
  if (name === geometry?.column) {
    if (isFlat) return writeWkb;
    const members = coordinateMembers(node);
    return (writer, _, value) => {
      writeNative(writer, geometry.encoding, value, members);
      return true;
    };
  }
  if (!isFlat) {
    return (writer, at, value) => {
      writer.json(at, nestedJson(value, node));
      return true;
    };
  }
  if (geometry?.others.includes(name) && node.element.type === 'BYTE_ARRAY') {
    return (writer, at, value) => {
      if (value instanceof Uint8Array) writer.text(at, hexText(value));
      return true;
    };
  }
  return valueWriter(node.element);
}

function writeWkb(writer: RecordWriter, _: number, value: unknown): boolean {
  if (value instanceof Uint8Array) writer.wkb(value, 0, value.length);
  return true;
}

/** Names of the ordinates at the bottom of a native geometry. */
function coordinateMembers(node: SchemaTree): readonly string[] {
  const [first] = node.children;
  if (first === undefined) return [];
  return first.children.length > 0 ? coordinateMembers(first) : node.children.map(({ element }) => element.name);
}

interface GroupPass {
  readonly file: ParquetFile;
  readonly metadata: FileMetaData;
  readonly group: RowGroup;
  readonly rows: number;
  readonly fields: readonly Field[];
  readonly writer: RecordWriter;
  readonly onRecord: OnRecord;
}

async function readGroup({ file, metadata, group, rows, fields, writer, onRecord }: GroupPass): Promise<void> {
  const root: SchemaTree = { children: [], count: 1, element: metadata.schema[0] ?? { name: '' }, path: [] };
  const sources = await Promise.all(
    fields.map(async ({ column }): Promise<() => unknown> => {
      if (!column.isFlat) {
        const values = await readNested(file, metadata, group, column.name);
        if (values.length < rows)
          throw file.damaged(`the column ${column.name} has fewer values than its row group has rows`);
        let at = 0;
        return () => values[at++];
      }
      const chunk = group.columns.find(({ meta_data: data }) => data?.path_in_schema[0] === column.name)?.meta_data;
      if (chunk === undefined) throw file.damaged(`a row group has no column ${column.name}`);
      const cursor = new ColumnCursor(file, chunk, root, column.node);
      return () => cursor.next();
    }),
  );
  for (let row = 0; row < rows; row++) {
    writer.begin();
    try {
      for (let i = 0; i < fields.length; i++) {
        const value = sources[i]!();
        if (value === null || value === undefined) continue;
        const { write, position, column } = fields[i]!;
        if (!write(writer, position, value)) throw notUtf8(file, writer.record.row, column.name);
      }
    } catch (cause) {
      throw file.translate(`row ${writer.record.row}`, cause);
    }
    onRecord(writer.record);
  }
}

const notUtf8 = (file: ParquetFile, row: number, column: string): ImportError =>
  new ImportError('badEncoding', {
    detail: `${file.name}: row ${row}, column ${column}: the text is not UTF-8.`,
    hint: 'Parquet text is always UTF-8. Write the file again from its source, naming the encoding of that.',
  });

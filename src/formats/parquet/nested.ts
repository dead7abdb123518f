import {
  type FileMetaData,
  parquetRead,
  parquetSchema,
  type RowGroup,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet';
import { getTreePath } from 'hyparquet/src/schema.js';
import { ImportError } from '../../errors.ts';
import { compressors } from './decompress.ts';
import { PageReader } from './pages.ts';
import type { ParquetFile } from './parquet-file.ts';
import { meaningOf } from './schema.ts';
import { unpackPage } from './unpack.ts';
import { decimalText, hexText } from './values.ts';

/** Most bytes of a nested column in one row group: they are put together as a whole, as objects many times as large. */
const MAX_NESTED_BYTES = 64 << 20;
const MAX_NESTED_VALUES = 1 << 23;

/**
 * The schema with decimals taken for what they are stored as, because the library makes doubles of them. The others keep
 * their annotations.
 */
function withoutDecimals(element: SchemaElement): SchemaElement {
  if (element.converted_type !== 'DECIMAL') return element;
  const { converted_type: _, logical_type: __, ...stored } = element;
  return stored;
}

const isoText = (perSecond: bigint) => (value: bigint) => {
  const milliseconds = Number((value * 1000n) / perSecond);
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString() : String(value);
};

/** Values as they are to stand in JSON. */
const parsers = {
  timestampFromMilliseconds: isoText(1000n),
  timestampFromMicroseconds: isoText(1_000_000n),
  timestampFromNanoseconds: isoText(1_000_000_000n),
  dateFromDays: (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10),
};

/** The values of a list, map or structure in one row group, as the library puts them together. Throws fileTooBig, loadFailed. */
export async function readNested(
  file: ParquetFile,
  metadata: FileMetaData,
  group: RowGroup,
  name: string,
): Promise<ArrayLike<unknown>> {
  const root = parquetSchema(metadata);
  let bytes = 0;
  let values = 0;
  for (const { meta_data: column } of group.columns) {
    if (column === undefined || column.path_in_schema[0] !== name) continue;
    const pages = new PageReader(file, column);
    const path = file.translated(`the schema of the column ${name}`, () => getTreePath(root, column.path_in_schema));
    for (let page = pages.next(); page !== null; page = pages.next()) {
      bytes += page.header.uncompressed_page_size;
      values += page.header.data_page_header?.num_values ?? page.header.data_page_header_v2?.num_values ?? 0;
      if (bytes <= MAX_NESTED_BYTES && values <= MAX_NESTED_VALUES) {
        const packed = file.slice(page.bodyAt, page.bodyAt + page.header.compressed_page_size);
        const { header } = page;
        file.translated(`a page of the column ${name}`, () => unpackPage(header, packed, column, path));
        continue;
      }
      throw new ImportError('fileTooBig', {
        detail: `${file.name}: the nested column ${name} has more than ${MAX_NESTED_BYTES >> 20} MiB or ${MAX_NESTED_VALUES} values in one row group.`,
        hint: 'Write the file with smaller row groups (pyarrow: row_group_size=50000), or its geometry as WKB.',
      });
    }
  }
  const rows: unknown[] = [];
  try {
    await parquetRead({
      file: {
        byteLength: file.size,
        slice: (start, end = file.size) => file.slice(start, end).buffer,
      },
      metadata: {
        ...metadata,
        schema: metadata.schema.map(withoutDecimals),
        row_groups: [group],
        num_rows: group.num_rows,
      },
      columns: [name],
      compressors,
      parsers,
      geoparquet: false,
      onComplete: (found) => {
        for (const [value] of found) rows.push(value);
      },
    });
  } catch (cause) {
    throw file.translate(`the column ${name}`, cause);
  }
  return rows;
}

/** JSON text of a nested value, with every digit of its numbers. */
export function nestedJson(value: unknown, node: SchemaTree): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map((item) => nestedJson(item, itemNode(node))).join(',')}]`;
  if (node.children.length === 0 || typeof value !== 'object' || value instanceof Uint8Array) {
    return leafJson(value, node.element);
  }
  const isMap = /^MAP/.test(node.element.converted_type ?? '') || node.element.logical_type?.type === 'MAP';
  const valueNode = node.children[0]?.children[1];
  const members = Object.entries(value).map(([key, item]) => {
    const child = isMap ? valueNode : node.children.find(({ element }) => element.name === key);
    return `${JSON.stringify(key)}:${nestedJson(item, child ?? node)}`;
  });
  return `{${members.join(',')}}`;
}

/** The node of a list's items: three levels in a list as the standard has it, two in older ones, one in a repeated field. */
function itemNode(node: SchemaTree): SchemaTree {
  if (node.element.converted_type !== 'LIST') return node;
  const [repeated] = node.children;
  return repeated?.children.length === 1 ? (repeated.children[0] ?? repeated) : (repeated ?? node);
}

function leafJson(value: unknown, element: SchemaElement): string {
  if (meaningOf(element) === 'decimal') return decimalText(value, element.scale ?? 0);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(hexText(value));
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value));
  return JSON.stringify(value) ?? 'null';
}

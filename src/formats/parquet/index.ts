import type { Format } from '../format.ts';

/**
 * Apache Parquet and GeoParquet: one layer under the file's name, with the types that the schema declares; lists, maps
 * and structures become jsonb. The primary geometry column (WKB or the native encodings, or a column of Parquet's own
 * type GEOMETRY) is the geometry, other geometry columns stay as hexadecimal WKB, columns that only cover the
 * geometry with a box are left out. Encrypted files, and BSON's contents, are not read.
 */
export const parquet = {
  id: 'parquet',
  title: 'Parquet, GeoParquet',
  extensions: ['.parquet', '.geoparquet', '.pq'],
  mediaTypes: ['application/vnd.apache.parquet', 'application/x-parquet'],
  matches: (head) => Buffer.from(head.subarray(0, 4)).toString('latin1') === 'PAR1',
  open: async (file) => [(await import('./layer.ts')).openParquet(file)],
} as const satisfies Format;

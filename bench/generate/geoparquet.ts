import { parquetWriteFile } from 'hyparquet-writer';
import { polygons, VERTICES } from './polygons.ts';

/** Bytes of a polygon of one ring as well-known binary. */
const POLYGON_BYTES = 13 + 16 * VERTICES;

/** Rows of a group, as GDAL writes them. */
const GROUP_ROWS = 65_536;

const geo = {
  version: '1.1.0',
  primary_column: 'geometry',
  columns: { geometry: { encoding: 'WKB', geometry_types: ['Polygon'] } },
};

/** Writes the polygons to `path` as GeoParquet with WKB, pages packed with Snappy. */
export function generateGeoParquet(path: string, count: number): void {
  const columns = {
    id: [] as number[],
    name: [] as string[],
    code: [] as string[],
    area: [] as number[],
    built: [] as Date[],
    owner: [] as (string | null)[],
    geometry: [] as Uint8Array[],
  };
  for (const { ring, properties } of polygons(count)) {
    const { id, name, code, area, built, owner } = properties;
    columns.id.push(id);
    columns.name.push(name);
    columns.code.push(code);
    columns.area.push(area);
    columns.built.push(new Date(built));
    columns.owner.push(owner);
    columns.geometry.push(wellKnownBinary(ring));
  }
  parquetWriteFile({
    filename: path,
    columnData: Object.entries(columns).map(([name, data]) => ({ name, data })),
    schema: [
      { name: 'schema', num_children: 7 },
      { name: 'id', repetition_type: 'OPTIONAL', type: 'INT32' },
      { name: 'name', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      { name: 'code', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      { name: 'area', repetition_type: 'OPTIONAL', type: 'DOUBLE' },
      { name: 'built', repetition_type: 'OPTIONAL', type: 'INT32', converted_type: 'DATE' },
      { name: 'owner', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      { name: 'geometry', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY' },
    ],
    rowGroupSize: GROUP_ROWS,
    kvMetadata: [{ key: 'geo', value: JSON.stringify(geo) }],
  });
}

function wellKnownBinary(ring: readonly (readonly [string, string])[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(POLYGON_BYTES);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(3, 1);
  bytes.writeUInt32LE(1, 5);
  bytes.writeUInt32LE(ring.length, 9);
  let at = 13;
  for (const [x, y] of ring) {
    bytes.writeDoubleLE(Number(x), at);
    bytes.writeDoubleLE(Number(y), at + 8);
    at += 16;
  }
  return bytes;
}

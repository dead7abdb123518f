import { canonicalSrid } from '../../domain/crs.ts';
import type { GeoPackageDatabase } from './database.ts';

/** A column of a table, by the file's own declaration. */
export interface TableColumn {
  readonly name: string;
  /** As declared, upper case: `TEXT(20)`. */
  readonly declared: string;
  /** Whether the values are JSON by their media type. */
  readonly isJson: boolean;
}

/** A table of features or attributes. */
export interface Table {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  /** Position of the geometry in `columns`, -1 where there is none. */
  readonly geometry: number;
  /** Position of the column that is the row's own number (INTEGER PRIMARY KEY), -1 where there is none. */
  readonly key: number;
  readonly srid: number | null;
  readonly crsWkt?: string;
}

const string = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * The tables of features and attributes that `gpkg_contents` lists, in its order. Only true tables: a view or a virtual
 * table could run what a stranger wrote.
 */
export function listTables(database: GeoPackageDatabase): readonly Table[] {
  const real = new Map(
    database
      .all('pragma main.table_list')
      .filter(([, , type]) => type === 'table')
      .map(([, name]) => [string(name).toLowerCase(), string(name)]),
  );
  if (!real.has('gpkg_contents')) return [];
  const optional = (table: string, statement: string) => (real.has(table) ? database.all(statement) : []);
  const geometries = optional(
    'gpkg_geometry_columns',
    'select table_name, column_name, srs_id from gpkg_geometry_columns',
  );
  const media = optional('gpkg_data_columns', 'select table_name, column_name, mime_type from gpkg_data_columns');
  const isSame = (a: unknown, b: string): boolean => string(a).toLowerCase() === b.toLowerCase();

  return database
    .all('select table_name, data_type from gpkg_contents')
    .filter(([, type]) => /^(features|attributes|aspatial)$/i.test(string(type)))
    .flatMap(([listed]) => real.get(string(listed).toLowerCase()) ?? [])
    .map((name): Table => {
      const info = database
        .all(`pragma main.table_xinfo(${quotedText(name)})`)
        // 1: a hidden column of a virtual table; 2 and 3: computed from others by an expression of the file.
        .filter(([, , , , , , hidden]) => hidden === 0n);
      const columns = info.map(([, column, declared]) => ({
        name: string(column),
        declared: string(declared).trim().toUpperCase(),
        isJson: media.some(
          ([t, c, type]) => isSame(t, name) && isSame(c, string(column)) && isSame(type, 'application/json'),
        ),
      }));
      const found = geometries.find(([table]) => isSame(table, name));
      const keys = info.filter(([, , , , , pk]) => pk !== 0n);
      const key =
        keys.length === 1 && columns[info.indexOf(keys[0] ?? [])]?.declared === 'INTEGER'
          ? info.indexOf(keys[0] ?? [])
          : -1;
      return {
        name,
        columns,
        geometry: found === undefined ? -1 : columns.findIndex((column) => isSame(found[1], column.name)),
        key,
        ...(found === undefined ? { srid: null } : referenceSystem(database, found[2])),
      };
    });
}

const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The system of an `srs_id`: -1 and 0 are undefined by the standard; one that is in no table is taken for EPSG's. */
function referenceSystem(database: GeoPackageDatabase, id: unknown): Pick<Table, 'srid' | 'crsWkt'> {
  if (typeof id !== 'bigint' || id <= 0n || id > 0x7fffffffn) return { srid: null };
  const [row] = database.all(
    'select organization, organization_coordsys_id, definition from gpkg_spatial_ref_sys where srs_id = ?',
    id,
  );
  if (row === undefined) return { srid: canonicalSrid(Number(id)) };
  const [organization, code, definition] = row;
  if (/^epsg$/i.test(string(organization).trim()) && typeof code === 'bigint' && code > 0n && code < 1000000n) {
    return { srid: canonicalSrid(Number(code)) };
  }
  const wkt = string(definition).trim();
  return wkt === '' || /^undefined$/i.test(wkt) ? { srid: null } : { srid: null, crsWkt: wkt };
}

import { columnTypeOf } from '../../domain/postgres-types.ts';
import type { TupleField } from '../../domain/rows-file.ts';
import type { ColumnType } from '../../domain/schema.ts';

/** A column as PostgreSQL describes it. */
export interface PostgresColumn {
  readonly name: string;
  /** Name of its type in pg_type; of a domain, the base type's. */
  readonly type: string;
  /** `typcategory` of pg_type (A: array, C: composite). */
  readonly category: string;
  readonly modifier: number;
}

/** How a column is asked for and what its text is. */
export interface ColumnPlan {
  readonly name: string;
  /** The expression that is selected; its value in binary format is what `use` says. */
  readonly expression: string;
  readonly use: TupleField;
  readonly type: ColumnType | null;
}

/** Text in double quotes, as a name. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const isSpatial = ({ type }: PostgresColumn): boolean => type === 'geometry' || type === 'geography';

/** The column whose values become `the_geom`: the one of that name, else the first of a spatial type; -1: none. */
export function geometryColumn(columns: readonly PostgresColumn[]): number {
  const named = columns.findIndex((column) => isSpatial(column) && column.name === 'the_geom');
  return named >= 0 ? named : columns.findIndex(isSpatial);
}

/** SRID of a type modifier of PostGIS (`TYPMOD_GET_SRID` in liblwgeom.h); null where it says none. */
export function sridOf({ modifier, type }: PostgresColumn): number | null {
  if (modifier < 0) return type === 'geography' ? 4326 : null;
  const srid = ((modifier & 0x0fffff00) - (modifier & 0x10000000)) >> 8;
  return srid > 0 ? srid : null;
}

/** How a column is read; `postgis` is the quoted schema of PostGIS's functions. */
export function planColumn(column: PostgresColumn, isGeometry: boolean, postgis: string): ColumnPlan {
  const { name, type, category } = column;
  const quoted = `q.${quoteName(name)}`;
  if (isSpatial(column)) {
    const value = type === 'geography' ? `${quoted}::${postgis}.geometry` : quoted;
    const binary = `${postgis}.st_asewkb(${value})`;
    if (isGeometry) return { name, expression: binary, use: 'geometry', type: null };
    return { name, expression: `pg_catalog.encode(${binary}, 'hex')`, use: 'text', type: null };
  }
  if (type === 'bytea') return { name, expression: quoted, use: 'binary', type: 'bytea' };
  if (category === 'A' || category === 'C') {
    return { name, expression: `pg_catalog.to_json(${quoted})::text`, use: 'json', type: 'jsonb' };
  }
  const value = type === 'money' ? `${quoted}::pg_catalog.numeric` : quoted;
  const known = type === 'money' ? 'numeric' : columnTypeOf(type);
  return {
    name,
    expression: `${value}::pg_catalog.text`,
    use: known === 'jsonb' ? 'json' : 'text',
    type: known,
  };
}

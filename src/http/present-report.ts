import type { ImportedTable } from '../domain/import.ts';
import type { ColumnReport } from '../domain/report.ts';
import type { LayerRecord, StoredReport } from '../store/reports.ts';
import type { ColumnEvidence, ImportReport } from './report-wire.ts';

/** Evidence for a column in the words of the wire. */
export const presentColumn = ({ counterExample, ...column }: ColumnReport): ColumnEvidence => ({
  name: column.name,
  source: column.source,
  type: column.type,
  reason: column.reason,
  counter_example: counterExample,
  nulls: column.nulls,
  distinct: column.distinct,
  min: column.min,
  max: column.max,
});

/** The columns that a geometry was made from, as the table has them. */
export function geometryColumns(
  { geometry }: Pick<StoredReport['schema'], 'geometry'>,
  columns: readonly { readonly name: string }[],
): readonly string[] {
  switch (geometry.kind) {
    case 'column':
      return [geometry.column];
    case 'place':
    case 'code':
      return [geometry.column];
    case 'utm':
      return [geometry.easting, geometry.northing].flatMap((at) => columns[at]?.name ?? []);
    case 'lonlat':
      return [geometry.longitude, geometry.latitude].flatMap((at) => columns[at]?.name ?? []);
    default:
      return [];
  }
}

const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The fields of a part of what a format tells; none where it is no object. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

/** The encoding that a format tells of, null where it tells none. */
export const encodingOf = (source: Readonly<Record<string, unknown>>): string | null =>
  textIn(source.encoding) ?? textIn(fieldsOf(source.encoding).used);

/** What an import tells of its layers; layers that were given up tell only how many rejects they had. */
export function presentReport(
  importId: string,
  layers: readonly LayerRecord[],
  tables: readonly ImportedTable[],
): ImportReport {
  return {
    import_id: importId,
    tables: layers.map((layer) => {
      const { report } = layer;
      const table = tables.find(({ id }) => id === layer.tableId);
      const kind = report?.schema.geometry.kind ?? 'none';
      return {
        name: layer.tableName,
        layer: layer.name,
        file: layer.file,
        rows: report?.rows ?? 0,
        source: report?.source ?? {},
        encoding: encodingOf(report?.source ?? {}),
        geometry:
          report === null || kind === 'none'
            ? null
            : {
                type: table?.geometryType ?? null,
                source: kind,
                columns: [...geometryColumns(report.schema, report.columns)],
              },
        srid: report?.schema.srid ?? 0,
        columns: report?.columns.map(presentColumn) ?? [],
        warnings: report?.warnings ?? {},
        rejects: layer.rejected,
      };
    }),
  };
}

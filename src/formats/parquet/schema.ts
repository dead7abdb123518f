import { type FileMetaData, parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet';
import type { ColumnType } from '../../domain/schema.ts';

/** A column of the table: a top-level field of the schema. */
export interface ParquetColumn {
  readonly name: string;
  readonly node: SchemaTree;
  /** One value a row, by itself; else a list, a map or a structure. */
  readonly isFlat: boolean;
  readonly type: ColumnType;
}

/** What a value means, whichever of the two annotations the file has. */
export type Meaning =
  | 'plain'
  | 'text'
  | 'json'
  | 'decimal'
  | 'date'
  | 'unsigned'
  | 'uuid'
  | 'float16'
  | 'geometry'
  | { readonly kind: 'time' | 'timestamp'; readonly perSecond: bigint; readonly isUtc: boolean };

const perSecond = { MILLIS: 1000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n } as const;

/** The meaning of a leaf's values; the logical type before the older converted type. */
export function meaningOf({ type, logical_type: logical, converted_type: converted }: SchemaElement): Meaning {
  switch (logical?.type) {
    case 'TIME':
    case 'TIMESTAMP':
      return {
        kind: logical.type === 'TIME' ? 'time' : 'timestamp',
        perSecond: perSecond[logical.unit],
        isUtc: logical.isAdjustedToUTC,
      };
    case 'UUID':
      return 'uuid';
    case 'FLOAT16':
      return 'float16';
    case 'GEOMETRY':
    case 'GEOGRAPHY':
      return 'geometry';
    case 'STRING':
    case 'ENUM':
      return 'text';
    case 'INTEGER':
      return logical.isSigned ? 'plain' : 'unsigned';
    default:
  }
  switch (converted) {
    case 'UTF8':
    case 'ENUM':
      return 'text';
    case 'JSON':
      return 'json';
    case 'DECIMAL':
      return 'decimal';
    case 'DATE':
      return 'date';
    case 'TIME_MILLIS':
      return { kind: 'time', perSecond: perSecond.MILLIS, isUtc: true };
    case 'TIME_MICROS':
      return { kind: 'time', perSecond: perSecond.MICROS, isUtc: true };
    case 'TIMESTAMP_MILLIS':
      return { kind: 'timestamp', perSecond: perSecond.MILLIS, isUtc: true };
    case 'TIMESTAMP_MICROS':
      return { kind: 'timestamp', perSecond: perSecond.MICROS, isUtc: true };
    case 'UINT_8':
    case 'UINT_16':
    case 'UINT_32':
    case 'UINT_64':
      return 'unsigned';
    default:
      // Impala's and Spark's old timestamps have no annotation, and no zone.
      return type === 'INT96' ? { kind: 'timestamp', perSecond: perSecond.NANOS, isUtc: false } : 'plain';
  }
}

const typesOfMeaning = {
  text: 'text',
  json: 'jsonb',
  decimal: 'numeric',
  date: 'date',
  unsigned: 'bigint',
  uuid: 'uuid',
  float16: 'double precision',
  geometry: 'text',
} as const;

function leafType(element: SchemaElement): ColumnType {
  const meaning = meaningOf(element);
  if (typeof meaning === 'object') {
    if (meaning.kind === 'time') return 'time';
    return meaning.isUtc ? 'timestamptz' : 'timestamp';
  }
  if (meaning !== 'plain') return typesOfMeaning[meaning];
  switch (element.type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'INT32':
    case 'INT64':
      return 'bigint';
    case 'FLOAT':
    case 'DOUBLE':
      return 'double precision';
    default:
      return 'bytea';
  }
}

/** The top-level fields. Throws what the library throws for a schema that is no tree. */
export function columnsOf(metadata: FileMetaData): readonly ParquetColumn[] {
  return parquetSchema(metadata).children.map((node): ParquetColumn => {
    const isFlat = node.children.length === 0 && node.element.repetition_type !== 'REPEATED';
    return { name: node.element.name, node, isFlat, type: isFlat ? leafType(node.element) : 'jsonb' };
  });
}

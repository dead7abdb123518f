import { shortestFloat } from '../../util/shortest-float.ts';
import type { TextColumn } from './text-rows.ts';

/** A column as `sp_describe_first_result_set` tells it. */
export interface SqlServerColumn {
  readonly name: string;
  /** `system_type_name`, such as `decimal(10,2)`; `geometry` for the spatial ones. */
  readonly type: string;
}

/** A column and the expression that makes text of it. */
export interface SqlServerPlan extends TextColumn {
  readonly expression: string;
}

/** A name in the brackets of Transact-SQL. */
export const bracketed = (name: string): string => `[${name.replaceAll(']', ']]')}]`;

/** Fractions of seconds of seven digits lose the last where it is 0, which PostgreSQL has no place for. */
const atMostMicros = (text: string): string =>
  text.replace(/(\.\d{6})0(?!\d)/, '$1').replace(/ ([+-]\d\d:\d\d)$/, '$1');

/** How values of a column are asked for: as text by the server, since the driver makes floating numbers of decimals. */
export function planSqlServerColumn({ name, type }: SqlServerColumn): SqlServerPlan {
  const q = `q.${bracketed(name)}`;
  const plan = (expression: string, column: Omit<TextColumn, 'name'>): SqlServerPlan => ({
    name,
    expression,
    ...column,
  });
  switch (/^\w+/.exec(type.toLowerCase())?.[0] ?? '') {
    case 'bit':
      return plan(`convert(varchar(1), ${q})`, {
        type: 'boolean',
        toWords: (text) => (text === '1' ? 'true' : 'false'),
      });
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return plan(`convert(varchar(20), ${q})`, { type: 'bigint' });
    case 'decimal':
    case 'numeric':
      return plan(`convert(varchar(60), ${q})`, { type: 'numeric' });
    case 'money':
    case 'smallmoney':
      return plan(`convert(varchar(60), ${q}, 2)`, { type: 'numeric' });
    case 'float':
      return plan(`convert(varchar(40), ${q}, 3)`, {
        type: 'double precision',
        toWords: (text) => String(Number(text)),
      });
    case 'real':
      return plan(`convert(varchar(40), ${q}, 3)`, {
        type: 'double precision',
        toWords: (text) => String(shortestFloat(Number(text))),
      });
    case 'date':
      return plan(`convert(varchar(10), ${q}, 23)`, { type: 'date' });
    case 'datetime':
    case 'datetime2':
    case 'smalldatetime':
      return plan(`convert(varchar(30), ${q}, 121)`, { type: 'timestamp', toWords: atMostMicros });
    case 'datetimeoffset':
      return plan(`convert(varchar(40), ${q}, 121)`, { type: 'timestamptz', toWords: atMostMicros });
    case 'time':
      return plan(`convert(varchar(16), ${q}, 121)`, { type: 'time', toWords: atMostMicros });
    case 'uniqueidentifier':
      return plan(`lower(convert(varchar(36), ${q}))`, { type: 'uuid' });
    case 'binary':
    case 'varbinary':
    case 'image':
    case 'timestamp':
    case 'rowversion':
      return plan(`convert(varchar(max), convert(varbinary(max), ${q}), 2)`, { type: 'bytea' });
    case 'geometry':
    case 'geography':
      return plan(`convert(varchar(max), ${q}.AsBinaryZM(), 2)`, { type: null });
    case 'hierarchyid':
      return plan(`${q}.ToString()`, { type: 'text' });
    default:
      return plan(`convert(nvarchar(max), ${q})`, { type: 'text' });
  }
}

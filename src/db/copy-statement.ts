import type { CopyColumns, CopyOptions } from '../domain/copy.ts';
import { identifier, join, literal, type Sql, sql, trusted } from './sql.ts';

const columnList = (columns: readonly string[]): Sql => sql`(${join(columns.map((name) => identifier(name)))})`;

const columnOption = (name: string, columns: CopyColumns | undefined): readonly Sql[] =>
  columns === undefined ? [] : [sql`${trusted(name)} ${columns === '*' ? trusted('*') : columnList(columns)}`];

const textOption = (name: string, value: string | undefined): readonly Sql[] =>
  value === undefined ? [] : [sql`${trusted(name)} ${literal(value)}`];

/** `copy … from stdin`, written anew of what was read: no text of a user stands in it but quoted. */
export function copyInStatement(
  target: { readonly schema: string; readonly table: string; readonly columns: readonly string[] | null },
  options: CopyOptions,
): Sql {
  const columns = target.columns === null ? sql`` : columnList(target.columns);
  const header = options.header === 'match' ? 'match' : String(options.header);
  const given = [
    trusted(`format ${options.format}`),
    ...(options.header === undefined ? [] : [trusted(`header ${header}`)]),
    ...textOption('delimiter', options.delimiter),
    ...textOption('null', options.null),
    ...textOption('quote', options.quote),
    ...textOption('escape', options.escape),
    ...textOption('encoding', options.encoding),
    ...columnOption('force_quote', options.forceQuote),
    ...columnOption('force_not_null', options.forceNotNull),
    ...columnOption('force_null', options.forceNull),
  ];
  return sql`copy ${identifier(target.schema, target.table)} ${columns} from stdin with (${join(given)})`;
}

import type { Connection, FieldPacket } from 'mysql2';
import type { ConnectorRequest } from '../../domain/connector.ts';
import { ImportError } from '../../errors.ts';
import { isPackable, type MysqlColumn, MysqlUse, planMysqlColumn } from './mysql-columns.ts';
import { all } from './mysql-stream.ts';
import { chosenColumns, conditionOf } from './postgres.ts';
import type { Newest } from './session.ts';

const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

const derived = ({ sqlQuery }: ConnectorRequest): string => `(\n${(sqlQuery ?? '').replace(/[\s;]+$/, '')}\n) as q`;

/** The greatest value of a column; connectorFailed where it cannot be a cursor. */
export async function newestOf(
  client: Connection,
  request: ConnectorRequest,
  schema: string | null,
  name: string,
): Promise<Newest> {
  const column = quoteName(name);
  const relation = request.sqlQuery === null ? tableName(request.table ?? '', schema) : derived(request);
  const columns: MysqlColumn[] = [];
  const note = (found: readonly FieldPacket[]): void =>
    void columns.push(...found.map((field) => columnOf(field, noTypes)));
  const rows = await all(client, `select max(${column}) from ${relation}${conditionOf(request)}`, [], note);
  const { use, type } = columns.map(planMysqlColumn)[0] ?? { use: MysqlUse.text, type: null };
  if (use === MysqlUse.float) throw noCursor(name);
  const isNumber = type === 'bigint' || type === 'numeric' || type === 'double precision';
  return { value: rows[0]?.[0]?.toString() ?? null, column, isNumber };
}

/** Numbers of single precision are printed with fewer digits than they have: rows would be left out. */
const noCursor = (name: string): ImportError =>
  new ImportError('connectorFailed', {
    detail: `The column "${name.slice(0, 100)}" cannot be the cursor: its numbers are of single precision.`,
    hint: 'Take a column of whole numbers, dates or times that only rises, or leave cursor out.',
  });

const noTypes: ReadonlyMap<string, string> = new Map();

/** A column of an answer; `kinds` are the types of the table's columns as `kindsOf` tells them. */
export function columnOf(field: FieldPacket, kinds: ReadonlyMap<string, string>): MysqlColumn {
  return {
    name: field.name,
    type: field.columnType ?? -1,
    charset: field.characterSet ?? 0,
    length: field.columnLength ?? 0,
    dataType: kinds.get(field.name) ?? null,
  };
}

const tableName = (table: string, schema: string | null): string =>
  schema === null ? quoteName(table) : `${quoteName(schema)}.${quoteName(table)}`;

/** The statement that brings the rows of a request: a query as it was given; only a condition needs another one around it. */
export async function statementOf(
  client: Connection,
  request: ConnectorRequest,
  schema: string | null,
  kinds: ReadonlyMap<string, string>,
): Promise<string> {
  const { sqlQuery, where } = request;
  if (sqlQuery === null) return tableQuery(client, request, schema, kinds);
  return where === null ? sqlQuery : `select * from ${derived(request)}${conditionOf(request)}`;
}

/**
 * A query of the columns that are asked for. Numbers of single precision come as doubles: as text they lose digits. Doubles
 * come within points where the server has those: to print one costs it as much as a whole row (docs/decisions/0046).
 */
async function tableQuery(
  client: Connection,
  request: ConnectorRequest,
  schema: string | null,
  kinds: ReadonlyMap<string, string>,
): Promise<string> {
  const from = `from ${tableName(request.table ?? '', schema)}`;
  let fields: readonly MysqlColumn[] = [];
  const note = (found: readonly FieldPacket[]): void => {
    fields = found.map((field) => columnOf(field, kinds));
  };
  await all(client, `select * ${from} limit 0`, [], note);
  const chosen = chosenColumns(fields, request);
  const isPacking = chosen.some(isPackable) && (await hasPoints(client));
  const list = chosen.map((column) => {
    const name = quoteName(column.name);
    if (isPacking && isPackable(column)) return `point(${name}, 0) as ${name}`;
    return planMysqlColumn(column).use === MysqlUse.float ? `${name} + 0e0 as ${name}` : name;
  });
  return `select ${list.join(', ')} ${from}${conditionOf(request)}`;
}

/** The point of 1.5 and 0, as MySQL and MariaDB keep it: what `unpacked` takes apart. */
const KNOWN_POINT = '000000000101000000000000000000F83F0000000000000000';

/** Whether the server keeps numbers in points as expected: of those that speak the protocol not all have any. */
async function hasPoints(client: Connection): Promise<boolean> {
  const rows = await all(client, 'select hex(point(1.5, 0))').catch(() => []);
  return rows[0]?.[0]?.toString('latin1') === KNOWN_POINT;
}

/** Types of a table's columns in the words of information_schema, none of a query; MariaDB's JSON is text with a check. */
export async function kindsOf(
  client: Connection,
  { table }: ConnectorRequest,
  schema: string | null,
): Promise<ReadonlyMap<string, string>> {
  if (table === null) return noTypes;
  const where = 'table_schema = coalesce(?, database()) and table_name = ?';
  const types = await all(client, `select column_name, data_type from information_schema.columns where ${where}`, [
    schema,
    table,
  ]);
  const map = new Map(types.map(([name, type]) => [String(name), String(type).toLowerCase()]));
  if (![...map.values()].includes('longtext')) return map;
  // MySQL's own view has neither the table nor any such check.
  const checks = await all(
    client,
    `select check_clause from information_schema.check_constraints
     where constraint_schema = coalesce(?, database()) and table_name = ?`,
    [schema, table],
  ).catch(() => []);
  for (const [clause] of checks) {
    const name = /^json_valid\(`(.+)`\)$/.exec(String(clause))?.[1];
    if (name !== undefined) map.set(name, 'json');
  }
  return map;
}

/**
 * Imports of SQL Server, from a stand-in that speaks its published protocol and prints values as its reference of
 * CONVERT has them. No true server has been tried.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { startTds, type TdsAnswer, type TdsQuestion, type TdsServer } from '../support/tds-server.ts';

/** A column of the table: its type, the expression that is to be asked for, and what CONVERT makes of the values. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly asked: string;
  readonly printed: readonly (string | null)[];
  /** What the table is to have, as the SQL API writes it. */
  readonly stored: readonly unknown[];
}

const column = (
  name: string,
  type: string,
  asked: string,
  printed: readonly (string | null)[],
  stored: readonly unknown[] = printed,
): Column => ({ name, type, asked, printed, stored });

const long = 'naïve 😀 '.repeat(800).trim();
const point = '0101000000000000000000F03F0000000000000040';
const uuid = '0a1b2c3d-0000-4000-8000-00000000000f';

const columns: readonly Column[] = [
  column('id', 'int', 'convert(varchar(20), q.[id])', ['1', '2', '3'], [1, 2, 3]),
  column('tiny', 'tinyint', 'convert(varchar(20), q.[tiny])', ['255', null, '0'], [255, null, 0]),
  column(
    'whole',
    'bigint',
    'convert(varchar(20), q.[whole])',
    ['9007199254740991', null, '-5'],
    [2 ** 53 - 1, null, -5],
  ),
  column('exact', 'decimal(38,10)', 'convert(varchar(60), q.[exact])', [
    '1234567890123456789012345678.0123456789',
    null,
    '0.1000000000',
  ]),
  column('price', 'money', 'convert(varchar(60), q.[price], 2)', ['922337203685477.5807', null, '-0.0001']),
  column(
    'ratio',
    'float',
    'convert(varchar(40), q.[ratio], 3)',
    ['1.0000000000000001e-001', null, '-1.7976931348623157e+308'],
    [0.1, null, -1.7976931348623157e308],
  ),
  column(
    'single',
    'real',
    'convert(varchar(40), q.[single], 3)',
    ['1.00000001e-001', null, '3.4028235e+038'],
    [0.1, null, 3.4028235e38],
  ),
  column('flag', 'bit', 'convert(varchar(1), q.[flag])', ['1', null, '0'], [true, null, false]),
  column('day', 'date', 'convert(varchar(10), q.[day], 23)', ['2020-02-29', null, '0001-01-01']),
  column(
    'at',
    'time(7)',
    'convert(varchar(16), q.[at], 121)',
    ['13:14:15.1234560', null, '00:00:00.0000000'],
    ['13:14:15.123456', null, '00:00:00'],
  ),
  column(
    'seen',
    'datetime2(7)',
    'convert(varchar(30), q.[seen], 121)',
    ['2020-01-01 12:34:56.1234560', null, '9999-12-31 23:59:59.0000000'],
    ['2020-01-01 12:34:56.123456', null, '9999-12-31 23:59:59'],
  ),
  column('fine', 'datetime2(7)', 'convert(varchar(30), q.[fine], 121)', ['2020-01-01 12:34:56.1234567', null, null]),
  column(
    'moment',
    'datetimeoffset(7)',
    'convert(varchar(40), q.[moment], 121)',
    ['2020-01-01 12:00:00.5000000 +02:00', null, '2020-06-01 00:00:00.0000000 -05:30'],
    ['2020-01-01 10:00:00.5+00', null, '2020-06-01 05:30:00+00'],
  ),
  column('words', 'nvarchar(max)', 'convert(nvarchar(max), q.[words])', [long, null, 'x'], [long, null, 'x']),
  column('note', 'xml', 'convert(nvarchar(max), q.[note])', ['<a>1</a>', null, '<b/>']),
  column(
    'bytes',
    'varbinary(max)',
    'convert(varchar(max), convert(varbinary(max), q.[bytes]), 2)',
    ['DEADBEEF', null, '00'],
    ['\\xdeadbeef', null, '\\x00'],
  ),
  column('guid', 'uniqueidentifier', 'lower(convert(varchar(36), q.[guid]))', [uuid, null, uuid]),
  column(
    'place',
    'geography',
    'convert(varchar(max), q.[place].AsBinaryZM(), 2)',
    [point, null, point],
    ['POINT(1 2)', null, 'POINT(1 2)'],
  ),
];

function answer({ procedure, text }: TdsQuestion): TdsAnswer | null {
  if (/\[absent\]/.test(text)) return null;
  if (procedure === 'sp_describe_first_result_set') {
    const rows = columns.map(({ name, type }) => (type === 'geography' ? [name, null, type] : [name, type, null]));
    return { columns: ['name', 'system_type_name', 'user_type_name'], rows };
  }
  if (/ sys\.databases /.test(text)) return { columns: ['name'], rows: [['shop'], ['stock']] };
  if (/ information_schema\.tables /.test(text)) {
    return { columns: ['table_schema', 'table_name'], rows: [['dbo', 'orders']] };
  }
  if (/^select top 1 g\.\[place\]\.STSrid as srid /.test(text)) return { columns: ['srid'], rows: [[4326]] };
  if (/^select convert\(nvarchar\(200\), max\(q\.\[id\]\), 126\) as value /.test(text)) {
    return { columns: ['value'], rows: [['3']] };
  }
  const [, list = ''] = /^select (.*) from \[dbo\]\.\[orders\] as q(?: where .*)?$/s.exec(text) ?? [];
  const asked = list.split(/ as c\d+(?:, |$)/).slice(0, -1);
  const found = asked.map((expression) => columns.find((one) => one.asked === expression));
  if (found.length === 0 || found.includes(undefined)) return null;
  const isLater = /where/.test(text);
  const rows = [0, 1, 2]
    .filter((row) => !isLater || row === 2)
    .map((row) => found.map((one) => one?.printed[row] ?? null));
  return { columns: asked.map((_, i) => `c${i}`), rows };
}

let app: TestApp;
let server: TdsServer;
before(async () => {
  server = await startTds({ user: 'reader', password: 'pä$$w0rd', answer });
  app = await startTestApp(oneEngine[0] ?? 'pglite');
});
after(async () => {
  await app[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const connectorFor = (more: object, password = 'pä$$w0rd') => ({
  provider: 'sqlserver',
  connection: {
    server: '127.0.0.1',
    port: server.port,
    database: 'shop',
    username: 'reader',
    password,
    sslmode: 'disable',
  },
  ...more,
});

const post = (path: string, body: unknown): Promise<Response> =>
  app.api(`${path}?api_key=${app.key}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function importFrom(connector: object) {
  const body = (await (await post('/api/v1/imports', { connector })).json()) as { item_queue_id: string };
  return app.waitFor(body.item_queue_id);
}

test('a table of SQL Server comes with its types, row by row, each value asked for as text', async () => {
  const done = await importFrom(connectorFor({ table: 'orders' }));
  assert.equal(done.state, 'complete', JSON.stringify(done));
  const list = columns.map(({ name, stored }) =>
    name === 'place'
      ? 'st_astext(the_geom) as place'
      : stored.some((one) => typeof one === 'string')
        ? `"${name}"::text`
        : `"${name}"`,
  );
  const { rows } = await app.sql(`select ${list.join(', ')} from ${done.table_name} order by id`);
  assert.deepEqual(
    rows,
    [0, 1, 2].map((row) => Object.fromEntries(columns.map(({ name, stored }) => [name, stored[row]]))),
  );
  const types = await app.sql(
    `select column_name, data_type from information_schema.columns where table_name = '${done.table_name}'`,
  );
  const byName = new Map(types.rows.map((row) => [row.column_name, row.data_type]));
  assert.deepEqual(
    ['whole', 'exact', 'price', 'ratio', 'flag', 'day', 'at', 'seen', 'fine', 'moment', 'bytes', 'guid'].map((name) =>
      byName.get(name),
    ),
    [
      ...['bigint', 'numeric', 'numeric', 'double precision', 'boolean', 'date', 'time without time zone'],
      ...['timestamp without time zone', 'text', 'timestamp with time zone', 'bytea', 'uuid'],
    ],
  );
});

test('columns and rows that are chosen are all that the server is asked for', async () => {
  const done = await importFrom(connectorFor({ table: 'orders', columns: ['guid', 'ID'], where: 'id > 2' }));
  assert.equal(done.state, 'complete', JSON.stringify(done));
  const { rows } = await app.sql(`select guid, id from ${done.table_name}`);
  assert.deepEqual(rows, [{ guid: uuid, id: 3 }]);
  const { text } = server.questions.at(-1) ?? { text: '' };
  assert.match(text, / where \(\nid > 2\n\)$/);
});

test('tables are listed; a wrong password and an unknown table end with the words of the server, without the password', async () => {
  const { connection } = connectorFor({});
  const listed = await post('/api/v1/connectors/sqlserver/tables', connection);
  assert.deepEqual([listed.status, await listed.json()], [200, [{ schema: 'dbo', name: 'orders' }]]);
  const wrong = await importFrom(connectorFor({ table: 'orders' }, 'S3CR3T-wrong'));
  assert.equal(wrong.error_code, 1500);
  assert.match(JSON.stringify(wrong), /Login failed for user 'reader'/);
  assert.doesNotMatch(JSON.stringify(wrong), /S3CR3T/);
  const absent = await importFrom(connectorFor({ table: 'absent' }));
  assert.equal(absent.error_code, 1500);
  assert.match(JSON.stringify(absent), /Invalid object name/);
});

/** Snowflake and BigQuery against stand-ins of their clients, which answer as the references of these have it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type ConnectorRequest, type ProviderId, toConnectorRequest } from '../../domain/connector.ts';
import { CellKind } from '../../domain/layer.ts';
import type { RowsHeader } from '../../domain/rows-file.ts';
import { openRows } from '../../formats/rows/layer.ts';
import { RowsWriter } from '../rows-writer.ts';
import { bigquerySession } from './bigquery.ts';
import type { DatabaseSession } from './session.ts';
import { connectSnowflake } from './snowflake.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-services-'));
after(() => rmSync(folder, { recursive: true }));

const requestOf = (provider: ProviderId, connection: object, more: object): ConnectorRequest =>
  toConnectorRequest({ provider, connection, table: 'orders', ...more });

/** Declared types by column, and the cells of each row as they are written: text, or bytes in hexadecimal digits. */
async function readAll(session: DatabaseSession, request: ConnectorRequest) {
  let header: RowsHeader | null = null;
  using stack = new DisposableStack();
  const { writer } = await session.read(request, {
    open: (opened) => {
      header = opened;
      return stack.use(new RowsWriter(join(folder, 'rows'), opened, 1e6));
    },
  });
  const rows: (string | null)[][] = [];
  await openRows(writer.finish()).read((record) => {
    rows.push(
      Array.from({ length: record.count }, (_, column) => {
        const kind = record.kinds[column];
        const value = record.bytes.subarray(record.starts[column], record.ends[column]);
        return kind === CellKind.null ? null : value.toString(kind === CellKind.binary ? 'hex' : 'utf8');
      }),
    );
  });
  const { columns = [], hasGeometry = false, srid = null } = (header as RowsHeader | null) ?? {};
  return { types: columns.map(({ name, type }) => `${name} ${type}`), rows, hasGeometry, srid };
}

const point = '0101000000000000000000F03F0000000000000040';

test('Snowflake is asked for text of every type, in the words of the columns', async () => {
  const kinds = [
    'fixed',
    'real',
    'boolean',
    'date',
    'timestamp_ntz',
    'timestamp_tz',
    'variant',
    'binary',
    'text',
    'geography',
  ];
  const cells = [
    '12345678901234567890.5',
    '-inf',
    'true',
    '2020-02-29',
    '2020-02-29 23:59:59.123456',
    '2020-02-29 23:59:59.000000+02:00',
    '{"a":1}',
    '00FF',
    'ü',
    point,
  ];
  const asked: string[] = [];
  const streamOf = async function* (rows: readonly Readonly<Record<string, string | null>>[]) {
    yield* rows;
  };
  const library = {
    createConnection: (options: object) => {
      assert.partialDeepStrictEqual(options, { account: 'xy1', username: 'u', password: 'p', warehouse: 'w' });
      return {
        connect: (done: (error: Error | undefined) => void) => done(undefined),
        destroy: (done: () => void) => done(),
        execute(options: object) {
          const { sqlText, complete } = options as {
            sqlText: string;
            complete: (error: Error | undefined, statement: unknown) => void;
          };
          asked.push(sqlText);
          const rows = /max\(/.test(sqlText)
            ? [{ v: '42' }]
            : [
                Object.fromEntries(cells.map((cell, i) => [`c${i}`, cell])),
                Object.fromEntries(cells.map((_, i) => [`c${i}`, null])),
              ];
          complete(undefined, {
            getColumns: () => kinds.map((kind) => ({ getName: () => `a_${kind}`, getType: () => kind })),
            streamRows: () => streamOf(rows),
          });
        },
      };
    },
  };
  const connection = {
    server: 'xy1.snowflakecomputing.com',
    database: 'd',
    username: 'u',
    password: 'p',
    warehouse: 'w',
  };
  await using session = await connectSnowflake(library, 'xy1', connection);
  const request = requestOf('snowflake', connection, { schema: 's', where: 'a > 1' });
  const { types, rows, hasGeometry } = await readAll(session, request);
  assert.deepEqual(types, [
    ...['a_fixed numeric', 'a_real double precision', 'a_boolean boolean', 'a_date date', 'a_timestamp_ntz timestamp'],
    ...['a_timestamp_tz timestamptz', 'a_variant jsonb', 'a_binary bytea', 'a_text text'],
  ]);
  assert.ok(hasGeometry);
  assert.deepEqual(rows, [
    [
      '12345678901234567890.5',
      '-Infinity',
      'true',
      '2020-02-29',
      '2020-02-29 23:59:59.123456',
      '2020-02-29 23:59:59.000000+02:00',
      '{"a":1}',
      '00ff',
      'ü',
    ],
    Array(9).fill(null),
  ]);
  assert.match(
    asked.at(-1) ?? '',
    /^select to_varchar\(q\."a_fixed"\) as "c0".* from "s"\."orders" as q where \(\na > 1\n\)$/s,
  );
  assert.deepEqual(await session.newest(request, 'id'), { value: '42', column: 'q."id"', isNumber: false });
});

test('BigQuery is asked once for the columns and once for the rows, as one project that is billed', async () => {
  const fields = [
    { name: 'id', type: 'INTEGER' },
    { name: 'exact', type: 'BIGNUMERIC' },
    { name: 'rough', type: 'FLOAT' },
    { name: 'moment', type: 'TIMESTAMP' },
    { name: 'day', type: 'DATE' },
    { name: 'photo', type: 'BYTES' },
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    { name: 'place', type: 'GEOGRAPHY' },
  ];
  const cells = [
    '9223372036854775807',
    '0.10',
    'nan',
    '2020-02-29 23:59:59.123456+00',
    '2020-02-29',
    '00ff',
    '["a"]',
    point,
  ];
  const asked: Readonly<Record<string, unknown>>[] = [];
  const job = {
    metadata: { statistics: { totalBytesProcessed: '1024', query: { schema: { fields } } } },
    async *getQueryResultsStream() {
      yield Object.fromEntries(cells.map((cell, i) => [`c${i}`, cell]));
    },
  };
  const client = {
    async createQueryJob(options: object) {
      asked.push({ ...options });
      return [job] as const;
    },
    async query(options: object) {
      asked.push({ ...options });
      return [[{ v: '7' }]] as const;
    },
  };
  await using session = bigquerySession(client, 'billed');
  const request = requestOf('bigquery', { billing_project: 'billed', access_token: 't' }, { dataset: 'd' });
  const { types, rows, hasGeometry, srid } = await readAll(session, request);
  assert.deepEqual(types, [
    ...[
      'id bigint',
      'exact numeric',
      'rough double precision',
      'moment timestamptz',
      'day date',
      'photo bytea',
      'tags jsonb',
    ],
  ]);
  assert.deepEqual([hasGeometry, srid], [true, 4326]);
  assert.deepEqual(rows, [
    ['9223372036854775807', '0.10', 'NaN', '2020-02-29 23:59:59.123456+00', '2020-02-29', '00ff', '["a"]'],
  ]);
  assert.deepEqual(
    asked.map(({ dryRun, useLegacySql }) => [dryRun ?? false, useLegacySql]),
    [
      [true, false],
      [false, false],
    ],
  );
  assert.match(String(asked[1]?.query), / from `billed\.d\.orders` as q$/);
  assert.equal(await session.dryRun?.('select 1'), 1024);
  assert.deepEqual(await session.newest(request, 'id'), { value: '7', column: 'q.`id`', isNumber: true });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ImportError } from '../../errors.ts';
import { canonicalHost } from '../../util/guarded-socket.ts';
import { shortestFloat } from '../../util/shortest-float.ts';
import { planBigQueryColumn } from './bigquery.ts';
import { toConnectorError } from './errors.ts';
import { ewkbOf, planMysqlColumn } from './mysql-columns.ts';
import { loadOptional } from './optional-library.ts';
import { planColumn, quoteName, sridOf } from './postgres-columns.ts';
import { planSnowflakeColumn } from './snowflake.ts';
import { planSqlServerColumn } from './sqlserver-columns.ts';

test('the digits of a number of single precision make that number again', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (single) => {
      assert.equal(Math.fround(shortestFloat(single)), single + 0);
    }),
    { numRuns: 500, seed: 6 },
  );
  assert.equal(shortestFloat(Math.fround(0.1)), 0.1);
});

test("MySQL's geometries become EWKB with their SRID", () => {
  const point = Buffer.from('e6100000010100000000000000000000400000000000000840', 'hex');
  assert.equal(ewkbOf(point).toString('hex'), '0101000020e610000000000000000000400000000000000840');
  const plain = Buffer.concat([Buffer.alloc(4), point.subarray(4)]);
  assert.deepEqual(ewkbOf(plain), point.subarray(4));
});

test('an unsigned integer of MySQL is a number, and binary text is bytes', () => {
  const column = { name: 'a', charset: 63, length: 20, dataType: null };
  assert.deepEqual(planMysqlColumn({ ...column, type: 8 }).type, 'bigint');
  assert.deepEqual(planMysqlColumn({ ...column, type: 253 }).type, 'bytea');
  assert.deepEqual(planMysqlColumn({ ...column, charset: 45, type: 253 }).type, 'text');
});

test('SRIDs of PostGIS type modifiers are read, and names are only names', () => {
  const column = { name: 'a"b', type: 'geometry', category: 'U', modifier: (25830 << 8) | 4 };
  assert.equal(sridOf(column), 25830);
  assert.equal(sridOf({ ...column, modifier: -1 }), null);
  assert.equal(quoteName('a"b'), '"a""b"');
  assert.match(planColumn(column, true, '"public"').expression, /st_asewkb\(q\."a""b"\)/);
});

test('values of SQL Server, BigQuery and Snowflake are made text by the service', () => {
  const time = planSqlServerColumn({ name: 'a]b', type: 'datetime2(7)' });
  assert.deepEqual([time.expression, time.type], ['convert(varchar(30), q.[a]]b], 121)', 'timestamp']);
  assert.equal(time.toWords?.('2020-01-01 00:00:00.1234560'), '2020-01-01 00:00:00.123456');
  assert.equal(time.toWords?.('2020-01-01 00:00:00.1234567'), '2020-01-01 00:00:00.1234567');
  const zoned = planSqlServerColumn({ name: 'a', type: 'datetimeoffset(7)' });
  assert.equal(zoned.toWords?.('2020-01-01 00:00:00.0000000 +02:00'), '2020-01-01 00:00:00.000000+02:00');
  assert.equal(planSqlServerColumn({ name: 'a', type: 'decimal(38,10)' }).type, 'numeric');
  assert.equal(planBigQueryColumn({ name: 'a', type: 'INTEGER', mode: 'REPEATED' }).type, 'jsonb');
  assert.equal(planBigQueryColumn({ name: 'a', type: 'FLOAT' }).toWords?.('-inf'), '-Infinity');
  assert.equal(planSnowflakeColumn('a', 'timestamp_tz').type, 'timestamptz');
});

test('a library that is not installed is named, with the command that adds it', async () => {
  await assert.rejects(loadOptional('a-library-that-nobody-has', 'Snowflake'), (error) => {
    assert.ok(error instanceof ImportError);
    assert.equal(error.code, 1501);
    assert.equal(error.hint, 'Ask the operator to run: npm install a-library-that-nobody-has');
    return true;
  });
});

test('secrets are taken out of messages in every form they have there', () => {
  const secret = 'p@ss"word';
  const error = toConnectorError(new Error(`wrong ${secret} p%40ss%22word p@ss\\"word`), 'MySQL host', [secret]);
  assert.equal(error.message, 'MySQL host: wrong *** *** ***');
});

test('a host is one host in its canonical spelling, or nothing', () => {
  const hosts = ['DB.example.org', '0x7f.1', '::1', '[::1]', 'fe80::abcd', 'a:1', 'a/b', 'u@h', 'a b', '', '/run/x'];
  assert.deepEqual(hosts.map(canonicalHost), [
    ...['db.example.org', '127.0.0.1', '::1', '::1', 'fe80::abcd'],
    ...[null, null, null, null, null, null],
  ]);
});

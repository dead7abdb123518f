import { test } from 'node:test';
import { engines } from '../support/database.ts';
import { databaseContract } from './database.contract.ts';

if (engines.includes('postgres')) databaseContract('postgres');
else
  test('a database on postgres', { skip: 'set TEST_DATABASE_URL to a server with PostGIS, as .ci/run does' }, () => {});

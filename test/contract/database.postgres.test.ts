import { test } from 'node:test';
import { engines } from '../support/database.ts';
import { databaseContract } from './database.contract.ts';

if (engines.includes('postgres')) databaseContract('postgres');
else test('a database on postgres', { skip: 'needs PostgreSQL with PostGIS: npm run test:pg' }, () => {});
